#include "data/face_paint.h"

#include <math.h>
#include <stddef.h>

// How a style is cut.  Heights in face units; the hairline runs at `front` in the middle of the
// forehead and reaches `side` at the temples, the squarer the larger `bend`.
struct cut {
    double grow, front, side, bend, cap, length, curls;
    bool locks;   // falls in front of the ears
};

static struct cut cut_of(const struct vg_face_scene *s)
{
    const struct vg_face_person *p = s->person;
    const double brow = p->eye_y - p->brow_gap;
    struct cut c = { p->hair_volume, p->hairline, -0.10, 3.2, 0.05, 0, 0, false };

    switch (p->hair_style) {
    case VG_FACE_HAIR_BUZZ: c.grow = 0.025, c.side = -0.22, c.bend = 5; break;
    case VG_FACE_HAIR_FRINGE: c.front = brow - 0.06, c.bend = 9, c.cap = 0.15; break;
    case VG_FACE_HAIR_CURLY: c.grow = p->hair_volume * 1.6 + 0.1, c.curls = 0.035; break;
    case VG_FACE_HAIR_LONG: c.bend = 2.0, c.side = 0.1, c.locks = true; break;
    case VG_FACE_HAIR_BOB: c.front = brow - 0.04, c.bend = 10, c.side = 0.15, c.locks = true; break;
    default: break;
    }
    if (c.locks)
        c.length = p->hair_style == VG_FACE_HAIR_BOB ? fmin(p->hair_length, 1.1) : p->hair_length;
    if (s->shot->hat != VG_FACE_HAT_NONE)
        c.grow = fmin(c.grow, 0.06);
    return c;
}

static struct vg_face_ink hair_ink(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_shot *shot = s->shot;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const double lx = shot->light[0] * s->cos_roll + shot->light[1] * s->sin_roll;
    const double ly = shot->light[1] * s->cos_roll - shot->light[0] * s->sin_roll;
    const double nx = p.x / 1.15, ny = (p.y + 0.35) / 1.15;
    const double nz = sqrt(fmax(1 - nx * nx - ny * ny, 0.05));
    const float key = (float) fmax((nx * lx + ny * ly + nz * shot->light[2] + 0.2) / 1.2, 0.03);

    const double crown = p.x / fmax(p.y + 2.1, 0.4);   // strands run down from above the crown
    const bool curly = s->person->hair_style == VG_FACE_HAIR_CURLY;
    const double fx = curly ? p.x * 11 : crown * 30 + 1.2 * p.y, fy = curly ? p.y * 11 : p.y * 2.2;
    const float strand =
        0.6f * vg_face_noise(s, fx, fy) + 0.4f * vg_face_noise(s, 2.7 * fx, 2 * fy);
    const struct vg_face_colour light = vg_face_irradiance(shot, key, 0.8f);
    struct vg_face_colour c = vg_face_times(s->person->hair, light);
    c = vg_face_scale(c, 0.45f + 1.1f * strand);
    const float band = (float) fmax(0.0, 1 - fabs(p.y + 0.75) / 0.22) * key * strand;
    const float shine = 0.10f * band * band;
    return (struct vg_face_ink) { { c.r + shine, c.g + shine, c.b + shine }, 1 };
}

// Waves along a closed outline, for curls.
static void ruffle(const struct vg_face_scene *s, double amplitude, struct vg_face_curve *c)
{
    enum { STEPS = 160 };
    struct vg_face_curve out = { 0 };
    for (int k = 0; k < STEPS && c->n > 0; k++) {
        const double at = (double) k * c->n / STEPS, t = at - (int) at;
        const struct vg_face_point a = c->p[(int) at], b = c->p[((int) at + 1) % c->n];
        const double x = a.x + t * (b.x - a.x), y = a.y + t * (b.y - a.y);
        const double dx = x - s->head.x, dy = y - s->head.y, n = sqrt(dx * dx + dy * dy) + 1e-9;
        const double wave = vg_face_noise(s, k * 0.42, 3) - 0.5;
        const double off = 2 * amplitude * wave * s->shape.unit / n;
        vg_face_add(&out, (struct vg_face_point) { x + dx * off, y + dy * off });
    }
    *c = out;
}

