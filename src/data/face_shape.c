#include "data/face_shape.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double crown = -1.25, widest = -0.2;
static const double inner_mouth = 0.88;   // its half width, of the outer one

static double square(double x)
{
    return x * x;
}

// A smooth hump: 1 at the origin, 0 from distance 1 on.
static double hump(double x, double y)
{
    const double r = x * x + y * y;
    return r < 1 ? square(1 - r) : 0;
}

static void set_turn(struct vg_face_shape *s)
{
    const double cy = cos(s->shot->yaw), sy = sin(s->shot->yaw);
    const double cp = cos(s->shot->pitch), sp = sin(s->shot->pitch);
    const double cr = cos(s->shot->roll), sr = sin(s->shot->roll);
    const double yaw_pitch[3][3] = { { cy, 0, sy },
                                     { -sy * sp, cp, cy * sp },
                                     { -sy * cp, -sp, cy * cp } };
    for (int j = 0; j < 3; j++) {
        s->turn[0][j] = cr * yaw_pitch[0][j] - sr * yaw_pitch[1][j];
        s->turn[1][j] = sr * yaw_pitch[0][j] + cr * yaw_pitch[1][j];
        s->turn[2][j] = yaw_pitch[2][j];
    }
}

static void set_expression(struct vg_face_shape *s)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double parted = 0.22 * a->jaw + 0.06 * fmax(a->lip_raise, 0);
    const double gap = parted > 0.012 ? parted : 0;
    const double wide = 1 + 0.22 * a->stretch + 0.16 * fmax(a->corner, 0);

    s->eye_up = fmax(p->eye_open * (1 + 0.75 * a->lid - 0.3 * a->squint), 0.012);
    s->eye_down = fmax(p->eye_open * (0.5 + 0.2 * fmax(a->lid, 0) - 0.55 * a->squint), -0.004);
    s->mouth_half = p->mouth_width * wide;
    s->corner = a->corner * (a->corner > 0 ? 0.125 : 0.10);
    s->gap_up = gap * (a->lip_raise > 0.3 ? 0.5 : 0.22);
    s->gap_down = gap - s->gap_up;
    s->lip_upper = p->lip_upper * (1 - 0.6 * a->press);
    s->lip_lower = p->lip_lower * (1 - 0.6 * a->press);
    s->chin = p->chin + 0.85 * s->gap_down;
    s->nose_base = p->nose_y - 0.035 * a->wrinkle;
}

void vg_face_shape_init(struct vg_face_shape *s, const struct vg_face_person *person,
                        const struct vg_face_shot *shot, int size)
{
    *s = (struct vg_face_shape) { .person = person, .shot = shot, .size = size };
    s->unit = shot->scale * size;
    set_turn(s);
    set_expression(s);
}

double vg_face_half_width(const struct vg_face_shape *s, double y)
{
    const struct vg_face_person *p = s->person;
    if (y <= crown || y >= s->chin)
        return 0;
    if (y < widest)
        return p->width * sqrt(1 - pow((widest - y) / (widest - crown), 2.5));
    return p->width * pow(1 - pow((y - widest) / (s->chin - widest), p->jaw), p->taper);
}

double vg_face_ring_middle(const struct vg_face_shape *s, double y)
{
    if (y < widest)
        return 0;
    return 0.52 * square((y - widest) / (s->chin - widest));
}

double vg_face_ring_depth(const struct vg_face_shape *s, double y)
{
    if (y <= crown)
        return 0;
    if (y < widest)
        return 0.80 * sqrt(1 - pow((widest - y) / (widest - crown), 2.8));
    const double low = fmin((y - widest) / (s->chin - widest), 1);
    return 0.80 - 0.10 * low - vg_face_ring_middle(s, y);
}

static double nose_bump(const struct vg_face_shape *s, double x, double y)
{
    const struct vg_face_person *p = s->person;
    const double top = p->eye_y - 0.06, base = s->nose_base, along = (y - top) / (base - top);
    if (along < -0.2 || along > 1.15)
        return 0;
    const double tip_at = 0.80, rise = along < 0 ? 0.2 + along : 0.2 + 0.8 * along / tip_at;
    const double fall = square((along - tip_at) / (1.15 - tip_at));
    const double profile = along < tip_at ? rise * (0.4 + 0.6 * rise) : 1 - fall;
    const double half = 0.075 + (p->nose_width - 0.035) * fmax(along, 0);
    double z = p->nose_height * profile * hump(x / half * 0.8, 0);
    z += 0.09 * hump((fabs(x) - p->nose_width * 0.68) / 0.085, (y - base + 0.055) / 0.10);
    return z + 0.035 * p->nose_tip * hump(x / 0.11, (along - tip_at) / 0.28);
}

