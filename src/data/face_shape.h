#pragma once

#include "data/face_model.h"
#include "data/face_truth.h"

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
enum {
    VG_FACE_EYE_STEPS = 12,   // segments from corner to corner of a lid
    VG_FACE_LIP_STEPS = 12,   // of a lip's edge
    VG_FACE_BROW_STEPS = 8,   // of a brow's edge
    VG_FACE_JAW_STEPS = 48,   // of the whole jaw, a multiple of 16
    VG_FACE_OUTLINE_MAX = 256,
};

struct vg_face_point {
    double x, y;   // image widths until vg_face_shape_init, pixels with the corner at 0 after it
};

struct vg_face_space {
    double x, y, z;   // face units
};

struct vg_face_curve {
    int n;
    struct vg_face_point p[VG_FACE_OUTLINE_MAX];
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

void vg_face_add(struct vg_face_curve *c, struct vg_face_point p);
void vg_face_hull(struct vg_face_curve *c);   // the convex hull of its points, in place

// Closed outlines.  side is -1 for the image's left and +1 for its right on a frontal face.
void vg_face_curve_jaw(const struct vg_face_shape *s,
                       struct vg_face_curve *c);   // open, left to right
void vg_face_curve_head(const struct vg_face_shape *s, struct vg_face_curve *c);
// Of the skull's part above height y, grown by `grow` face units: hair, hats.
void vg_face_curve_skull(const struct vg_face_shape *s, double y, double grow,
                         struct vg_face_curve *c);
void vg_face_curve_eye(const struct vg_face_shape *s, int side, struct vg_face_curve *c);
void vg_face_curve_brow(const struct vg_face_shape *s, int side, struct vg_face_curve *c);
void vg_face_curve_nose(const struct vg_face_shape *s, struct vg_face_curve *c);
// Lips: upper, lower; and what lies between them, empty when closed.
void vg_face_curve_lip(const struct vg_face_shape *s, bool lower, struct vg_face_curve *c);
void vg_face_curve_mouth(const struct vg_face_shape *s, struct vg_face_curve *c);

// Height of an inner lip's edge at u = -1 .. 1 of the inner mouth; the lower or the upper one.
double vg_face_inner_lip(const struct vg_face_shape *s, bool lower, double u);
// A brow's edge at v = 0 (inner end) .. 1, x positive.
struct vg_face_point vg_face_brow_edge(const struct vg_face_shape *s, bool lower, double v);
// A lid's edge at u = -1 (towards the nose) .. 1, x positive; `more` moves it away from the eye.
struct vg_face_point vg_face_lid_edge(const struct vg_face_shape *s, bool lower, double u,
                                      double more);

void vg_face_measure(const struct vg_face_shape *s, struct vg_face_truth *truth);
