#include "data/face_paint.h"

#include <math.h>
#include <stddef.h>

#include "base/rng.h"

enum { THINGS_STREAM = 0x5448494e };

static struct vg_face_mask *fill(struct vg_face_scene *s, int mask, const struct vg_face_curve *c)
{
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[mask], c);
    return &s->canvas.mask[mask];
}

// The rim of a lens: a superellipse, from round to nearly square.
static void lens(const struct vg_face_scene *s, int side, struct vg_face_curve *c)
{
    static const double round[3] = { 1, 0.62, 0.8 }, high[3] = { 0.2, 0.145, 0.18 };
    const int k = s->person->glasses_shape;
    const double plane = vg_face_on_surface(&s->shape, 0, s->person->eye_y).z + 0.02;
    c->n = 0;
    for (int i = 0; i < 32; i++) {
        const double t = 6.283185307179586 * i / 32, ct = cos(t), st = sin(t);
        const double x = copysign(pow(fabs(ct), round[k]), ct);
        const double y = copysign(pow(fabs(st), round[k]), st);
        const double px = s->person->eye_x + 0.235 * x;
        const double droop = k == 2 ? 0.04 * x * (y > 0) : 0;   // aviators
        vg_face_add(c, vg_face_off(s, side * px, s->person->eye_y + 0.02 + high[k] * y - droop,
                                   plane - 0.28 * px * px));
    }
}

static void frame(struct vg_face_scene *s, const struct vg_face_curve *c, double width, bool closed)
{
    const double pixels = fmax(width * s->shape.unit, 0.7);
    struct vg_face_mask *m = &s->canvas.mask[0];
    vg_face_mask_stroke(&s->canvas, m, c, pixels, pixels, closed);
    vg_face_paint_flat(&s->canvas, m, vg_face_scale(s->shot->glasses_colour, 0.7f), 0.95f,
                       VG_FACE_BACKGROUND);
}

static struct vg_face_ink dark_lens(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const float sky = (float) fmin(fmax(-0.25 * p.y + 0.1, 0.01), 0.15);
    return (struct vg_face_ink) { vg_face_mix(s->shot->glasses_colour, s->shot->back[0], sky),
                                  0.9f };
}

void vg_face_paint_glasses(struct vg_face_scene *s)
{
    const double eye = s->person->eye_y, x0 = s->person->eye_x - 0.22, x1 = s->person->eye_x + 0.23;
    const double plane = vg_face_on_surface(&s->shape, 0, eye).z + 0.03;
    const double width = s->person->glasses_shape == 1 ? 0.04 : 0.024;
    const struct vg_face_colour gleam = { 1, 1, 1 };
    struct vg_face_curve c;

    if (s->shot->glasses == VG_FACE_GLASSES_NONE)
        return;
    for (int side = -1; side <= 1; side += 2) {
        lens(s, side, &c);
        struct vg_face_mask *m = fill(s, 0, &c);
        if (s->shot->glasses == VG_FACE_GLASSES_DARK)
            vg_face_paint(&s->canvas, m, dark_lens, s, VG_FACE_BACKGROUND);
        else
            vg_face_paint_flat(&s->canvas, m, gleam, 0.05f, VG_FACE_KEEP);
        frame(s, &c, width, true);
        if (side * s->shot->yaw < 0.35) {   // the temple's bar, unless the face hides it
            c.n = 0;
            vg_face_add(&c, vg_face_off(s, side * x1, eye - 0.04, plane - 0.09));
            vg_face_add(&c, vg_face_off(s, side * (s->person->width + 0.01), eye - 0.02, 0));
            frame(s, &c, width, false);
        }
    }
    c.n = 0;
    for (int k = -2; k <= 2; k++)
        vg_face_add(&c, vg_face_off(s, x0 * k / 2, eye - 0.04 + 0.008 * k * k, plane));
    frame(s, &c, width, false);
}

static struct vg_face_ink hat_ink(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const double nx = p.x / 1.15, ny = (p.y + 0.4) / 1.2,
                 nz = sqrt(fmax(1 - nx * nx - ny * ny, 0.1));
    const double lambert = nx * s->shot->light[0] + ny * s->shot->light[1] + nz * s->shot->light[2];
    const double k = s->shot->hat == VG_FACE_HAT_BEANIE ? 26 : 4;
    const float knit = 0.75f + 0.5f * vg_face_noise(s, p.x * k, p.y * (k == 26 ? 6 : 4));
    const struct vg_face_colour light =
        vg_face_irradiance(s->shot, (float) fmax(lambert + 0.15, 0.05) / 1.15f, 0.85f);
    return (struct vg_face_ink) { vg_face_scale(vg_face_times(s->shot->hat_colour, light), knit),
                                  1 };
}

