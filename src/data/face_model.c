#include "data/face_model.h"

#include <math.h>
#include <stddef.h>

#include "base/rng.h"
#include "data/face_truth.h"

enum { PERSON_STREAM = 0x46414345, SHOT_STREAM = 0x53484f54 };

// About normal within +-2.4 of its spread, and free of log and cos: the sum of four uniforms.
static double around(struct vg_rng *r, double mean, double spread)
{
    double sum = -2;
    for (int i = 0; i < 4; i++)
        sum += vg_rng_next(r);
    return mean + spread * sum * 1.7320508;
}

static bool chance(struct vg_rng *r, double odds)
{
    return vg_rng_next(r) < odds;
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

// Colours are thought of as on a screen (gamma 2 here) and computed with as light.
static struct vg_face_colour screen(double r, double g, double b)
{
    r = clamp(r, 0.01, 1), g = clamp(g, 0.01, 1), b = clamp(b, 0.01, 1);
    return (struct vg_face_colour) { (float) (r * r), (float) (g * g), (float) (b * b) };
}

static struct vg_face_colour any_colour(struct vg_rng *r, double low, double high)
{
    const double grey = vg_rng_range(r, low, high), dull = vg_rng_next(r);   // most things are dull
    double c[3];
    for (int i = 0; i < 3; i++)
        c[i] = grey + (1 - dull) * (vg_rng_range(r, low, high) - grey);
    return screen(c[0], c[1], c[2]);
}

// Along the line of human skin from pale to dark, with some spread of redness across it.
static struct vg_face_colour skin_colour(struct vg_rng *r)
{
    static const double tone[5][3] = { { 0.97, 0.84, 0.77 },
                                       { 0.91, 0.74, 0.62 },
                                       { 0.80, 0.60, 0.46 },
                                       { 0.62, 0.43, 0.32 },
                                       { 0.40, 0.27, 0.20 } };
    const double at = vg_rng_range(r, 0, 3.999), t = at - (int) at;
    const double *a = tone[(int) at], *b = tone[(int) at + 1];
    const double red = around(r, 0, 0.012);
    return screen(a[0] + t * (b[0] - a[0]) + red, a[1] + t * (b[1] - a[1]),
                  a[2] + t * (b[2] - a[2]) - red);
}

static struct vg_face_colour hair_colour(struct vg_rng *r, int tone)
{
    static const double base[5][3] = { { 0.12, 0.10, 0.10 },
                                       { 0.38, 0.25, 0.16 },
                                       { 0.82, 0.68, 0.46 },
                                       { 0.62, 0.27, 0.12 },
                                       { 0.66, 0.65, 0.64 } };
    const double k = around(r, 1, tone == VG_FACE_TONE_BLACK ? 0.15 : 0.11);
    const double warm = around(r, 0, 0.015);
    return screen(base[tone][0] * k + warm, base[tone][1] * k, base[tone][2] * k - warm);
}

// The darker the skin, the likelier black and grey hair.
static int hair_tone(struct vg_rng *r, const struct vg_face_person *p)
{
    const double u = vg_rng_next(r), light = 1.6 * p->skin.g;
    if (vg_rng_next(r) > fmin(light, 1))
        return u < 0.72 ? VG_FACE_TONE_BLACK : u < 0.85 ? VG_FACE_TONE_BROWN : VG_FACE_TONE_GREY;
    return u < 0.22   ? VG_FACE_TONE_BLACK
           : u < 0.51 ? VG_FACE_TONE_BROWN
           : u < 0.78 ? VG_FACE_TONE_BLOND
           : u < 0.89 ? VG_FACE_TONE_RED
                      : VG_FACE_TONE_GREY;
}

static struct vg_face_colour iris_colour(struct vg_rng *r, const struct vg_face_person *p)
{
    static const double base[4][3] = {
        { 0.30, 0.18, 0.10 }, { 0.30, 0.45, 0.62 }, { 0.32, 0.44, 0.28 }, { 0.42, 0.33, 0.20 }
    };
    const double *c = base[chance(r, 1.1 - 1.6 * p->skin.g) ? 0 : vg_rng_below(r, 4)];
    const double k = around(r, 1, 0.12);
    return screen(c[0] * k, c[1] * k, c[2] * k);
}

static void draw_outline(struct vg_rng *r, struct vg_face_person *p)
{
    p->width = around(r, 0.77, 0.035);
    p->jaw = vg_rng_range(r, 2.0, 3.3);
    p->taper = vg_rng_range(r, 0.42, 0.62);
    p->chin = around(r, 1, 0.035);
    p->ear = around(r, 1, 0.12);
    p->cheek = vg_rng_next(r);
    p->lines = vg_rng_next(r) * vg_rng_next(r);
    p->freckles = chance(r, 0.2) ? vg_rng_range(r, 0.3, 1) : 0;
}

static void draw_features(struct vg_rng *r, struct vg_face_person *p)
{
    p->eye_x = around(r, 0.335, 0.016);
    p->eye_y = around(r, -0.12, 0.02);
    p->eye_width = around(r, 0.157, 0.011);
    p->eye_open = around(r, 0.060, 0.009);
    p->eye_tilt = around(r, -0.012, 0.016);
    p->brow_gap = around(r, 0.20, 0.018);
    p->brow_length = around(r, 0.37, 0.022);
    p->brow_thick = vg_rng_range(r, 0.045, 0.095);
    p->brow_arch = chance(r, 0.35) ? vg_rng_range(r, 0.068, 0.11) : vg_rng_range(r, 0.0, 0.045);
    p->brow_tilt = around(r, 0, 0.012);
    p->nose_y = around(r, 0.36, 0.025);
    p->nose_width = around(r, 0.155, 0.02);
    p->nose_height = around(r, 0.21, 0.025);
    p->nose_tip = around(r, 1, 0.15);
    p->mouth_y = p->nose_y + around(r, 0.24, 0.018);
    p->mouth_width = around(r, 0.28, 0.02);
    p->lip_upper = vg_rng_range(r, 0.034, 0.07);
    p->lip_lower = p->lip_upper * vg_rng_range(r, 1.1, 1.6);
    p->lip_tint = chance(r, 0.25) ? vg_rng_range(r, 0.55, 1) : vg_rng_range(r, 0, 0.35);
}

static void draw_hair(struct vg_rng *r, struct vg_face_person *p)
{
    static const double odds[VG_FACE_HAIR_STYLES] = {
        0.10, 0.12, 0.20, 0.14, 0.10, 0.15, 0.12, 0.07
    };
    double u = vg_rng_next(r);
    p->hair_style = 0;
    while (p->hair_style < VG_FACE_HAIR_STYLES - 1 && u >= odds[p->hair_style])
        u -= odds[p->hair_style++];
    p->hair_tone = hair_tone(r, p);
    p->hair = hair_colour(r, p->hair_tone);
    p->hairline = around(r, -0.72, 0.06);
    p->hair_volume = vg_rng_range(r, 0.05, 0.16);
    p->hair_length = vg_rng_range(r, 0.75, 1.7);
    p->hair_part = vg_rng_range(r, -0.45, 0.45);
    const double k = vg_rng_range(r, 0.55, 0.85);
    p->brow = (struct vg_face_colour) { (float) (p->hair.r * k), (float) (p->hair.g * k),
                                        (float) (p->hair.b * k) };
}

static void draw_beard(struct vg_rng *r, struct vg_face_person *p)
{
    const bool short_hair = p->hair_style <= VG_FACE_HAIR_CURLY;
    const double u = vg_rng_next(r), k = short_hair ? 1 : 0.25;
    p->beard = u < 0.24 * k   ? VG_FACE_BEARD_GOATEE
               : u < 0.44 * k ? VG_FACE_BEARD_FULL
                              : VG_FACE_BEARD_NONE;
    p->mustache = chance(r, p->beard == VG_FACE_BEARD_NONE ? 0.14 * k : 0.6);
    p->stubble = short_hair && chance(r, 0.35) ? vg_rng_range(r, 0.1, 0.5) : 0;
}

struct vg_face_person vg_face_draw_person(uint64_t seed, int64_t identity)
{
    struct vg_rng r = { .seed = vg_rng_mix(seed, (uint64_t) identity), .stream = PERSON_STREAM };
    struct vg_face_person p = { .identity = identity };

    draw_outline(&r, &p);
    draw_features(&r, &p);
    p.skin = skin_colour(&r);
    p.iris = iris_colour(&r, &p);
    draw_hair(&r, &p);
    draw_beard(&r, &p);
    p.glasses_odds = chance(&r, 0.26) ? 0.7 : 0.04;
    p.glasses_shape = (int) vg_rng_below(&r, 3);
    return p;
}

// The prototype of each expression: Ekman and Friesen's emotion table of action units.
static const struct vg_face_action prototype[VG_EXPRESSIONS] = {
    [VG_FACE_SURPRISE] = { .brow_inner = 1, .brow_outer = 1, .lid = 1, .jaw = 1, .stretch = -0.7 },
    [VG_FACE_FEAR] = { .brow_inner = 1.1,
                       .brow_outer = 0.35,
                       .brow_lower = 0.45,
                       .lid = 0.95,
                       .stretch = 1.0,
                       .jaw = 0.35,
                       .corner = -0.3 },
    [VG_FACE_DISGUST] = { .brow_lower = 0.6,
                          .squint = 0.9,
                          .lid = -0.25,
                          .wrinkle = 1,
                          .lip_raise = 1,
                          .corner = -0.45 },
    [VG_FACE_HAPPINESS] = { .squint = 0.6, .corner = 1, .stretch = 0.4, .jaw = 0.42 },
    [VG_FACE_SADNESS] = { .brow_inner = 1,
                          .brow_outer = -0.45,
                          .lid = -0.4,
                          .corner = -1,
                          .stretch = -0.1,
                          .press = 0.2 },
    [VG_FACE_ANGER] = { .brow_lower = 1.2,
                        .brow_outer = 0.25,
                        .lid = 0.3,
                        .squint = 0.5,
                        .wrinkle = 0.3,
                        .corner = -0.25,
                        .press = 0.9 },
    [VG_FACE_NEUTRAL] = { 0 },
};

static struct vg_face_action draw_action(struct vg_rng *r, int expression)
{
    struct vg_face_action a = prototype[expression];
    const double k = vg_rng_range(r, 0.8, 1.35);
    double *field[] = { &a.brow_inner, &a.brow_outer, &a.brow_lower, &a.lid,     &a.squint, &a.jaw,
                        &a.wrinkle,    &a.lip_raise,  &a.corner,     &a.stretch, &a.press };

    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        *field[i] = *field[i] * k + around(r, 0, 0.09);
    const bool variant = chance(r, 0.3);
    if (variant && expression == VG_FACE_HAPPINESS)   // a closed smile
        a.jaw = 0;
    if (variant && expression == VG_FACE_ANGER) {   // teeth shown
        a.press = 0;
        a.stretch += 0.4 * k;
        a.lip_raise += 0.5 * k;
        a.jaw += 0.3 * k;
    }
    if (variant && expression == VG_FACE_NEUTRAL)   // lips parted, or speaking
        a.jaw += vg_rng_range(r, 0.1, 0.3);
    a.jaw = clamp(a.jaw, 0, 1.2);
    a.press = clamp(a.press, 0, 1);
    a.squint = clamp(a.squint, 0, 1);
    a.wrinkle = clamp(a.wrinkle, 0, 1.2);
    a.lip_raise = clamp(a.lip_raise, 0, 1.2);
    return a;
}

static void draw_pose(struct vg_rng *r, struct vg_face_shot *s)
{
    s->yaw = clamp(around(r, 0, 0.22), -0.6, 0.6);
    s->pitch = clamp(around(r, 0, 0.11), -0.3, 0.3);
    s->roll = clamp(around(r, 0, 0.11), -0.35, 0.35);
    s->scale = vg_rng_range(r, 0.37, 0.44);
    s->centre_x = 0.5 + around(r, 0, 0.025) - 0.08 * s->yaw;
    s->centre_y = 0.43 + around(r, 0, 0.015) + 0.02 * s->pitch;
    s->gaze_x = clamp(around(r, 0, 0.35), -0.8, 0.8);
    s->gaze_y = clamp(around(r, 0, 0.25), -0.6, 0.6);
}

static void draw_light(struct vg_rng *r, struct vg_face_shot *s)
{
    const double x = around(r, 0, 0.65), y = around(r, -0.35, 0.4), z = vg_rng_range(r, 0.45, 1);
    const double n = 1 / sqrt(x * x + y * y + z * z);
    const double warm = around(r, 0, 0.09), key = vg_rng_range(r, 0.5, 0.95);
    const double cool = around(r, 0, 0.09), fill = vg_rng_range(r, 0.14, 0.45);

    s->light[0] = x * n, s->light[1] = y * n, s->light[2] = z * n;
    s->key = (struct vg_face_colour) { (float) (key * (1 + warm)), (float) key,
                                       (float) (key * (1 - warm)) };
    s->ambient = (struct vg_face_colour) { (float) (fill * (1 + cool)), (float) fill,
                                           (float) (fill * (1 - cool)) };
    s->grain = vg_rng_range(r, 0, 0.03);
}

static void draw_things(struct vg_rng *r, const struct vg_face_person *p, struct vg_face_shot *s)
{
    if (chance(r, p->glasses_odds))
        s->glasses = chance(r, 0.2) ? VG_FACE_GLASSES_DARK : VG_FACE_GLASSES_CLEAR;
    if (chance(r, 0.13))
        s->hat = 1 + (int) vg_rng_below(r, 3);
    if (chance(r, 0.17))
        s->occluder = 1 + (int) vg_rng_below(r, 4);
    s->hat_colour = any_colour(r, 0.1, 0.9);
    s->glasses_colour = chance(r, 0.7) ? any_colour(r, 0.02, 0.25) : any_colour(r, 0.1, 0.8);
    s->cloth = any_colour(r, 0.1, 0.95);
    s->occluder_colour = any_colour(r, 0.1, 0.95);
    for (int i = 0; i < 3; i++)
        s->back[i] = any_colour(r, 0.05, 0.95);
}

struct vg_face_shot vg_face_draw_shot(uint64_t seed, int split, int64_t index,
                                      const struct vg_face_person *person)
{
    const uint64_t own = vg_rng_mix(vg_rng_mix(seed, (uint64_t) split), (uint64_t) index);
    struct vg_rng r = { .seed = own, .stream = SHOT_STREAM };
    struct vg_face_shot s = { .detail = vg_rng_mix(own, 1) };

    s.expression = (int) vg_rng_below(&r, VG_EXPRESSIONS);
    s.action = draw_action(&r, s.expression);
    draw_pose(&r, &s);
    draw_light(&r, &s);
    draw_things(&r, person, &s);
    return s;
}
