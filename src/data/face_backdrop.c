#include "data/face_paint.h"

#include <math.h>
#include <stddef.h>

#include "base/rng.h"

enum { BACKDROP_STREAM = 0x4241434b, BLOBS = 7, BOXES = 4 };

struct blob {
    double x, y, rx, ry;   // image widths
    struct vg_face_colour colour;
    float alpha;
    bool soft;
};

struct backdrop {
    const struct vg_face_scene *scene;
    struct vg_face_colour corner[3];
    double dx, dy, bend;        // direction of the gradient
    double frequency, squash;   // of the noise, lattices an image
    float noise, stripes;
    int blobs;
    struct blob blob[BLOBS + BOXES];
};

static struct blob draw_blob(struct vg_rng *r, const struct vg_face_shot *shot, bool soft)
{
    struct blob b = { .soft = soft };
    b.x = vg_rng_range(r, -0.1, 1.1), b.y = vg_rng_range(r, -0.1, 1.1);
    b.rx = vg_rng_range(r, 0.05, soft ? 0.4 : 0.25);
    b.ry = soft ? b.rx * vg_rng_range(r, 0.7, 1.4) : vg_rng_range(r, 0.05, 0.5);
    const float part = (float) vg_rng_next(r);
    b.colour = vg_face_mix(shot->back[vg_rng_below(r, 3)], shot->occluder_colour, part);
    b.alpha = (float) vg_rng_range(r, 0.3, 0.95);
    return b;
}

static struct backdrop draw_backdrop(const struct vg_face_scene *s)
{
    struct vg_rng r = { .seed = s->shot->detail, .stream = BACKDROP_STREAM };
    struct backdrop b = { .scene = s };
    const int kind = (int) vg_rng_below(&r, 4);   // plain, blurred, room, texture
    const int soft = kind == 1 ? 3 + (int) vg_rng_below(&r, BLOBS - 2) : 0;
    const int boxes = kind == 2 ? 1 + (int) vg_rng_below(&r, BOXES) : 0;

    for (int i = 0; i < 3; i++)
        b.corner[i] =
            kind == 0 ? vg_face_mix(s->shot->back[i], s->shot->back[0], 0.6f) : s->shot->back[i];
    b.dx = vg_rng_range(&r, -1, 1), b.dy = vg_rng_range(&r, -1, 1);
    b.bend = vg_rng_range(&r, -0.6, 0.6);
    b.frequency = vg_rng_range(&r, 2, kind == 3 ? 24 : 7);
    b.squash = vg_rng_range(&r, 0.15, 1);
    b.noise = (float) vg_rng_range(&r, 0.1, kind == 3 ? 0.8 : 0.3);
    b.stripes = kind == 2 && vg_rng_next(&r) < 0.4 ? (float) vg_rng_range(&r, 4, 16) : 0;
    for (int i = 0; i < soft + boxes; i++)
        b.blob[b.blobs++] = draw_blob(&r, s->shot, i < soft);
    return b;
}

static float blob_alpha(const struct blob *b, double u, double v)
{
    const double x = fabs(u - b->x) / b->rx, y = fabs(v - b->y) / b->ry;
    if (x >= 1 || y >= 1)
        return 0;
    if (!b->soft)
        return b->alpha;
    const double r = x * x + y * y;
    return r < 1 ? b->alpha * (float) ((1 - r) * fmin(1, 3 * (1 - r))) : 0;
}

static struct vg_face_colour backdrop_at(const struct backdrop *b, double u, double v)
{
    const double along = 0.5 + 0.5 * (b->dx * (2 * u - 1) + b->dy * (2 * v - 1));
    const double bent = along + b->bend * (u - 0.5) * (v - 0.5);
    const float t = (float) fmin(fmax(bent, 0), 1);
    struct vg_face_colour c = vg_face_mix(b->corner[0], b->corner[1], t);
    const double fx = u * b->frequency, fy = v * b->frequency * b->squash;
    const float n = 0.65f * vg_face_noise(b->scene, fx, fy) +
                    0.35f * vg_face_noise(b->scene, 2.3 * fx + 5, 2.3 * fy + 9);
    c = vg_face_mix(c, b->corner[2], b->noise * n);
    if (b->stripes > 0 && ((int) (u * b->stripes + 1) & 1))
        c = vg_face_scale(c, 0.75f);
    for (int i = 0; i < b->blobs; i++)
        c = vg_face_mix(c, b->blob[i].colour, blob_alpha(&b->blob[i], u, v));
    return c;
}

