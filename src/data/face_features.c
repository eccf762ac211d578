#include "data/face_paint.h"

#include <math.h>

static const struct vg_face_colour dark = { 0.012f, 0.008f, 0.008f };

// What the ink of a feature needs: its colour before light, and how much the light counts.
struct feature {
    const struct vg_face_scene *scene;
    struct vg_face_colour colour;
    float alpha, grain;
};

static struct vg_face_ink feature_ink(const void *from, int x, int y)
{
    const struct feature *f = from;
    const struct vg_face_colour light = vg_face_light_at(f->scene, x, y);
    float k = 1;
    if (f->grain > 0) {
        const struct vg_face_point p = vg_face_upright(f->scene, x, y);
        k += f->grain * (vg_face_noise(f->scene, p.x * 40, p.y * 14 + p.x * 18) - 0.5f);
    }
    return (struct vg_face_ink) { vg_face_scale(vg_face_times(f->colour, light), k), f->alpha };
}

static void paint_feature(struct vg_face_scene *s, int mask, struct vg_face_colour colour,
                          float alpha, float grain, int region)
{
    const struct feature f = { s, colour, alpha, grain };
    vg_face_paint(&s->canvas, &s->canvas.mask[mask], feature_ink, &f, region);
}

static void stroke(struct vg_face_scene *s, const struct vg_face_curve *c, double from, double to,
                   struct vg_face_colour colour, double alpha)
{
    if (alpha <= 0.02)
        return;
    const double u = s->shape.unit;
    vg_face_mask_stroke(&s->canvas, &s->canvas.mask[0], c, from * u, to * u, false);
    paint_feature(s, 0, colour, (float) fmin(alpha, 1), 0, VG_FACE_KEEP);
}

// A crease through three points of the face, curved like a parabola, thin at both ends.
static void crease(struct vg_face_scene *s, const double at[6], double width, double alpha)
{
    struct vg_face_curve c = { 0 };
    for (int k = 0; k <= 8; k++) {
        const double t = k / 8.0, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), d = t * t;
        vg_face_add(&c, vg_face_at(&s->shape, a * at[0] + b * at[2] + d * at[4],
                                   a * at[1] + b * at[3] + d * at[5]));
    }
    stroke(s, &c, width, width * 0.4, vg_face_scale(s->person->skin, 0.22f), alpha);
}

static void brow_lines(struct vg_face_scene *s)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double raised = fmax(fmax(a->brow_inner, a->brow_outer), 0);
    const double wide = a->brow_outer > 0.25 ? 0.40 : 0.20;
    for (int i = 0; i < 3; i++) {
        const double y = p->eye_y - p->brow_gap - 0.2 - 0.075 * i - 0.05 * raised;
        const double at[6] = { -wide, y + 0.02, 0, y - 0.03, wide, y + 0.02 };
        crease(s, at, 0.02, 0.42 * (raised - 0.3) + 0.25 * p->lines);
    }
    for (int side = -1; side <= 1; side += 2) {
        const double y = p->eye_y - p->brow_gap + 0.10 * a->brow_lower;
        const double at[6] = { side * 0.045, y - 0.10, side * 0.035, y, side * 0.06, y + 0.07 };
        crease(s, at, 0.024, 0.75 * (a->brow_lower - 0.25));
        const double n = p->eye_y + 0.02;
        const double wrinkle[6] = { side * 0.02, n, side * 0.07, n + 0.02, side * 0.10, n + 0.08 };
        crease(s, wrinkle, 0.02, 0.7 * (a->wrinkle - 0.2));
    }
}

void vg_face_paint_lines(struct vg_face_scene *s)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double fold = 0.45 * fmax(a->corner, 0) + 0.5 * a->wrinkle + 0.3 * a->lip_raise;
    brow_lines(s);
    for (int side = -1; side <= 1; side += 2) {
        const double nose = side * p->nose_width * 1.05,
                     mouth = side * (s->shape.mouth_half + 0.09);
        const double from = s->shape.nose_base - 0.06, to = p->mouth_y - s->shape.corner * 0.4;
        const double smile[6] = { nose, from, mouth, from + 0.06, mouth, to };
        crease(s, smile, 0.03, 0.15 + 0.35 * p->lines + fold * 0.5);
        const double bag = p->eye_y + s->shape.eye_down + 0.06;
        const double under[6] = { side * (p->eye_x - 0.11), bag, side * p->eye_x, bag + 0.05,
                                  side * (p->eye_x + 0.12), bag };
        crease(s, under, 0.024, 0.06 + 0.3 * p->lines + 0.28 * a->squint);
        const double foot = side * (p->eye_x + p->eye_width + 0.05);
        const double crow[6] = { foot,
                                 p->eye_y - 0.01,
                                 foot + side * 0.05,
                                 p->eye_y - 0.02,
                                 foot + side * 0.10,
                                 p->eye_y - 0.05 };
        crease(s, crow, 0.016, 0.4 * a->squint * fmax(a->corner, 0) + 0.2 * p->lines);
        const double down = p->mouth_y - s->shape.corner * 0.65;
        const double sad[6] = { side * (s->shape.mouth_half + 0.015), down + 0.01,
                                side * (s->shape.mouth_half + 0.05),  down + 0.06,
                                side * (s->shape.mouth_half + 0.05),  down + 0.13 };
        crease(s, sad, 0.022, 0.45 * (-a->corner - 0.2) + 0.2 * p->lines);
    }
}