double vg_face_bump(const struct vg_face_shape *s, double x, double y)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double ax = fabs(x), mouth = p->mouth_y;
    const double smile = fmax(a->corner, 0) + 0.5 * a->wrinkle;

    double z = nose_bump(s, x, y);
    z -= 0.085 * hump((ax - p->eye_x * 0.93) / 0.29, (y - p->eye_y + 0.03) / 0.19);
    z += 0.035 *
         hump((ax - p->eye_x) / 0.20, (y - p->eye_y) / 0.10);   // the eyeball behind the lids
    z += 0.045 * hump((ax - 0.25) / 0.45, (y - p->eye_y + 0.25) / 0.14);
    z += (0.03 + 0.03 * p->cheek + 0.05 * smile) *
         hump((ax - 0.44) / 0.24, (y - p->eye_y - 0.34 + 0.06 * smile) / 0.24);
    z += 0.05 * hump(x / 0.42, (y - mouth) / 0.22);
    z -= 0.035 * hump(x / 0.22, (y - mouth - 0.17 - s->gap_down) / 0.07);
    z += 0.07 * hump(x / 0.26, (y - s->chin + 0.11) / 0.17);
    return z;
}

struct vg_face_space vg_face_on_surface(const struct vg_face_shape *s, double x, double y)
{
    const double w = vg_face_half_width(s, y), part = w > 0 ? x / w : 1;
    const double front = sqrt(fmax(1 - part * part, 0));
    const double z = vg_face_ring_middle(s, y) + vg_face_ring_depth(s, y) * front;
    return (struct vg_face_space) { x, y, z + vg_face_bump(s, x, y) };
}

struct vg_face_space vg_face_turn(const struct vg_face_shape *s, struct vg_face_space p)
{
    double v[3];
    for (int i = 0; i < 3; i++)
        v[i] = s->turn[i][0] * p.x + s->turn[i][1] * p.y + s->turn[i][2] * p.z;
    return (struct vg_face_space) { v[0], v[1], v[2] };
}

struct vg_face_point vg_face_project(const struct vg_face_shape *s, struct vg_face_space p)
{
    p.y += 0.125;   // the head's middle, between crown and chin
    const struct vg_face_space v = vg_face_turn(s, p);
    const double k = s->unit / (1 - 0.07 * v.z);
    return (struct vg_face_point) { s->shot->centre_x * s->size + k * v.x,
                                    s->shot->centre_y * s->size + k * v.y };
}

struct vg_face_point vg_face_at(const struct vg_face_shape *s, double x, double y)
{
    return vg_face_project(s, vg_face_on_surface(s, x, y));
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
    const double low = fmax((y - widest) / (s->chin - widest), 0), front = low * low * low;
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
        const double at = crown + (y - crown) * square((i + 0.5) / (RINGS - 0.5));
        const double w = vg_face_half_width(s, at), d = vg_face_ring_depth(s, at);
        const double k = w > 0 ? (w + grow) / w : 1, up = grow * fmin((widest - at), 1);
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
    const double bow = full * (1 + 0.35 * hump((fabs(u) - 0.28) / 0.3, 0));
    const double lip = lower ? s->lip_lower * full * (1 + 0.3 * arch) : -s->lip_upper * bow * 1.1;
    return vg_face_inner_lip(s, lower, inner) + lip;
}

static struct vg_face_point lip_point(const struct vg_face_shape *s, bool outer, bool lower,
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
        vg_face_add(c, lip_point(s, true, lower, -1 + 2.0 * k / N));
    for (int k = N; k >= 0; k--)
        vg_face_add(c, lip_point(s, false, lower, -1 + 2.0 * k / N));
}

void vg_face_curve_mouth(const struct vg_face_shape *s, struct vg_face_curve *c)
{
    enum { N = VG_FACE_LIP_STEPS };
    c->n = 0;
    if (s->gap_up + s->gap_down == 0)
        return;
    for (int k = 0; k < 2 * N; k++) {
        const bool lower = k >= N;
        vg_face_add(c, lip_point(s, false, lower, -1 + 2.0 * (lower ? 2 * N - k : k) / N));
    }
}

static void mark(struct vg_face_truth *t, int i, struct vg_face_point p)
{
    t->landmark[i][0] = (float) (p.x - 0.5);   // pixel centres are whole numbers, see image.h
    t->landmark[i][1] = (float) (p.y - 0.5);
}

