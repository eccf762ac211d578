#include "data/face_truth.h"

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
