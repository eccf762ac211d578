#pragma once

#include "data/face_model.h"

/**
 * The head as a surface, the features as curves on it, and where both fall in the image.
 *
 * The surface is a stack of horizontal ellipses, one for every height y,
 *
 *     x = w(y) cos t,   z = c(y) + d(y) sin t + bump(x, y),   t = pi/2 in front,
 *
 * whose half width w is a superellipse above the eyes and (1 - s^jaw)^taper below, with s the way
 * from the eyes to the chin; bump adds nose, sockets, brow ridge, cheeks, lips and chin.
 * Expressions move the curves on the surface, and the jaw the chin.  A point is turned by yaw,
 * pitch and roll and projected weakly perspective: nearer points come out slightly larger.
 */
#define VG_FACE_CROWN (-1.25)   // y of the top of the head
#define VG_FACE_WIDEST (-0.2)   // y where the head is widest

struct vg_face_point {
    double x, y;   // pixels from the image's corner, so the first pixel's centre is (0.5, 0.5)
};

struct vg_face_space {
    double x, y, z;   // face units
};

struct vg_face_shape {
    const struct vg_face_person *person;
    const struct vg_face_shot *shot;
    double size;                   // pixels
    double unit;                   // pixels a face unit
    double turn[3][3];             // yaw, then pitch, then roll
    double chin;                   // y, jaw dropped
    double eye_up, eye_down;       // heights of the lids over and under the corners
    double gap_up, gap_down;       // inner lips over and under the line of the mouth
    double lip_upper, lip_lower;   // thickness
    double mouth_half, corner;     // half width, how far corners are raised
    double nose_base;              // y of the point under the nose
};

// Keeps the two pointers.
void vg_face_shape_init(struct vg_face_shape *s, const struct vg_face_person *person,
                        const struct vg_face_shot *shot, int size);

// Half width and middle of the ellipse at height y.
double vg_face_half_width(const struct vg_face_shape *s, double y);
double vg_face_ring_middle(const struct vg_face_shape *s, double y);
double vg_face_ring_depth(const struct vg_face_shape *s, double y);

double vg_face_bump(const struct vg_face_shape *s, double x, double y);
struct vg_face_space vg_face_on_surface(const struct vg_face_shape *s, double x, double y);

// Turned, still in face units.
struct vg_face_space vg_face_turn(const struct vg_face_shape *s, struct vg_face_space p);
// The image point of one not yet turned.
struct vg_face_point vg_face_project(const struct vg_face_shape *s, struct vg_face_space p);
// Both, of the surface's point at x, y.
struct vg_face_point vg_face_at(const struct vg_face_shape *s, double x, double y);

// A smooth hump: 1 at the origin, 0 from distance 1 on.
static inline double vg_face_hump(double x, double y)
{
    const double r = x * x + y * y;
    return r < 1 ? (1 - r) * (1 - r) : 0;
}
