#include "data/face_shape.h"

#include <math.h>

static double square(double x)
{
    return x * x;
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
    s->corner = a->corner * (a->corner > 0 ? 0.14 : 0.10);
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
    if (y <= VG_FACE_CROWN || y >= s->chin)
        return 0;
    if (y < VG_FACE_WIDEST)
        return p->width *
               sqrt(1 - pow((VG_FACE_WIDEST - y) / (VG_FACE_WIDEST - VG_FACE_CROWN), 2.5));
    return p->width *
           pow(1 - pow((y - VG_FACE_WIDEST) / (s->chin - VG_FACE_WIDEST), p->jaw), p->taper);
}

double vg_face_ring_middle(const struct vg_face_shape *s, double y)
{
    if (y < VG_FACE_WIDEST)
        return 0;
    return 0.52 * square((y - VG_FACE_WIDEST) / (s->chin - VG_FACE_WIDEST));
}

double vg_face_ring_depth(const struct vg_face_shape *s, double y)
{
    if (y <= VG_FACE_CROWN)
        return 0;
    if (y < VG_FACE_WIDEST)
        return 0.80 * sqrt(1 - pow((VG_FACE_WIDEST - y) / (VG_FACE_WIDEST - VG_FACE_CROWN), 2.8));
    const double low = fmin((y - VG_FACE_WIDEST) / (s->chin - VG_FACE_WIDEST), 1);
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
    double z = p->nose_height * profile * vg_face_hump(x / half * 0.8, 0);
    z += 0.09 * vg_face_hump((fabs(x) - p->nose_width * 0.68) / 0.085, (y - base + 0.055) / 0.10);
    return z + 0.035 * p->nose_tip * vg_face_hump(x / 0.11, (along - tip_at) / 0.28);
}

double vg_face_bump(const struct vg_face_shape *s, double x, double y)
{
    const struct vg_face_person *p = s->person;
    const struct vg_face_action *a = &s->shot->action;
    const double ax = fabs(x), mouth = p->mouth_y;
    const double smile = fmax(a->corner, 0) + 0.5 * a->wrinkle;

    double z = nose_bump(s, x, y);
    z -= 0.085 * vg_face_hump((ax - p->eye_x * 0.93) / 0.29, (y - p->eye_y + 0.03) / 0.19);
    z += 0.035 * vg_face_hump((ax - p->eye_x) / 0.20,
                              (y - p->eye_y) / 0.10);   // the eyeball behind the lids
    z += 0.045 * vg_face_hump((ax - 0.25) / 0.45, (y - p->eye_y + 0.25) / 0.14);
    z += (0.03 + 0.03 * p->cheek + 0.05 * smile) *
         vg_face_hump((ax - 0.44) / 0.24, (y - p->eye_y - 0.34 + 0.06 * smile) / 0.24);
    z += 0.05 * vg_face_hump(x / 0.42, (y - mouth) / 0.22);
    z -= 0.035 * vg_face_hump(x / 0.22, (y - mouth - 0.17 - s->gap_down) / 0.07);
    z += 0.07 * vg_face_hump(x / 0.26, (y - s->chin + 0.11) / 0.17);
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
    p.y += 0.125;   // the head's middle, between VG_FACE_CROWN and chin
    const struct vg_face_space v = vg_face_turn(s, p);
    const double k = s->unit / (1 - 0.07 * v.z);
    return (struct vg_face_point) { s->shot->centre_x * s->size + k * v.x,
                                    s->shot->centre_y * s->size + k * v.y };
}

struct vg_face_point vg_face_at(const struct vg_face_shape *s, double x, double y)
{
    return vg_face_project(s, vg_face_on_surface(s, x, y));
}
