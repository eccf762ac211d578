#pragma once

#include <stdint.h>

#include "data/dataset.h"

/**
 * What is known exactly about a drawn face.
 *
 * Everything is at the image's own size.  Coordinates are pixels, as in image.h: the centre of the
 * first pixel is (0, 0).  Left and right are the image's.
 *
 * Regions of the map, numbered as in LaPa.  A pixel belongs to the uppermost thing that covers at
 * least half of it.  What LaPa has no class for is background: ears, neck, clothes, hats, frames of
 * glasses, dark lenses, hands and other occluders.  A beard counts as skin, a clear lens as what is
 * behind it.
 */
enum vg_face_region {
    VG_FACE_BACKGROUND,
    VG_FACE_SKIN,
    VG_FACE_LEFT_BROW,
    VG_FACE_RIGHT_BROW,
    VG_FACE_LEFT_EYE,
    VG_FACE_RIGHT_EYE,
    VG_FACE_NOSE,
    VG_FACE_UPPER_LIP,
    VG_FACE_INNER_MOUTH,
    VG_FACE_LOWER_LIP,
    VG_FACE_HAIR,
    VG_FACE_REGIONS
};

// Basic expressions, numbered as in RAF-DB (which counts from 1).
enum vg_face_expression {
    VG_FACE_SURPRISE,
    VG_FACE_FEAR,
    VG_FACE_DISGUST,
    VG_FACE_HAPPINESS,
    VG_FACE_SADNESS,
    VG_FACE_ANGER,
    VG_FACE_NEUTRAL,
};

/**
 * Yes/no attributes, named as in CelebA, and the rule that decides each.  They say what the model
 * has, whether or not an occluder hides it.
 */
enum vg_face_attribute {
    VG_FACE_ARCHED_EYEBROWS,       // the brow's arch is at least 0.06 face units (identity)
    VG_FACE_BALD,                  // no hair on the head
    VG_FACE_BANGS,                 // hair falls over the forehead, and no hat holds it back
    VG_FACE_BLACK_HAIR,            // not bald and hair colour drawn from the black range
    VG_FACE_BLOND_HAIR,            // not bald and hair colour drawn from the blond range
    VG_FACE_EYEGLASSES,            // clear or dark
    VG_FACE_GOATEE,                // beard on the chin only
    VG_FACE_MOUTH_SLIGHTLY_OPEN,   // lips apart by at least 0.03 face units
    VG_FACE_MUSTACHE,              // hair between nose and mouth
    VG_FACE_NARROW_EYES,           // eye opening less than 0.22 of its width, with the expression
    VG_FACE_SMILING,               // mouth corners raised by at least 0.03 face units
    VG_FACE_WEARING_HAT,
};

struct vg_face_truth {
    // x, y in the 300-W / iBUG order: jaw 0-16, brows 17-21 and 22-26, nose bridge 27-30, nose base
    // 31-35, eyes 36-41 and 42-47, outer lips 48-59, inner lips 60-67.  Points of the jaw turned
    // away follow the visible contour; occluded points are where the model has them.
    float landmark[VG_LANDMARKS][2];
    int expression;                     // enum vg_face_expression
    uint8_t attribute[VG_ATTRIBUTES];   // 0 or 1
    int64_t identity;
    float yaw, pitch, roll;   // degrees: nose to the right, nose down, clockwise
};

struct vg_face_shape;

// Everything but the regions, which are painted.
void vg_face_measure(const struct vg_face_shape *s, struct vg_face_truth *truth);

extern const char *const vg_face_expression_name[VG_EXPRESSIONS];
extern const char *const vg_face_attribute_name[VG_ATTRIBUTES];
extern const char *const vg_face_region_name[VG_FACE_REGIONS];