static void paint_back(struct vg_face_scene *s, const struct cut *cut)
{
    const double w = s->person->width + cut->grow;
    struct vg_face_curve c;
    vg_face_curve_skull(&s->shape, 0.15, cut->grow, &c);
    if (cut->length > 0) {
        for (int side = -1; side <= 1; side += 2) {
            vg_face_add(&c, vg_face_off(s, side * w, 0.4 * cut->length, -0.25));
            vg_face_add(&c, vg_face_off(s, side * (w + 0.03), 0.85 * cut->length, -0.2));
            vg_face_add(&c, vg_face_off(s, side * (w - 0.12), cut->length, -0.2));
        }
        vg_face_hull(&c);
    }
    if (cut->curls > 0)
        ruffle(s, cut->curls, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], hair_ink, s, VG_FACE_HAIR);
}

void vg_face_paint_hair_behind(struct vg_face_scene *s)
{
    const struct cut cut = cut_of(s);
    if (s->person->hair_style == VG_FACE_HAIR_BALD)
        return;
    if (s->person->hair_style == VG_FACE_HAIR_BUN && s->shot->hat == VG_FACE_HAT_NONE) {
        struct vg_face_curve c;
        const double r = 0.34 * s->shape.unit;
        vg_face_curve_ellipse(&c, vg_face_off(s, 0, -1.42, -0.25), r, 0.85 * r, s->shot->roll);
        vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
        vg_face_paint(&s->canvas, &s->canvas.mask[0], hair_ink, s, VG_FACE_HAIR);
    }
    paint_back(s, &cut);
}

// What hair leaves free: the face below the hairline, and everything under its ends.
static void face_window(const struct vg_face_scene *s, const struct cut *cut,
                        struct vg_face_curve *c)
{
    enum { STEPS = 32 };
    const bool fringe = cut->bend > 8;
    c->n = 0;
    for (int k = 0; k <= STEPS; k++) {
        const double u = 2.0 * k / STEPS - 1, part = (u - s->person->hair_part) / 0.5;
        double y = cut->front + (cut->side - cut->front) * pow(fabs(u), cut->bend);
        y -= fringe || part * part > 1 ? 0 : 0.07 * (1 - part * part) * (1 - part * part);
        y += (fringe ? 0.10 : 0.03) * (vg_face_noise(s, u * (fringe ? 9 : 14) + 7, 21) - 0.5);
        const double x = u * 0.97 * vg_face_half_width(&s->shape, y);
        const struct vg_face_space at = vg_face_on_surface(&s->shape, x, y);
        vg_face_add(c, vg_face_project(&s->shape, at));
    }
    const double x = 0.97 * vg_face_half_width(&s->shape, cut->side);
    vg_face_add(c, vg_face_off(s, 1.3 * x, 3, 0.1));
    vg_face_add(c, vg_face_off(s, -1.3 * x, 3, 0.1));
}

// Hair that hangs beside the cheek, in front of the ear.
static void paint_lock(struct vg_face_scene *s, const struct cut *cut, int side)
{
    const double w = s->person->width, out = w + cut->grow, end = cut->length;
    const double edge[7][2] = { { 0.80 * w, -0.55 },      { 0.97 * w, -0.15 },
                                { 0.97 * w, 0.25 },       { 0.90 * w, 0.55 },
                                { 0.84 * w, 0.8 * end },  { 0.95 * w, end },
                                { out + 0.02, 0.9 * end } };
    struct vg_face_curve c = { 0 };
    for (int i = 0; i < 7; i++) {
        if (edge[i][1] > end + 1e-9)
            continue;
        const double depth = i < 2 ? 0.35 - 0.2 * i : 0.08;
        vg_face_add(&c, vg_face_off(s, side * edge[i][0], edge[i][1], i == 6 ? -0.1 : depth));
    }
    vg_face_add(&c, vg_face_off(s, side * out, 0.3, -0.1));
    vg_face_add(&c, vg_face_off(s, side * out, -0.3, -0.05));
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], hair_ink, s, VG_FACE_HAIR);
}