static void measure_eyes_and_brows(const struct vg_face_shape *s, struct vg_face_truth *t)
{
    // Along an outline that starts at the inner corner: the corners, and thirds of each lid.
    static const int left[6] = { 12, 8, 4, 0, 20, 16 }, right[6] = { 0, 4, 8, 12, 16, 20 };
    struct vg_face_curve c;

    vg_face_curve_eye(s, -1, &c);
    for (int k = 0; k < 6; k++)
        mark(t, 36 + k, c.p[left[k]]);
    vg_face_curve_eye(s, 1, &c);
    for (int k = 0; k < 6; k++)
        mark(t, 42 + k, c.p[right[k]]);
    for (int k = 0; k < 5; k++) {
        const struct vg_face_point e = vg_face_brow_edge(s, false, k / 4.0);
        mark(t, 21 - k, vg_face_at(s, -e.x, e.y));
        mark(t, 22 + k, vg_face_at(s, e.x, e.y));
    }
}

static void measure_nose(const struct vg_face_shape *s, struct vg_face_truth *t)
{
    const double top = s->person->eye_y, base = s->nose_base, wing = s->person->nose_width * 0.8;
    const double tip = top + 0.8 * (base - top);
    for (int k = 0; k < 4; k++)
        mark(t, 27 + k, vg_face_at(s, 0, top + (tip - top) * k / 3));
    for (int k = -2; k <= 2; k++)
        mark(t, 33 + k, vg_face_at(s, wing * k / 2, base - 0.02 * (k == -2 || k == 2)));
}

static void measure_mouth(const struct vg_face_shape *s, struct vg_face_truth *t)
{
    for (int k = -3; k <= 3; k++)
        mark(t, 51 + k, lip_point(s, true, false, k / 3.0));
    for (int k = -2; k <= 2; k++)
        mark(t, 57 - k, lip_point(s, true, true, k / 3.0));
    for (int k = -2; k <= 2; k++)
        mark(t, 62 + k, lip_point(s, false, false, k / 2.0));
    for (int k = -1; k <= 1; k++)
        mark(t, 66 - k, lip_point(s, false, true, k / 2.0));
}

static void measure_attributes(const struct vg_face_shape *s, struct vg_face_truth *t)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_shot *shot = s->shot;
    const bool bald = p->hair_style == VG_FACE_HAIR_BALD, hat = shot->hat != VG_FACE_HAT_NONE;
    const bool fringe = p->hair_style == VG_FACE_HAIR_FRINGE || p->hair_style == VG_FACE_HAIR_BOB;
    const double opening = (s->eye_up + s->eye_down) / (2 * p->eye_width);

    t->attribute[VG_FACE_ARCHED_EYEBROWS] = p->brow_arch >= 0.06;
    t->attribute[VG_FACE_BALD] = bald;
    t->attribute[VG_FACE_BANGS] = fringe && !hat;
    t->attribute[VG_FACE_BLACK_HAIR] = !bald && p->hair_tone == VG_FACE_TONE_BLACK;
    t->attribute[VG_FACE_BLOND_HAIR] = !bald && p->hair_tone == VG_FACE_TONE_BLOND;
    t->attribute[VG_FACE_EYEGLASSES] = shot->glasses != VG_FACE_GLASSES_NONE;
    t->attribute[VG_FACE_GOATEE] = p->beard == VG_FACE_BEARD_GOATEE;
    t->attribute[VG_FACE_MOUTH_SLIGHTLY_OPEN] = s->gap_up + s->gap_down >= 0.03;
    t->attribute[VG_FACE_MUSTACHE] = p->mustache;
    t->attribute[VG_FACE_NARROW_EYES] = opening < 0.22;
    t->attribute[VG_FACE_SMILING] = s->corner >= 0.03;
    t->attribute[VG_FACE_WEARING_HAT] = hat;
}

void vg_face_measure(const struct vg_face_shape *s, struct vg_face_truth *truth)
{
    const double degrees = 57.29577951308232;
    struct vg_face_curve jaw;
    *truth = (struct vg_face_truth) {
        .expression = s->shot->expression,
        .identity = s->person->identity,
        .yaw = (float) (s->shot->yaw * degrees),
        .pitch = (float) (s->shot->pitch * degrees),
        .roll = (float) (s->shot->roll * degrees),
    };
    vg_face_curve_jaw(s, &jaw);
    for (int k = 0; k <= 16; k++)
        mark(truth, k, jaw.p[k * VG_FACE_JAW_STEPS / 16]);
    measure_eyes_and_brows(s, truth);
    measure_nose(s, truth);
    measure_mouth(s, truth);
    measure_attributes(s, truth);
}
