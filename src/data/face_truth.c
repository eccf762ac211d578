#include "data/face_truth.h"

#include <math.h>

#include "data/face_outline.h"

const char *const vg_face_expression_name[VG_EXPRESSIONS] = {
    "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral",
};

const char *const vg_face_attribute_name[VG_ATTRIBUTES] = {
    "arched_eyebrows", "bald",        "bangs",   "black_hair",
    "blond_hair",      "eyeglasses",  "goatee",  "mouth_slightly_open",
    "mustache",        "narrow_eyes", "smiling", "wearing_hat",
};

const char *const vg_face_region_name[VG_FACE_REGIONS] = {
    "background", "skin",      "left_brow",   "right_brow", "left_eye", "right_eye",
    "nose",       "upper_lip", "inner_mouth", "lower_lip",  "hair",
};

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
        mark(t, 51 + k, vg_face_lip_point(s, true, false, k / 3.0));
    for (int k = -2; k <= 2; k++)
        mark(t, 57 - k, vg_face_lip_point(s, true, true, k / 3.0));
    for (int k = -2; k <= 2; k++)
        mark(t, 62 + k, vg_face_lip_point(s, false, false, k / 2.0));
    for (int k = -1; k <= 1; k++)
        mark(t, 66 - k, vg_face_lip_point(s, false, true, k / 2.0));
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
