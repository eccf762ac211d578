#include "data/synthetic.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
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

static struct vg_face_point middle(const struct vg_face_truth *t, int from, int to)
{
    struct vg_face_point p = { 0.5, 0.5 };   // from pixels' centres to the image's corner
    for (int i = from; i < to; i++) {
        p.x += t->landmark[i][0] / (to - from);
        p.y += t->landmark[i][1] / (to - from);
    }
    return p;
}

// Turns, scales and moves the head, which the projection does last, so that the line between the
// eyes is level and eyes and mouth lie where the header says.  A face in half profile, whose eyes
// are close together, takes its size from the distance to the mouth.
static void align_shot(struct vg_face_shot *shot, const struct vg_face_person *person)
{
    struct vg_face_shape shape;
    struct vg_face_truth t;
    vg_face_shape_init(&shape, person, shot, 1);
    vg_face_measure(&shape, &t);

    const struct vg_face_point right = middle(&t, 36, 42), left = middle(&t, 42, 48);
    const struct vg_face_point mouth = middle(&t, 48, 60);
    const struct vg_face_point eyes = { (right.x + left.x) / 2, (right.y + left.y) / 2 };
    const double dx = left.x - right.x, dy = left.y - right.y, apart = sqrt(dx * dx + dy * dy);
    const double down =
        sqrt((mouth.x - eyes.x) * (mouth.x - eyes.x) + (mouth.y - eyes.y) * (mouth.y - eyes.y));
    const double k = fmin(VG_FACE_EYES_APART / apart, VG_FACE_MOUTH_DOWN / down);
    const double c = dx / apart, s = dy / apart;   // of the line's angle
    const double x = shot->centre_x - eyes.x, y = shot->centre_y - eyes.y;

    shot->roll -= atan2(dy, dx);
    shot->scale *= k;
    shot->centre_x = 0.5 + k * (c * x + s * y);
    shot->centre_y = VG_FACE_EYES_Y + k * (c * y - s * x);
}

void vg_face_draw(const struct vg_face_set *set, int64_t index, int size, uint8_t *rgb,
                  struct vg_face_truth *truth, uint8_t *regions)
{
    assert(size >= VG_FACE_SIZE_MIN && size <= VG_FACE_SIZE_MAX);
    assert(index >= 0 && index < (int64_t) VG_FACE_IMAGES << 40);
    const struct vg_face_person person =
        vg_face_draw_person(set->seed, vg_face_identity(set->split, index));
    struct vg_face_shot shot = vg_face_draw_shot(set->seed, (int) set->split, index, &person);
    if (set->aligned)
        align_shot(&shot, &person);

    if (truth) {
        struct vg_face_shape shape;
        vg_face_shape_init(&shape, &person, &shot, size);
        vg_face_measure(&shape, truth);
    }
    if (rgb || regions)
        paint(&person, &shot, size, rgb, regions);
}

struct synthetic {
    struct vg_face_set set;
    int64_t count;
    int size;
};

static int64_t default_count(enum vg_split split)
{
    return split == VG_SPLIT_TRAIN ? 10000 : 2000;
}

// "aligned", "aligned:" and what follows: *where is moved behind it.
static bool parse_aligned(const char **where)
{
    static const char word[] = "aligned";
    const size_t n = sizeof word - 1;
    if (strncmp(*where, word, n) || ((*where)[n] && (*where)[n] != ':'))
        return false;
    *where += n + ((*where)[n] == ':');
    return true;
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
        return vg_fail(VG_ERR_USAGE,
                       "synthetic:%s: wanted a number of images, 1 .. %lld, or "
                       "\"aligned\", or both: \"aligned:5000\"",
                       where, (long long) most);
    *count = n;
    return VG_OK;
}

static int open_faces(void **self, const char *where, const struct vg_dataset_options *o)
{
    int64_t count = default_count(o->split);
    const int size = o->size ? o->size : 64;
    const bool aligned = parse_aligned(&where);
    const int rc = parse_count(where, &count);
    if (rc != VG_OK)
        return rc;
    if (size < VG_FACE_SIZE_MIN || size > VG_FACE_SIZE_MAX)
        return vg_fail(VG_ERR_USAGE, "synthetic: images of %d pixels, wanted %d .. %d", size,
                       VG_FACE_SIZE_MIN, VG_FACE_SIZE_MAX);
    if (o->count > 0 && o->count < count)
        count = o->count;
    struct synthetic *s = vg_alloc(1, sizeof *s);
    const struct vg_face_set set = { .seed = o->seed, .split = o->split, .aligned = aligned };
    *s = (struct synthetic) { .set = set, .count = count, .size = size };
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
        vg_face_draw(&s->set, index, s->size, out->pixels, NULL, NULL);
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
    vg_face_draw(&s->set, index, s->size, NULL, &face, t->regions);
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
    .help = "faces drawn by this program with exact labels; \"synthetic:N\" for N of them, "
            "\"synthetic:aligned\" or \"synthetic:aligned:N\" for upright close faces",
    .open = open_faces,
    .count = count_faces,
    .image = draw_image,
    .truth = tell_truth,
    .close = close_faces,
};
