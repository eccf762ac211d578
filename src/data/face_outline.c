#include "data/face_outline.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double inner_mouth = 0.88;   // its half width, of the outer one

static double square(double x)
{
    return x * x;
}

void vg_face_add(struct vg_face_curve *c, struct vg_face_point p)
{
    assert(c->n < VG_FACE_OUTLINE_MAX);
    c->p[c->n++] = p;
}

static int by_x(const void *a, const void *b)
{
    const struct vg_face_point *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

static double cross(struct vg_face_point o, struct vg_face_point a, struct vg_face_point b)
{
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

// Andrew's monotone chain: the lower side from left to right, then the upper side back.
void vg_face_hull(struct vg_face_curve *c)
{
    struct vg_face_curve h = { 0 };
    qsort(c->p, (size_t) c->n, sizeof *c->p, by_x);
    for (int i = 0; i < c->n; i++) {
        while (h.n >= 2 && cross(h.p[h.n - 2], h.p[h.n - 1], c->p[i]) <= 0)
            h.n--;
        h.p[h.n++] = c->p[i];
    }
    const int lower = h.n + 1;
    for (int i = c->n - 2; i >= 0; i--) {
        while (h.n >= lower && cross(h.p[h.n - 2], h.p[h.n - 1], c->p[i]) <= 0)
            h.n--;
        if (h.n < VG_FACE_OUTLINE_MAX)
            h.p[h.n++] = c->p[i];
    }
    *c = h;
}

// Where the ring at y ends in the image: on the side turned away its visible contour, which moves
// to the front as the head turns, else the line where face and ear meet.
static struct vg_face_point side_point(const struct vg_face_shape *s, double y, int side)
{
    const double w = vg_face_half_width(s, y), d = vg_face_ring_depth(s, y);
    const double yaw = s->shot->yaw;
    struct vg_face_space p = { side * w, y, vg_face_ring_middle(s, y) };
    if (side * yaw > 0) {
        const double c = cos(yaw), n = sqrt(square(w * c) + square(d * sin(yaw)));
        p.x = n > 0 ? side * w * w * c / n : 0;
        p.z += n > 0 ? d * d * fabs(sin(yaw)) / n : d;
    }
    const double low = fmax((y - VG_FACE_WIDEST) / (s->chin - VG_FACE_WIDEST), 0),
                 front = low * low * low;
    p.z +=
        front * front * (vg_face_ring_middle(s, y) + d - p.z);   // under the chin it runs in front
    return vg_face_project(s, p);
}

// Heights of jaw points, evenly spaced along the frontal contour from the eyes to the chin.
static void jaw_heights(const struct vg_face_shape *s, double height[VG_FACE_JAW_STEPS / 2 + 1])
{
    enum { FINE = 96, HALF = VG_FACE_JAW_STEPS / 2 };
    double y[FINE + 1], along[FINE + 1], last = 0;
    const double top = s->person->eye_y;
    along[0] = 0;
    for (int i = 0; i <= FINE; i++) {
        y[i] = s->chin - (s->chin - top) * square(1 - (double) i / FINE);
        const double w = vg_face_half_width(s, y[i]);
        if (i > 0)
            along[i] = along[i - 1] + sqrt(square(y[i] - y[i - 1]) + square(w - last));
        last = w;
    }
    for (int k = 0, i = 1; k <= HALF; k++) {
        const double want = along[FINE] * k / HALF;
        while (i < FINE && along[i] < want)
            i++;
        height[k] =
            y[i - 1] + (y[i] - y[i - 1]) * (want - along[i - 1]) / (along[i] - along[i - 1]);
    }
    height[HALF] = s->chin;
}

void vg_face_curve_jaw(const struct vg_face_shape *s, struct vg_face_curve *c)
{
    enum { HALF = VG_FACE_JAW_STEPS / 2 };
    double height[HALF + 1];
    jaw_heights(s, height);
    c->n = 0;
    for (int k = 0; k < HALF; k++)
        vg_face_add(c, side_point(s, height[k], -1));
    vg_face_add(c, side_point(s, s->chin, s->shot->yaw > 0 ? 1 : -1));
    for (int k = HALF - 1; k >= 0; k--)
        vg_face_add(c, side_point(s, height[k], 1));
}

void vg_face_curve_skull(const struct vg_face_shape *s, double y, double grow,
                         struct vg_face_curve *c)
{
    enum { RINGS = 10, TURNS = 20 };
    c->n = 0;
    for (int i = 0; i < RINGS; i++) {
        const double at = VG_FACE_CROWN + (y - VG_FACE_CROWN) * square((i + 0.5) / (RINGS - 0.5));
        const double w = vg_face_half_width(s, at), d = vg_face_ring_depth(s, at);
        const double k = w > 0 ? (w + grow) / w : 1, up = grow * fmin((VG_FACE_WIDEST - at), 1);
        for (int j = 0; j < TURNS; j++) {
            const double t = 6.283185307179586 * j / TURNS;
            vg_face_add(c, vg_face_project(s, (struct vg_face_space) { k * w * cos(t), at - up,
                                                                       k * d * sin(t) }));
        }
    }
    vg_face_hull(c);
}

void vg_face_curve_head(const struct vg_face_shape *s, struct vg_face_curve *c)
{
    struct vg_face_curve jaw;
    vg_face_curve_jaw(s, &jaw);
    vg_face_curve_skull(s, s->person->eye_y - 0.25, 0, c);
    for (int i = 0; i < jaw.n; i++)
        vg_face_add(c, jaw.p[i]);
    vg_face_hull(c);
}

struct vg_face_point vg_face_lid_edge(const struct vg_face_shape *s, bool lower, double u,
                                      double more)
{
    const struct vg_face_person *p = s->person;
    const double arch = 1 - u * u, lean = 1 - 0.25 * u * (lower ? -1 : 1);
    const double h = lower ? -(s->eye_down + more) : s->eye_up + more;
    return (struct vg_face_point) { p->eye_x + p->eye_width * u,
                                    p->eye_y + p->eye_tilt * u - h * arch * lean };
}

void vg_face_curve_eye(const struct vg_face_shape *s, int side, struct vg_face_curve *c)
{
    enum { N = VG_FACE_EYE_STEPS };
    c->n = 0;
    for (int k = 0; k < 2 * N; k++) {
        const bool lower = k >= N;
        const double u = -1 + 2.0 * (lower ? 2 * N - k : k) / N;
        const struct vg_face_point e = vg_face_lid_edge(s, lower, u, 0);
        vg_face_add(c, vg_face_at(s, side * e.x, e.y));
    }
}

struct vg_face_point vg_face_brow_edge(const struct vg_face_shape *s, bool lower, double v)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double inner = square(1 - v), outer = v * (1.35 - 0.55 * v);
    const double arch = p->brow_arch * v * (1 - v) * (1 + v) * 2.6;
    const double thick = p->brow_thick * (1 - 0.5 * v * v) * fmin(1, 0.55 + 4 * v);
    double y = p->eye_y - p->brow_gap - p->brow_tilt * (v - 0.5) - arch + 0.05 * v * v;
    y -= 0.125 * a->brow_inner * inner + 0.10 * a->brow_outer * outer;
    y += a->brow_lower * (0.10 * inner + 0.035) + 0.02 * a->wrinkle;
    y += lower ? thick * 0.5 : -thick * 0.5;
    return (struct vg_face_point) { 0.135 - 0.03 * a->brow_lower * (1 - v) + p->brow_length * v,
                                    y };
}

void vg_face_curve_brow(const struct vg_face_shape *s, int side, struct vg_face_curve *c)
{
    enum { N = VG_FACE_BROW_STEPS };
    c->n = 0;
    for (int k = 0; k <= 2 * N + 1; k++) {
        const bool lower = k > N;
        const struct vg_face_point e =
            vg_face_brow_edge(s, lower, (double) (lower ? 2 * N + 1 - k : k) / N);
        vg_face_add(c, vg_face_at(s, side * e.x, e.y));
    }
}

void vg_face_curve_nose(const struct vg_face_shape *s, struct vg_face_curve *c)
{
    const struct vg_face_person *p = s->person;
    const double top = p->eye_y - 0.03, base = s->nose_base, wing = p->nose_width;
    c->n = 0;
    for (int k = 0; k <= 10; k++) {
        const double v = k / 10.0, y = top + (base - top) * v;
        const double half = v < 0.8 ? 0.055 + (wing - 0.055) * square(v / 0.8)
                                    : wing * (1 - 3.2 * square(v - 0.8) - 0.5 * (v - 0.8));
        for (int i = -4; i <= 4; i++)
            vg_face_add(c, vg_face_at(s, half * i / 4, y));
    }
    vg_face_add(c, vg_face_at(s, 0, base + 0.018));
    vg_face_hull(c);
}

// The line of the closed mouth: corners up or down with the smile, level in the middle.
static double mouth_line(const struct vg_face_shape *s, double u)
{
    return s->person->mouth_y - s->corner * (u * u - 0.35) - 0.02 * s->shot->action.lip_raise;
}

double vg_face_inner_lip(const struct vg_face_shape *s, bool lower, double u)
{
    const double arch = 1 - u * u, at = inner_mouth * u;
    return mouth_line(s, at) +
           (lower ? s->gap_down * sqrt(arch) * (0.4 + 0.6 * arch) : -s->gap_up * arch);
}

static double outer_lip(const struct vg_face_shape *s, bool lower, double u)
{
    const double inner = fmax(fmin(u / inner_mouth, 1), -1), arch = 1 - u * u;
    const double full = 0.3 * sqrt(arch) + 0.7 * arch;   // corners are rounded, not pointed
    const double bow = full * (1 + 0.35 * vg_face_hump((fabs(u) - 0.28) / 0.3, 0));
    const double lip = lower ? s->lip_lower * full * (1 + 0.3 * arch) : -s->lip_upper * bow * 1.1;
    return vg_face_inner_lip(s, lower, inner) + lip;
}

struct vg_face_point vg_face_lip_point(const struct vg_face_shape *s, bool outer, bool lower,
                                       double u)
{
    const double x = u * s->mouth_half * (outer ? 1 : inner_mouth);
    return vg_face_at(s, x, outer ? outer_lip(s, lower, u) : vg_face_inner_lip(s, lower, u));
}

void vg_face_curve_lip(const struct vg_face_shape *s, bool lower, struct vg_face_curve *c)
{
    enum { N = VG_FACE_LIP_STEPS };
    c->n = 0;
    for (int k = 0; k <= N; k++)
        vg_face_add(c, vg_face_lip_point(s, true, lower, -1 + 2.0 * k / N));
    for (int k = N; k >= 0; k--)
        vg_face_add(c, vg_face_lip_point(s, false, lower, -1 + 2.0 * k / N));
}

void vg_face_curve_mouth(const struct vg_face_shape *s, struct vg_face_curve *c)
{
    enum { N = VG_FACE_LIP_STEPS };
    c->n = 0;
    if (s->gap_up + s->gap_down == 0)
        return;
    for (int k = 0; k < 2 * N; k++) {
        const bool lower = k >= N;
        vg_face_add(c, vg_face_lip_point(s, false, lower, -1 + 2.0 * (lower ? 2 * N - k : k) / N));
    }
}