void vg_face_paint_background(struct vg_face_scene *s)
{
    const struct backdrop b = draw_backdrop(s);
    const int size = s->canvas.size;
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            s->canvas.light[(size_t) y * size + x] =
                backdrop_at(&b, (x + 0.5) / size, (y + 0.5) / size);
}

// A point of the body, which does not turn with the head: face units from the head's middle.
static struct vg_face_point body_point(const struct vg_face_scene *s, double x, double y)
{
    const double lean = 0.35 * s->sin_roll * (y - 0.9);
    return (struct vg_face_point) { s->head.x + s->shape.unit * (x - lean),
                                    s->head.y + s->shape.unit * y };
}

static struct vg_face_ink neck_ink(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const double across = p.x / 0.55, under = fmin(fmax((p.y - 0.80) / 0.5, 0), 1);
    const double side = 0.5 + 0.5 * (s->shot->light[0] * across + s->shot->light[2]);
    const float key = (float) (0.75 * fmax(side, 0) * under * (1 - 0.5 * across * across));
    const struct vg_face_colour light =
        vg_face_irradiance(s->shot, fmaxf(key, 0), (float) (0.35 + 0.45 * under));
    return (struct vg_face_ink) { vg_face_times(s->person->skin, light), 1 };
}

static struct vg_face_ink cloth_ink(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const float fold = 0.8f + 0.4f * vg_face_noise(s, p.x * 3 + 11, p.y * 2 + 3);
    const float key = (float) fmax(0.5 + 0.4 * s->shot->light[0] * p.x, 0.1);
    const struct vg_face_colour light = vg_face_irradiance(s->shot, key, 0.8f);
    return (struct vg_face_ink) { vg_face_scale(vg_face_times(s->shot->cloth, light), fold), 1 };
}

void vg_face_paint_body(struct vg_face_scene *s)
{
    struct vg_face_mask *m = &s->canvas.mask[0];
    struct vg_face_curve c = { 0 };
    const double half = 0.62 * s->person->width, top = 0.42;
    vg_face_add(&c, vg_face_off(s, -half, top, -0.1));
    vg_face_add(&c, vg_face_off(s, half, top, -0.1));
    vg_face_add(&c, body_point(s, half * 0.98, 1.35));
    vg_face_add(&c, body_point(s, half + 0.5, 1.75));
    vg_face_add(&c, body_point(s, half + 0.5, 3.5));
    vg_face_add(&c, body_point(s, -half - 0.5, 3.5));
    vg_face_add(&c, body_point(s, -half - 0.5, 1.75));
    vg_face_add(&c, body_point(s, -half * 0.98, 1.35));
    vg_face_mask_fill(&s->canvas, m, &c);
    vg_face_paint(&s->canvas, m, neck_ink, s, VG_FACE_BACKGROUND);

    c.n = 0;
    for (int i = -8; i <= 8; i++) {   // the collar dips in front, the shoulders fall to the sides
        const double x = i / 8.0 * 2.2, ax = fabs(x);
        const double y = ax < 0.6 ? 1.75 - 0.9 * ax * ax : 1.43 + 0.3 * (ax - 0.6);
        vg_face_add(&c, body_point(s, x, y));
    }
    vg_face_add(&c, body_point(s, 2.2, 4));
    vg_face_add(&c, body_point(s, -2.2, 4));
    vg_face_mask_fill(&s->canvas, m, &c);
    vg_face_paint(&s->canvas, m, cloth_ink, s, VG_FACE_BACKGROUND);
}