static void lid_curve(const struct vg_face_scene *s, int side, bool lower, double more,
                      double reach, struct vg_face_curve *c)
{
    c->n = 0;
    for (int k = 0; k <= VG_FACE_EYE_STEPS; k++) {
        const double u = -1 + (1 + reach) * k / VG_FACE_EYE_STEPS;
        const struct vg_face_point e = vg_face_lid_edge(&s->shape, lower, u, more);
        vg_face_add(c, vg_face_at(&s->shape, side * e.x, e.y));
    }
}

// Discs on the eyeball, seen through the opening between the lids (mask 1).
static void paint_disc(struct vg_face_scene *s, struct vg_face_point centre, double radius,
                       struct vg_face_colour colour, float alpha)
{
    const double r = radius * s->shape.unit, narrow = cos(s->shot->yaw);
    struct vg_face_curve c;
    vg_face_curve_ellipse(&c, centre, r * narrow, r, s->shot->roll);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_mask_keep(&s->canvas.mask[0], &s->canvas.mask[1], s->canvas.size);
    paint_feature(s, 0, colour, alpha, 0, VG_FACE_KEEP);
}

static void paint_eyeball(struct vg_face_scene *s, int side)
{
    static const struct vg_face_colour white = { 1.02f, 0.98f, 0.94f }, glint = { 3, 3, 3 };
    const struct vg_face_person *p = s->person;
    const double gx = s->shot->gaze_x * 0.06, gy = s->shot->gaze_y * 0.025;
    const double middle = p->eye_y - 0.5 * (s->shape.eye_up - s->shape.eye_down) * 0.7;
    const struct vg_face_point at = vg_face_at(&s->shape, side * p->eye_x + gx, middle + gy);
    const double shine = 0.028 * s->shape.unit;

    paint_feature(s, 1, white, 1, 0, side < 0 ? VG_FACE_LEFT_EYE : VG_FACE_RIGHT_EYE);
    paint_disc(s, at, 0.078, vg_face_scale(p->iris, 0.35f), 1);
    paint_disc(s, at, 0.064, vg_face_scale(p->iris, 1.4f), 1);
    paint_disc(s, at, 0.034, dark, 1);
    paint_disc(
        s, (struct vg_face_point) { at.x + shine * (s->shot->light[0] > 0 ? 1 : -1), at.y - shine },
        0.017, glint, 0.9f);
}

static void paint_eye(struct vg_face_scene *s, int side)
{
    const struct vg_face_colour skin = s->person->skin;
    struct vg_face_curve c;
    lid_curve(s, side, false, 0.035, 1, &c);   // the crease over the lid
    stroke(s, &c, 0.016, 0.022, vg_face_scale(skin, 0.25f), 0.5);
    vg_face_curve_eye(&s->shape, side, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[1], &c);
    paint_eyeball(s, side);
    lid_curve(s, side, false, -0.004, 1.02, &c);
    stroke(s, &c, 0.022, 0.034, dark, 0.9);
    lid_curve(s, side, true, 0.004, 1, &c);
    stroke(s, &c, 0.012, 0.016, vg_face_scale(skin, 0.2f), 0.55);
}

void vg_face_paint_eyes(struct vg_face_scene *s)
{
    paint_eye(s, -1);
    paint_eye(s, 1);
}

void vg_face_paint_brows(struct vg_face_scene *s)
{
    struct vg_face_curve c;
    for (int side = -1; side <= 1; side += 2) {
        vg_face_curve_brow(&s->shape, side, &c);
        vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
        paint_feature(s, 0, s->person->brow, 0.88f, 0.7f,
                      side < 0 ? VG_FACE_LEFT_BROW : VG_FACE_RIGHT_BROW);
    }
}

static void paint_teeth(struct vg_face_scene *s, bool lower, double depth)
{
    static const struct vg_face_colour tooth = { 0.86f, 0.82f, 0.72f };
    struct vg_face_curve c = { 0 };
    for (int way = 0; way < 2; way++) {
        for (int k = 0; k <= 8; k++) {
            const double u = (way ? 1 - k / 4.0 : -1 + k / 4.0) * 0.92;
            const double edge = vg_face_inner_lip(&s->shape, lower, u);
            const double off = way ? depth * (1 - 0.3 * u * u) : -depth;
            vg_face_add(&c, vg_face_at(&s->shape, u * 0.88 * s->shape.mouth_half,
                                       edge + (lower ? -off : off)));
        }
    }
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_mask_keep(&s->canvas.mask[0], &s->canvas.mask[1], s->canvas.size);
    paint_feature(s, 0, tooth, 0.95f, 0, VG_FACE_KEEP);
}

