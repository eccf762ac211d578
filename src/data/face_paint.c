#include "data/face_paint.h"

#include <math.h>
#include <stddef.h>

#include "base/rng.h"

static void make_lattice(struct vg_face_scene *s)
{
    for (int i = 0; i < VG_FACE_LATTICE * VG_FACE_LATTICE; i++)
        s->lattice[i] = (float) (vg_rng_mix(s->shot->detail, (uint64_t) i) >> 40) * 0x1p-24f;
}

void vg_face_scene_init(struct vg_face_scene *s, const struct vg_face_person *person,
                        const struct vg_face_shot *shot, int size)
{
    s->person = person;
    s->shot = shot;
    vg_face_shape_init(&s->shape, person, shot, size);
    vg_face_canvas_init(&s->canvas, size);
    vg_face_relief_init(&s->relief, &s->shape);
    s->head = (struct vg_face_point) { shot->centre_x * size, shot->centre_y * size };
    s->cos_roll = cos(shot->roll);
    s->sin_roll = sin(shot->roll);
    make_lattice(s);
}

void vg_face_scene_finish(struct vg_face_scene *s)
{
    vg_face_relief_finish(&s->relief);
    vg_face_canvas_finish(&s->canvas);
}

float vg_face_noise(const struct vg_face_scene *s, double x, double y)
{
    const int ix = (int) x - (x < 0), iy = (int) y - (y < 0);   // floor, without a call
    const float tx = (float) (x - ix), ty = (float) (y - iy);
    const float sx = tx * tx * (3 - 2 * tx), sy = ty * ty * (3 - 2 * ty);
    const int mask = VG_FACE_LATTICE - 1;
    const int x0 = ix & mask, x1 = (x0 + 1) & mask;
    const float *a = s->lattice + (iy & mask) * VG_FACE_LATTICE;
    const float *b = s->lattice + ((iy + 1) & mask) * VG_FACE_LATTICE;
    const float upper = a[x0] + sx * (a[x1] - a[x0]), lower = b[x0] + sx * (b[x1] - b[x0]);
    return upper + sy * (lower - upper);
}

struct vg_face_point vg_face_upright(const struct vg_face_scene *s, int x, int y)
{
    const double dx = x + 0.5 - s->head.x, dy = y + 0.5 - s->head.y;
    return (struct vg_face_point) { (dx * s->cos_roll + dy * s->sin_roll) / s->shape.unit,
                                    (dy * s->cos_roll - dx * s->sin_roll) / s->shape.unit };
}

struct vg_face_colour vg_face_light_at(const struct vg_face_scene *s, int x, int y)
{
    const struct vg_face_lit *l = s->relief.lit + (size_t) y * s->relief.size + x;
    return vg_face_irradiance(s->shot, l->key, l->open);
}

struct vg_face_point vg_face_off(const struct vg_face_scene *s, double x, double y, double z)
{
    return vg_face_project(&s->shape, (struct vg_face_space) { x, y, z });
}

struct vg_face_ink vg_face_skin_ink(const void *scene, int x, int y)
{
    const struct vg_face_scene *s = scene;
    const struct vg_face_lit *l = s->relief.lit + (size_t) y * s->relief.size + x;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const float mottle = 0.94f + 0.12f * vg_face_noise(s, p.x * 9 + 40, p.y * 9 + 40);
    struct vg_face_colour c = vg_face_scale(s->person->skin, mottle);

    c.r *= 1 + 0.06f * l->red, c.g *= 1 - 0.16f * l->red, c.b *= 1 - 0.14f * l->red;
    c = vg_face_mix(c, vg_face_scale(s->person->hair, 0.8f), 0.55f * l->stubble);
    if (s->person->freckles > 0 && l->red > 0.15f) {
        const float spot = vg_face_noise(s, p.x * 33, p.y * 33);
        c = vg_face_scale(c, spot > 0.72f ? 1 - 0.25f * (float) s->person->freckles : 1);
    }
    c = vg_face_times(c, vg_face_irradiance(s->shot, l->key, l->open));
    const float k2 = l->key * l->key, shine = 0.055f * k2 * k2 * k2;   // a soft highlight
    return (struct vg_face_ink) { { c.r + shine * s->shot->key.r, c.g + shine * s->shot->key.g,
                                    c.b + shine * s->shot->key.b },
                                  1 };
}

// The ear's outline: half an ellipse that stands off the head, behind the line it is fixed at.
static void ear_outline(const struct vg_face_scene *s, int side, double k, struct vg_face_curve *c)
{
    const struct vg_face_person *p = s->person;
    const double centre = 0.5 * (p->eye_y + s->shape.nose_base) - 0.01;
    c->n = 0;
    for (int i = 0; i <= 14; i++) {
        const double t = 3.141592653589793 * (i / 14.0 - 0.5), upper = i > 7 ? 1 : 0.82;
        const double y = centre - 0.25 * p->ear * k * sin(t) * upper;
        const double off = (i > 7 ? 0.13 : 0.11) * p->ear * cos(t) * k;
        const double w = vg_face_half_width(&s->shape, y) - 0.015;
        vg_face_add(c, vg_face_off(s, side * (w + off), y, -0.05 - off));
    }
}

static void paint_ear(struct vg_face_scene *s, int side)
{
    struct vg_face_mask *m = &s->canvas.mask[0];
    struct vg_face_curve c;
    ear_outline(s, side, 1, &c);
    vg_face_mask_fill(&s->canvas, m, &c);
    vg_face_paint(&s->canvas, m, vg_face_skin_ink, s, VG_FACE_BACKGROUND);
    ear_outline(s, side, 0.6, &c);
    vg_face_mask_fill(&s->canvas, m, &c);
    const struct vg_face_colour inner = vg_face_scale(s->person->skin, 0.2f);
    vg_face_paint_flat(&s->canvas, m, inner, 0.4f, VG_FACE_KEEP);
}

static void paint_head(struct vg_face_scene *s)
{
    const int far = s->shot->yaw > 0 ? 1 : -1;
    struct vg_face_curve c;
    paint_ear(s, far);
    vg_face_curve_head(&s->shape, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], vg_face_skin_ink, s, VG_FACE_SKIN);
    paint_ear(s, -far);
}

void vg_face_scene_paint(struct vg_face_scene *s)
{
    vg_face_paint_background(s);
    vg_face_paint_hair_behind(s);
    vg_face_paint_body(s);
    paint_head(s);
    vg_face_paint_lines(s);
    vg_face_paint_beard(s);
    vg_face_paint_eyes(s);
    vg_face_paint_brows(s);
    vg_face_paint_mouth(s);
    vg_face_paint_nose(s);
    vg_face_paint_hair(s);
    vg_face_paint_glasses(s);
    vg_face_paint_hat(s);
    vg_face_paint_occluder(s);
}