void vg_face_paint_hair(struct vg_face_scene *s)
{
    const struct cut cut = cut_of(s);
    struct vg_face_curve c;
    if (s->person->hair_style == VG_FACE_HAIR_BALD)
        return;
    vg_face_curve_skull(&s->shape, cut.cap, cut.grow, &c);
    if (cut.curls > 0)
        ruffle(s, cut.curls, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    face_window(s, &cut, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[1], &c);
    vg_face_mask_cut(&s->canvas.mask[0], &s->canvas.mask[1], s->canvas.size);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], hair_ink, s, VG_FACE_HAIR);
    for (int side = -1; side <= 1 && cut.locks; side += 2)
        if (side * s->shot->yaw < 0.25)   // beyond it, the face hides the lock
            paint_lock(s, &cut, side);
}

static struct vg_face_ink beard_ink(const void *from, int x, int y)
{
    const struct vg_face_scene *s = from;
    const struct vg_face_point p = vg_face_upright(s, x, y);
    const float strand = vg_face_noise(s, p.x * 24, p.y * 9 + 12);
    const struct vg_face_colour light = vg_face_light_at(s, x, y);
    const struct vg_face_colour c = vg_face_times(s->person->brow, light);
    return (struct vg_face_ink) { vg_face_scale(c, 0.6f + 0.9f * strand), 0.72f + 0.25f * strand };
}

static void paint_beard_mask(struct vg_face_scene *s, const struct vg_face_curve *c)
{
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], c);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], beard_ink, s, VG_FACE_KEEP);
}

// From the jaw up to a line over the cheeks; the mouth is painted over it.
static void full_beard(const struct vg_face_scene *s, struct vg_face_curve *c)
{
    const double mouth = s->person->mouth_y;
    struct vg_face_curve jaw;
    vg_face_curve_jaw(&s->shape, &jaw);
    c->n = 0;
    for (int i = 5; i < jaw.n - 5; i++)
        vg_face_add(c, jaw.p[i]);
    for (int k = 0; k <= 16; k++) {
        const double u = 1 - k / 8.0, au = fabs(u);
        const double y = au < 0.35 ? mouth + 0.02 : mouth + 0.02 - 0.62 * (au - 0.35) * (au - 0.35);
        const double x = u * 0.98 * vg_face_half_width(&s->shape, y);
        vg_face_add(c, vg_face_at(&s->shape, x, y - 0.10 * (au > 0.35)));
    }
}

static void goatee(const struct vg_face_scene *s, struct vg_face_curve *c)
{
    const double top = s->person->mouth_y + s->shape.gap_down + 0.11, end = s->shape.chin - 0.005;
    c->n = 0;
    for (int k = 0; k < 24; k++) {
        const double t = 6.283185307179586 * k / 24,
                     y = 0.5 * (top + end) - 0.5 * (end - top) * cos(t);
        const double ragged = 0.85 + 0.3 * vg_face_noise(s, k * 0.8, 27),
                     wide = 0.21 - 0.06 * cos(t);
        vg_face_add(c, vg_face_at(&s->shape, wide * ragged * sin(t), y));
    }
}

static void mustache(const struct vg_face_scene *s, struct vg_face_curve *c)
{
    const double half = s->shape.mouth_half * 1.12, top = s->shape.nose_base + 0.045;
    c->n = 0;
    for (int k = 0; k <= 24; k++) {
        const bool lower = k > 12;
        const double u = lower ? 1 - (k - 12) / 6.0 : -1 + k / 6.0;
        const double lip = vg_face_inner_lip(&s->shape, false, u) - 0.5 * s->shape.lip_upper;
        const double upper = top + 0.06 * u * u + 0.5 * (lip - top) * u * u * u * u;
        vg_face_add(c, vg_face_at(&s->shape, u * half, lower ? lip + 0.05 * u * u : upper));
    }
}

void vg_face_paint_beard(struct vg_face_scene *s)
{
    struct vg_face_curve c;
    if (s->person->beard == VG_FACE_BEARD_FULL) {
        full_beard(s, &c);
        paint_beard_mask(s, &c);
    }
    if (s->person->beard == VG_FACE_BEARD_GOATEE) {
        goatee(s, &c);
        paint_beard_mask(s, &c);
    }
    if (s->person->mustache) {
        mustache(s, &c);
        paint_beard_mask(s, &c);
    }
}