// The edge of the hat over the forehead, and all that is below it.
static void below_hat(const struct vg_face_scene *s, double front, double side,
                      struct vg_face_curve *c)
{
    c->n = 0;
    for (int k = 0; k <= 24; k++) {
        const double t = 3.141592653589793 * (1 - k / 24.0), up = sin(t);
        const double y = side + (front - side) * up, w = vg_face_half_width(&s->shape, y) + 0.12;
        vg_face_add(c, vg_face_off(s, w * cos(t), y, (w + 0.03) * up));
    }
    vg_face_add(c, vg_face_off(s, 2, 3, 0));
    vg_face_add(c, vg_face_off(s, -2, 3, 0));
}

// A flat rim: the part of an ellipse from angle t0 to t1 around the head, drooping in front.
static void rim(struct vg_face_scene *s, double t0, double t1, double radius, double reach)
{
    struct vg_face_curve c = { 0 };
    for (int k = 0; k <= 32; k++) {
        const double t = t0 + (t1 - t0) * k / 32, z = sin(t);
        vg_face_add(&c, vg_face_off(s, radius * cos(t), -0.60 + 0.12 * (z > 0 ? z : 0.3 * z),
                                    0.25 + reach * z));
    }
    for (int k = 0; k <= 16; k++) {   // its inner edge, on the forehead
        const double t = t0 + (t1 - t0) * k / 16;
        vg_face_add(&c, vg_face_off(s, 0.74 * cos(t), -0.62, 0.8 * sin(t)));
    }
    vg_face_hull(&c);
    vg_face_paint(&s->canvas, fill(s, 0, &c), hat_ink, s, VG_FACE_BACKGROUND);
    const double line = 0.03 * s->shape.unit;
    c.n = 0;
    for (int k = 2; k <= 30; k++) {
        const double t = 3.141592653589793 * k / 32;
        vg_face_add(&c, vg_face_off(s, radius * 0.98 * cos(t), -0.59 + 0.12 * sin(t),
                                    0.25 + reach * sin(t)));
    }
    vg_face_mask_stroke(&s->canvas, &s->canvas.mask[0], &c, line, line, false);
    const struct vg_face_colour shade = vg_face_scale(s->shot->hat_colour, 0.15f);
    vg_face_paint_flat(&s->canvas, &s->canvas.mask[0], shade, 0.8f, VG_FACE_BACKGROUND);
}

void vg_face_paint_hat(struct vg_face_scene *s)
{
    const bool beanie = s->shot->hat == VG_FACE_HAT_BEANIE;
    struct vg_face_curve c;
    if (s->shot->hat == VG_FACE_HAT_NONE)
        return;
    vg_face_curve_skull(&s->shape, -0.35, beanie ? 0.14 : 0.11, &c);
    fill(s, 0, &c);
    below_hat(s, beanie ? -0.56 : -0.54, beanie ? -0.30 : -0.42, &c);
    fill(s, 1, &c);
    vg_face_mask_cut(&s->canvas.mask[0], &s->canvas.mask[1], s->canvas.size);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], hat_ink, s, VG_FACE_BACKGROUND);
    if (s->shot->hat == VG_FACE_HAT_CAP)
        rim(s, 0.35, 2.79, 0.72, 1.0);
    if (s->shot->hat == VG_FACE_HAT_BRIM)
        rim(s, 0, 6.283185307179586, 1.35, 1.1);
}

// A cloth-like or skin-like surface with folds, lit from the key light's side.
struct stuff {
    const struct vg_face_scene *scene;
    struct vg_face_colour colour;
    double fx, fy;
    float depth;
};

static struct vg_face_ink stuff_ink(const void *from, int x, int y)
{
    const struct stuff *t = from;
    const struct vg_face_point p = vg_face_upright(t->scene, x, y);
    const float fold =
        1 - t->depth + 2 * t->depth * vg_face_noise(t->scene, p.x * t->fx, p.y * t->fy);
    const float key = (float) fmax(0.55 + 0.4 * t->scene->shot->light[0] * p.x, 0.15);
    const struct vg_face_colour light = vg_face_irradiance(t->scene->shot, key, 0.8f);
    return (struct vg_face_ink) { vg_face_scale(vg_face_times(t->colour, light), fold), 1 };
}

static void paint_stuff(struct vg_face_scene *s, const struct vg_face_curve *c,
                        struct vg_face_colour colour, double fx, double fy, float depth)
{
    const struct stuff t = { s, colour, fx, fy, depth };
    vg_face_paint(&s->canvas, fill(s, 0, c), stuff_ink, &t, VG_FACE_BACKGROUND);
}

static struct vg_face_point near_head(const struct vg_face_scene *s, double x, double y)
{
    return (struct vg_face_point) { s->head.x + s->shape.unit * x, s->head.y + s->shape.unit * y };
}

