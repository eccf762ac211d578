#pragma once

#include "data/face_canvas.h"

/**
 * How light falls on the head: its surface as a mesh, turned, projected and rasterised with a
 * depth buffer.  Every pixel of the head gets the share of the key light (wrapped Lambert, darker
 * where nose or brow throw a soft shadow), the openness to ambient light, and two tints of the
 * skin, redness and stubble.  Pixels beside the head repeat their neighbour, so that the smooth
 * edge of a mask always finds a value.
 */
struct vg_face_lit {
    float key, open, red, stubble;
};

struct vg_face_relief {
    int size;
    float *depth;              // [size][size]
    struct vg_face_lit *lit;   // [size][size]
};

void vg_face_relief_init(struct vg_face_relief *r, const struct vg_face_shape *s);
void vg_face_relief_finish(struct vg_face_relief *r);

// Light that reaches a surface with these shares.
struct vg_face_colour vg_face_irradiance(const struct vg_face_shot *shot, float key, float open);
