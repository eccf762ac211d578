#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * The parameters of a face, and how they are drawn.
 *
 * Lengths are face units: x to the image's right, y down, z towards the viewer; the crown is at
 * y = -1.25, the eyes near -0.12, the chin at 1, and the frontal face is about 1.5 wide.  Colours
 * are linear light, red green blue.
 *
 * A person (what stays) is a function of (seed, identity), a shot (what changes from image to
 * image) of (seed, split, index), so an image can be drawn again alone.
 */
struct vg_face_colour {
    float r, g, b;
};

enum vg_face_hair_style {
    VG_FACE_HAIR_BALD,
    VG_FACE_HAIR_BUZZ,
    VG_FACE_HAIR_SHORT,
    VG_FACE_HAIR_FRINGE,   // short, over the forehead
    VG_FACE_HAIR_CURLY,
    VG_FACE_HAIR_LONG,
    VG_FACE_HAIR_BOB,   // long, over the forehead
    VG_FACE_HAIR_BUN,
    VG_FACE_HAIR_STYLES,
};

enum vg_face_hair_tone {
    VG_FACE_TONE_BLACK,
    VG_FACE_TONE_BROWN,
    VG_FACE_TONE_BLOND,
    VG_FACE_TONE_RED,
    VG_FACE_TONE_GREY,
};

enum vg_face_beard { VG_FACE_BEARD_NONE, VG_FACE_BEARD_GOATEE, VG_FACE_BEARD_FULL };

struct vg_face_person {
    int64_t identity;
    double width, jaw, taper, chin, ear;                  // outline
    double eye_x, eye_y, eye_width, eye_open, eye_tilt;   // one eye's centre and half width
    double brow_gap, brow_length, brow_thick, brow_arch, brow_tilt;
    double nose_y, nose_width, nose_height, nose_tip;
    double mouth_y, mouth_width, lip_upper, lip_lower, lip_tint;
    double cheek, lines, stubble, freckles;
    struct vg_face_colour skin, hair, iris, brow;
    int hair_style, hair_tone, beard;
    bool mustache;
    double hairline, hair_volume, hair_length, hair_part;
    double glasses_odds;
    int glasses_shape;
};

// Deformations after Ekman and Friesen's action units; 0 is rest, 1 is strong.
struct vg_face_action {
    double brow_inner, brow_outer, brow_lower;   // AU 1, 2, 4
    double lid, squint;                          // AU 5 (or droop, below 0), AU 6 + 7
    double wrinkle, lip_raise;                   // AU 9, AU 10
    double corner, stretch, press;               // AU 12 (or 15, below 0), AU 20, AU 23 + 24
    double jaw;                                  // AU 26
};

enum vg_face_glasses { VG_FACE_GLASSES_NONE, VG_FACE_GLASSES_CLEAR, VG_FACE_GLASSES_DARK };
enum vg_face_hat { VG_FACE_HAT_NONE, VG_FACE_HAT_BEANIE, VG_FACE_HAT_CAP, VG_FACE_HAT_BRIM };
enum vg_face_occluder {
    VG_FACE_OCCLUDER_NONE,
    VG_FACE_OCCLUDER_HAND,
    VG_FACE_OCCLUDER_SCARF,
    VG_FACE_OCCLUDER_PATCH,
    VG_FACE_OCCLUDER_CUP,
};

struct vg_face_shot {
    int expression;
    struct vg_face_action action;
    double yaw, pitch, roll;            // radians
    double scale, centre_x, centre_y;   // a face unit and the head's middle, in image widths
    double gaze_x, gaze_y;
    double light[3];   // direction to the light, unit length
    struct vg_face_colour key, ambient;
    int glasses, hat, occluder;
    struct vg_face_colour hat_colour, glasses_colour, cloth, occluder_colour, back[3];
    double grain;      // amplitude of the sensor's noise
    uint64_t detail;   // seed of backgrounds, textures and occluders
};

struct vg_face_person vg_face_draw_person(uint64_t seed, int64_t identity);
struct vg_face_shot vg_face_draw_shot(uint64_t seed, int split, int64_t index,
                                      const struct vg_face_person *person);