// Four fingers and a palm that come in from below or from a side.
static void paint_hand(struct vg_face_scene *s, struct vg_rng *r)
{
    const double side = vg_rng_next(r) < 0.5 ? -1 : 1, u = s->shape.unit;
    const double x = side * vg_rng_range(r, 0.35, 0.9), y = vg_rng_range(r, 0.45, 1.0);
    const double lean = -side * vg_rng_range(r, 0.1, 0.9), ca = cos(lean), sa = sin(lean);
    const struct vg_face_colour skin = vg_face_scale(s->person->skin, 0.85f);
    const struct vg_face_colour edge = vg_face_scale(s->person->skin, 0.15f);
    struct vg_face_curve c;

    vg_face_curve_ellipse(&c, near_head(s, x - sa * -0.75, y + ca * 0.75), 0.26 * u, 0.6 * u, lean);
    paint_stuff(s, &c, skin, 4, 4, 0.12f);
    vg_face_curve_ellipse(&c, near_head(s, x, y + 0.1), 0.29 * u, 0.30 * u, lean);
    paint_stuff(s, &c, skin, 4, 4, 0.12f);
    for (int k = 0; k < 4; k++) {
        const double off = (k - 1.5) * 0.145, reach = -0.38 - 0.07 * (k == 1 || k == 2);
        const double px = x + ca * off - sa * reach, py = y + 0.1 + sa * off + ca * reach;
        vg_face_curve_ellipse(&c, near_head(s, px, py), 0.075 * u, 0.31 * u,
                              lean + 0.06 * (k - 1.5));
        paint_stuff(s, &c, skin, 4, 4, 0.12f);
        vg_face_mask_stroke(&s->canvas, &s->canvas.mask[0], &c, 0.018 * u, 0.018 * u, true);
        vg_face_paint_flat(&s->canvas, &s->canvas.mask[0], edge, 0.5f, VG_FACE_KEEP);
    }
}

static void paint_scarf(struct vg_face_scene *s, struct vg_rng *r)
{
    const double top = vg_rng_range(r, 0.30, 0.85), wave = vg_rng_range(r, -0.15, 0.15);
    struct vg_face_curve c = { 0 };
    for (int k = 0; k <= 16; k++) {
        const double u = k / 8.0 - 1;
        vg_face_add(&c, vg_face_off(s, 0.95 * u, top - 0.08 * u * u + wave * u * (1 - u * u),
                                    0.75 - 0.75 * u * u));
    }
    vg_face_add(&c, near_head(s, 1.15, 1.3));
    vg_face_add(&c, near_head(s, 1.0, 1.9));
    vg_face_add(&c, near_head(s, -1.0, 1.9));
    vg_face_add(&c, near_head(s, -1.15, 1.3));
    paint_stuff(s, &c, s->shot->occluder_colour, 2, 9, 0.5f);
}

static void paint_patch(struct vg_face_scene *s, struct vg_rng *r)
{
    const int sides = 3 + (int) vg_rng_below(r, 6);
    const double x = vg_rng_range(r, -0.9, 0.9), y = vg_rng_range(r, -0.8, 1.0);
    const double size = vg_rng_range(r, 0.25, 0.6), squash = vg_rng_range(r, 0.4, 1);
    const double turn = vg_rng_range(r, 0, 3.1), fx = vg_rng_range(r, 2, 16);
    struct vg_face_curve c = { 0 };
    for (int k = 0; k < sides; k++) {
        const double t = 6.283185307179586 * k / sides, px = size * cos(t),
                     py = size * squash * sin(t);
        vg_face_add(&c, near_head(s, x + px * cos(turn) - py * sin(turn),
                                  y + px * sin(turn) + py * cos(turn)));
    }
    paint_stuff(s, &c, s->shot->occluder_colour, fx, fx, 0.45f);
}

// Something held before the mouth: a cup or a microphone with its handle.
static void paint_cup(struct vg_face_scene *s, struct vg_rng *r)
{
    const double u = s->shape.unit, x = vg_rng_range(r, -0.35, 0.35),
                 y = vg_rng_range(r, 0.6, 0.95);
    const double w = vg_rng_range(r, 0.18, 0.34), lean = vg_rng_range(r, -0.3, 0.3);
    struct vg_face_curve c = { 0 };
    vg_face_add(&c, near_head(s, x - w, y));
    vg_face_add(&c, near_head(s, x + w, y));
    vg_face_add(&c, near_head(s, x + 0.7 * w + lean, y + 0.95));
    vg_face_add(&c, near_head(s, x - 0.7 * w + lean, y + 0.95));
    paint_stuff(s, &c, s->shot->occluder_colour, 1, 2, 0.15f);
    vg_face_curve_ellipse(&c, near_head(s, x, y), w * u, 0.3 * w * u, 0);
    paint_stuff(s, &c, vg_face_mix(s->shot->occluder_colour, s->shot->back[1], 0.5f), 3, 3, 0.2f);
}

void vg_face_paint_occluder(struct vg_face_scene *s)
{
    struct vg_rng r = { .seed = s->shot->detail, .stream = THINGS_STREAM };
    switch (s->shot->occluder) {
    case VG_FACE_OCCLUDER_HAND: paint_hand(s, &r); break;
    case VG_FACE_OCCLUDER_SCARF: paint_scarf(s, &r); break;
    case VG_FACE_OCCLUDER_PATCH: paint_patch(s, &r); break;
    case VG_FACE_OCCLUDER_CUP: paint_cup(s, &r); break;
    default: break;
    }
}
