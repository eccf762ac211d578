#pragma once

#include "data/face_outline.h"

/**
 * Polygons on pixels.
 *
 * A mask is the exact share of every pixel that an outline covers (its corners in pixels, (0, 0)
 * the image's corner), kept for the box around it.  Paint mixes a colour into the canvas by mask
 * times alpha, and where that is at least half, also writes the region.  Colours are linear light;
 * vg_face_canvas_develop takes the square root (a gamma of 2) and rounds.
 */
struct vg_face_mask {
    int x0, y0, x1, y1;   // the box, upper ends exclusive
    float *cover;         // [size][size], valid inside the box
};

enum { VG_FACE_MASKS = 3 };

struct vg_face_canvas {
    int size;
    struct vg_face_colour *light;   // [size][size]
    uint8_t *region;                // [size][size]
    float *sums;                    // [size + 2], a row being summed
    struct vg_face_mask mask[VG_FACE_MASKS];
};

enum { VG_FACE_KEEP = -1 };   // paint that leaves the region as it is

// Colour and opacity of the pixel at x, y; what it is of lies behind `from`.
struct vg_face_ink {
    struct vg_face_colour colour;
    float alpha;
};
typedef struct vg_face_ink vg_face_ink_fn(const void *from, int x, int y);

void vg_face_canvas_init(struct vg_face_canvas *c, int size);
void vg_face_canvas_finish(struct vg_face_canvas *c);

// Covers the mask's pixels by the closed outline; winding does not matter, overlaps count once.
void vg_face_mask_fill(const struct vg_face_canvas *c, struct vg_face_mask *m,
                       const struct vg_face_curve *outline);
// A band along a curve: `width` pixels at its start, `end` at its end; closed joins the two.
void vg_face_mask_stroke(const struct vg_face_canvas *c, struct vg_face_mask *m,
                         const struct vg_face_curve *curve, double width, double end, bool closed);
void vg_face_mask_keep(struct vg_face_mask *m, const struct vg_face_mask *inside, int size);
void vg_face_mask_cut(struct vg_face_mask *m, const struct vg_face_mask *hole, int size);

void vg_face_paint(struct vg_face_canvas *c, const struct vg_face_mask *m, vg_face_ink_fn *ink,
                   const void *from, int region);
void vg_face_paint_flat(struct vg_face_canvas *c, const struct vg_face_mask *m,
                        struct vg_face_colour colour, float alpha, int region);

void vg_face_canvas_develop(const struct vg_face_canvas *c, double grain, uint64_t seed,
                            uint8_t *rgb);

// Helpers to build colours and outlines.
struct vg_face_colour vg_face_mix(struct vg_face_colour a, struct vg_face_colour b, float part);
struct vg_face_colour vg_face_scale(struct vg_face_colour a, float k);
struct vg_face_colour vg_face_times(struct vg_face_colour a, struct vg_face_colour b);
void vg_face_curve_ellipse(struct vg_face_curve *c, struct vg_face_point centre, double rx,
                           double ry, double turn);
