#pragma once

#include "data/face_shape.h"

/**
 * Outlines of the head and its features in the image: what is painted, and where landmarks lie.
 * The corners of an outline are the same points that truth is measured at, so both agree exactly.
 */
enum {
    VG_FACE_EYE_STEPS = 12,   // segments from corner to corner of a lid
    VG_FACE_LIP_STEPS = 12,   // of a lip's edge
    VG_FACE_BROW_STEPS = 8,   // of a brow's edge
    VG_FACE_JAW_STEPS = 48,   // of the whole jaw, a multiple of 16
    VG_FACE_OUTLINE_MAX = 256,
};

struct vg_face_curve {
    int n;
    struct vg_face_point p[VG_FACE_OUTLINE_MAX];
};

void vg_face_add(struct vg_face_curve *c, struct vg_face_point p);
void vg_face_hull(struct vg_face_curve *c);   // the convex hull of its points, in place

// Closed outlines, but for the jaw, which runs from left to right.  side is -1 for the image's left
// and +1 for its right on a frontal face.
void vg_face_curve_jaw(const struct vg_face_shape *s, struct vg_face_curve *c);
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
// A point of a lip's edge at u = -1 .. 1 of the outer or the inner mouth.
struct vg_face_point vg_face_lip_point(const struct vg_face_shape *s, bool outer, bool lower,
                                       double u);
