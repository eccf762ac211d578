#include "data/synthetic.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/face_paint.h"

int64_t vg_face_identity(enum vg_split split, int64_t index)
{
    return ((int64_t) split << 40) + index / VG_FACE_IMAGES;
}

static void paint(const struct vg_face_person *person, const struct vg_face_shot *shot, int size,
                  uint8_t *rgb, uint8_t *regions)
{
    struct vg_face_scene s;
    vg_face_scene_init(&s, person, shot, size);
    vg_face_scene_paint(&s);
    if (rgb)
        vg_face_canvas_develop(&s.canvas, shot->grain, shot->detail, rgb);
    if (regions)
        memcpy(regions, s.canvas.region, (size_t) size * size);
    vg_face_scene_finish(&s);
}

void vg_face_draw(uint64_t seed, enum vg_split split, int64_t index, int size, uint8_t *rgb,
                  struct vg_face_truth *truth, uint8_t *regions)
{
    assert(size >= VG_FACE_SIZE_MIN && size <= VG_FACE_SIZE_MAX);
    assert(index >= 0 && index < (int64_t) VG_FACE_IMAGES << 40);
    const struct vg_face_person person = vg_face_draw_person(seed, vg_face_identity(split, index));
    const struct vg_face_shot shot = vg_face_draw_shot(seed, (int) split, index, &person);

    if (truth) {
        struct vg_face_shape shape;
        vg_face_shape_init(&shape, &person, &shot, size);
        vg_face_measure(&shape, truth);
    }
    if (rgb || regions)
        paint(&person, &shot, size, rgb, regions);
}

struct synthetic {
    uint64_t seed;
    enum vg_split split;
    int64_t count;
    int size;
};

static int64_t default_count(enum vg_split split)
{
    return split == VG_SPLIT_TRAIN ? 10000 : 2000;
}

static int parse_count(const char *where, int64_t *count)
{
    const int64_t most = (int64_t) VG_FACE_IMAGES << 40;
    char *end;
    if (!*where)
        return VG_OK;
    errno = 0;
    const long long n = strtoll(where, &end, 10);
    if (*end || errno || n < 1 || n > most)
        return vg_fail(VG_ERR_USAGE, "synthetic:%s: wanted a number of images, 1 .. %lld", where,
                       (long long) most);
    *count = n;
    return VG_OK;
}

static int open_faces(void **self, const char *where, const struct vg_dataset_options *o)
{
    int64_t count = default_count(o->split);
    const int size = o->size ? o->size : 64;
    const int rc = parse_count(where, &count);
    if (rc != VG_OK)
        return rc;
    if (size < VG_FACE_SIZE_MIN || size > VG_FACE_SIZE_MAX)
        return vg_fail(VG_ERR_USAGE, "synthetic: images of %d pixels, wanted %d .. %d", size,
                       VG_FACE_SIZE_MIN, VG_FACE_SIZE_MAX);
    if (o->count > 0 && o->count < count)
        count = o->count;
    struct synthetic *s = vg_alloc(1, sizeof *s);
    *s = (struct synthetic) { .seed = o->seed, .split = o->split, .count = count, .size = size };
    *self = s;
    return VG_OK;
}

static int64_t count_faces(const void *self)
{
    return ((const struct synthetic *) self)->count;
}

static int draw_image(const void *self, int64_t index, struct vg_image *out)
{
    const struct synthetic *s = self;
    const int rc = vg_image_init(out, s->size, s->size);
    if (rc == VG_OK)
        vg_face_draw(s->seed, s->split, index, s->size, out->pixels, NULL, NULL);
    return rc;
}

static int tell_truth(const void *self, int64_t index, struct vg_truth *t)
{
    const struct synthetic *s = self;
    struct vg_face_truth face;
    if (t->want_regions) {
        t->regions = vg_try_alloc((size_t) s->size * s->size);
        if (!t->regions)
            return vg_fail(VG_ERR_MEMORY, "synthetic: no memory for a map of regions");
    }
    vg_face_draw(s->seed, s->split, index, s->size, NULL, &face, t->regions);
    t->identity = face.identity;
    t->expression = face.expression;
    for (int i = 0; i < VG_ATTRIBUTES; i++)
        t->attributes |= (uint32_t) face.attribute[i] << i;
    memcpy(t->landmarks, face.landmark, sizeof t->landmarks);
    t->w = t->h = s->size;
    return VG_OK;
}

static void close_faces(void *self)
{
    free(self);
}

const struct vg_dataset vg_dataset_synthetic = {
    .name = "synthetic",
    .help = "faces drawn by this program with exact labels; \"synthetic:N\" for N of them",
    .open = open_faces,
    .count = count_faces,
    .image = draw_image,
    .truth = tell_truth,
    .close = close_faces,
};