static void paint_mouth_inside(struct vg_face_scene *s)
{
    static const struct vg_face_colour hollow = { 0.07f, 0.016f, 0.018f };
    static const struct vg_face_colour tongue = { 0.40f, 0.12f, 0.12f };
    const double gap = s->shape.gap_up + s->shape.gap_down;
    struct vg_face_curve c;

    vg_face_curve_mouth(&s->shape, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[1], &c);
    paint_feature(s, 1, hollow, 1, 0, VG_FACE_INNER_MOUTH);
    if (gap > 0.07) {
        const double low = s->person->mouth_y + s->shape.gap_down;
        vg_face_curve_ellipse(&c, vg_face_at(&s->shape, 0, low), 0.14 * s->shape.unit,
                              0.06 * s->shape.unit, s->shot->roll);
        vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
        vg_face_mask_keep(&s->canvas.mask[0], &s->canvas.mask[1], s->canvas.size);
        paint_feature(s, 0, tongue, 0.9f, 0, VG_FACE_KEEP);
    }
    const double lip_raise = fmax(s->shot->action.lip_raise, 0);
    const double smile = fmax(fmax(s->shape.corner * 10, s->shot->action.stretch), 0);
    paint_teeth(s, false, fmin(0.025 + 0.06 * smile + 0.03 * lip_raise, 0.7 * gap));
    if (s->shot->action.stretch > 0.35 || lip_raise > 0.4)
        paint_teeth(s, true, fmin(0.02, 0.3 * gap));
}

static struct vg_face_colour lip_colour(const struct vg_face_person *p)
{
    static const struct vg_face_colour red = { 0.52f, 0.06f, 0.09f };
    const struct vg_face_colour own = { p->skin.r * 0.80f, p->skin.g * 0.48f, p->skin.b * 0.50f };
    return vg_face_mix(own, red, 0.75f * (float) p->lip_tint);
}

void vg_face_paint_mouth(struct vg_face_scene *s)
{
    const struct vg_face_colour lip = lip_colour(s->person);
    struct vg_face_curve c, line = { 0 };

    if (s->shape.gap_up + s->shape.gap_down > 0)
        paint_mouth_inside(s);
    for (int lower = 0; lower < 2; lower++) {
        vg_face_curve_lip(&s->shape, lower, &c);
        vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
        paint_feature(s, 0, vg_face_scale(lip, lower ? 1.12f : 0.85f), 0.92f, 0.15f,
                      lower ? VG_FACE_LOWER_LIP : VG_FACE_UPPER_LIP);
    }
    for (int k = 0; k <= VG_FACE_LIP_STEPS; k++) {
        const double u = -1.06 + 2.12 * k / VG_FACE_LIP_STEPS, in = fmin(fmax(u, -1), 1);
        vg_face_add(&line, vg_face_at(&s->shape, u * 0.92 * s->shape.mouth_half,
                                      vg_face_inner_lip(&s->shape, false, in)));
    }
    stroke(s, &line, 0.018, 0.018, vg_face_scale(lip, 0.12f), 0.75);
}

// Over the eye behind it: the ridge hides what lies beyond when the head is turned.
void vg_face_paint_nose(struct vg_face_scene *s)
{
    const struct vg_face_person *p = s->person;
    struct vg_face_curve c;
    vg_face_curve_nose(&s->shape, &c);
    vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
    vg_face_paint(&s->canvas, &s->canvas.mask[0], vg_face_skin_ink, s, VG_FACE_NOSE);
    for (int side = -1; side <= 1; side += 2) {
        const struct vg_face_point at =
            vg_face_at(&s->shape, side * p->nose_width * 0.45, s->shape.nose_base - 0.022);
        const double open = fmax(0.024 - 0.03 * s->shot->pitch, 0.010);
        vg_face_curve_ellipse(&c, at, 0.042 * s->shape.unit, open * s->shape.unit,
                              s->shot->roll + side * 0.25);
        vg_face_mask_fill(&s->canvas, &s->canvas.mask[0], &c);
        paint_feature(s, 0, vg_face_scale(p->skin, 0.06f), 0.8f, 0, VG_FACE_KEEP);
        const double wing[6] = { side * p->nose_width * 0.93, s->shape.nose_base - 0.13,
                                 side * p->nose_width * 1.12, s->shape.nose_base - 0.07,
                                 side * p->nose_width * 0.85, s->shape.nose_base - 0.01 };
        crease(s, wing, 0.018, 0.45);
    }
}
