#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/face_paint.h"
#include "data/synthetic.h"

struct drawn {
    int size;
    uint8_t *rgb, *regions;
    struct vg_face_truth truth;
};

// Buffers start with `dirt`, so that a byte left unwritten shows.
static struct drawn draw(uint64_t seed, enum vg_split split, int64_t index, int size, int dirt)
{
    const size_t pixels = (size_t) size * size;
    struct drawn d = { .size = size, .rgb = vg_alloc(pixels, 3), .regions = vg_alloc(pixels, 1) };
    memset(d.rgb, dirt, pixels * 3);
    memset(d.regions, dirt, pixels);
    memset(&d.truth, dirt, sizeof d.truth);
    const struct vg_face_set set = { .seed = seed, .split = split };
    vg_face_draw(&set, index, size, d.rgb, &d.truth, d.regions);
    return d;
}

static void drop(struct drawn *d)
{
    free(d->rgb);
    free(d->regions);
}

static bool same_pixels(const struct drawn *a, const struct drawn *b)
{
    return !memcmp(a->rgb, b->rgb, (size_t) a->size * a->size * 3);
}

Test(synthetic, an_image_is_a_function_of_seed_split_and_index)
{
    struct drawn a = draw(1, VG_SPLIT_TRAIN, 5, 64, 0x00), b = draw(1, VG_SPLIT_TRAIN, 5, 64, 0xff);
    struct drawn other[] = { draw(2, VG_SPLIT_TRAIN, 5, 64, 0), draw(1, VG_SPLIT_VAL, 5, 64, 0),
                             draw(1, VG_SPLIT_TEST, 5, 64, 0), draw(1, VG_SPLIT_TRAIN, 6, 64, 0) };
    cr_expect(same_pixels(&a, &b));
    cr_expect_not(memcmp(a.regions, b.regions, 64 * 64));
    cr_expect_not(memcmp(a.truth.landmark, b.truth.landmark, sizeof a.truth.landmark));
    cr_expect_not(memcmp(a.truth.attribute, b.truth.attribute, sizeof a.truth.attribute));
    cr_expect_eq(a.truth.expression, b.truth.expression);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        cr_expect_not(same_pixels(&a, &other[i]), "image %zu is the same", i);
        drop(&other[i]);
    }
    drop(&a);
    drop(&b);
}

Test(synthetic, people_of_splits_are_different_and_stay_for_some_images)
{
    static const enum vg_split split[3] = { VG_SPLIT_TRAIN, VG_SPLIT_VAL, VG_SPLIT_TEST };
    const int64_t last = ((int64_t) VG_FACE_IMAGES << 40) - 1;
    for (int i = 0; i < 3; i++) {
        const int64_t first = vg_face_identity(split[i], 0);
        cr_expect_eq(vg_face_identity(split[i], VG_FACE_IMAGES - 1), first);
        cr_expect_eq(vg_face_identity(split[i], VG_FACE_IMAGES), first + 1);
        if (i > 0)   // each range begins after the one before has ended
            cr_expect_gt(first, vg_face_identity(split[i - 1], last));
    }
    // What stays with a person, and what tells two people apart.
    const struct vg_face_person a = vg_face_draw_person(1, 7), b = vg_face_draw_person(1, 8);
    const struct vg_face_set set = { .seed = 1, .split = VG_SPLIT_TRAIN };
    struct vg_face_truth t;
    vg_face_draw(&set, 7 * VG_FACE_IMAGES + 3, 64, NULL, &t, NULL);
    cr_expect_eq(t.identity, 7);
    cr_expect_eq(t.attribute[VG_FACE_BALD], a.hair_style == VG_FACE_HAIR_BALD);
    cr_expect_neq(a.width, b.width);
}

// Expressions are drawn evenly and alone: a count is within 5 deviations of its binomial.
// Attributes and regions need only be there often enough to learn and rare enough to matter.
Test(synthetic, every_class_occurs)
{
    enum { N = 2000, SIZE = 48 };
    const struct vg_face_set set = { .seed = 3, .split = VG_SPLIT_TRAIN };
    int expression[VG_EXPRESSIONS] = { 0 }, attribute[VG_ATTRIBUTES] = { 0 };
    int region[VG_FACE_REGIONS] = { 0 };
    uint8_t *map = vg_alloc(SIZE * SIZE, 1);
    struct vg_face_truth t;

    for (int i = 0; i < N; i++) {
        bool seen[256] = { false };
        vg_face_draw(&set, i, SIZE, NULL, &t, i % 4 ? NULL : map);
        expression[t.expression]++;
        for (int k = 0; k < VG_ATTRIBUTES; k++)
            attribute[k] += t.attribute[k];
        for (int p = 0; i % 4 == 0 && p < SIZE * SIZE; p++)
            seen[map[p]] = true;
        for (int k = 0; k < 256; k++) {
            cr_assert(k < VG_FACE_REGIONS || !seen[k], "image %d has a region %d", i, k);
            if (seen[k])
                region[k]++;
        }
    }
    const double p = 1.0 / VG_EXPRESSIONS, spread = 5 * sqrt(N * p * (1 - p));
    for (int k = 0; k < VG_EXPRESSIONS; k++)
        cr_expect(fabs(expression[k] - N * p) < spread, "%s: %d", vg_face_expression_name[k],
                  expression[k]);
    for (int k = 0; k < VG_ATTRIBUTES; k++)
        cr_expect(attribute[k] > N / 20 && attribute[k] < 3 * N / 4, "%s: %d of %d",
                  vg_face_attribute_name[k], attribute[k], N);
    for (int k = 0; k < VG_FACE_REGIONS; k++)
        cr_expect(region[k] > N / 4 / 4, "%s: in %d of %d", vg_face_region_name[k], region[k],
                  N / 4);
    free(map);
}

static double mean_of(const struct vg_face_truth *t, int from, int to, int axis)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += t->landmark[i][axis];
    return sum / (to - from);
}

// Eyes and mouth lie where the header puts them, and it is the same shot: person, expression and
// attributes, and landmarks that a turn, a scale and a move bring onto the loose ones.
Test(synthetic, aligned_faces_lie_alike)
{
    enum { N = 200, SIZE = 100 };
    const struct vg_face_set loose = { .seed = 3 }, close = { .seed = 3, .aligned = true };
    for (int i = 0; i < N; i++) {
        struct vg_face_truth a, b;
        vg_face_draw(&loose, i, SIZE, NULL, &a, NULL);
        vg_face_draw(&close, i, SIZE, NULL, &b, NULL);
        cr_expect_eq(a.identity, b.identity);
        cr_expect_eq(a.expression, b.expression);
        cr_expect(!memcmp(a.attribute, b.attribute, sizeof a.attribute));

        const double dx = mean_of(&b, 42, 48, 0) - mean_of(&b, 36, 42, 0);
        const double dy = mean_of(&b, 42, 48, 1) - mean_of(&b, 36, 42, 1);
        const double x = mean_of(&b, 36, 48, 0) + 0.5, y = mean_of(&b, 36, 48, 1) + 0.5;
        const double mx = mean_of(&b, 48, 60, 0) + 0.5, my = mean_of(&b, 48, 60, 1) + 0.5;
        const double down = hypot(mx - x, my - y);
        cr_expect_float_eq(x, 0.5 * SIZE, 0.01, "face %d: eyes at x %g", i, x);
        cr_expect_float_eq(y, VG_FACE_EYES_Y * SIZE, 0.01, "face %d: eyes at y %g", i, y);
        cr_expect_float_eq(dy, 0, 0.01, "face %d: eyes not level by %g", i, dy);
        const double most = fmax(dx / VG_FACE_EYES_APART, down / VG_FACE_MOUTH_DOWN);
        cr_expect_float_eq(most, SIZE, 0.03, "face %d: eyes %g apart, mouth %g below", i, dx, down);

        // Ratios of distances stay: chin to brow against nose to lip.
        const double was =
            hypot(a.landmark[8][0] - a.landmark[19][0], a.landmark[8][1] - a.landmark[19][1]) /
            hypot(a.landmark[30][0] - a.landmark[57][0], a.landmark[30][1] - a.landmark[57][1]);
        const double is =
            hypot(b.landmark[8][0] - b.landmark[19][0], b.landmark[8][1] - b.landmark[19][1]) /
            hypot(b.landmark[30][0] - b.landmark[57][0], b.landmark[30][1] - b.landmark[57][1]);
        cr_expect_float_eq(is, was, 1e-4 * was);
    }
}

// A face without anything in front of it, nearly frontal, so that every landmark is in sight.
static void paint_bare(struct vg_face_scene *s, int64_t index, int size, struct vg_face_person *p,
                       struct vg_face_shot *shot, struct vg_face_truth *t)
{
    *p = vg_face_draw_person(5, index);
    *shot = vg_face_draw_shot(5, VG_SPLIT_TEST, index, p);
    p->hair_style = VG_FACE_HAIR_BALD;
    shot->glasses = shot->hat = shot->occluder = 0;
    shot->yaw *= 0.25;
    vg_face_scene_init(s, p, shot, size);
    vg_face_scene_paint(s);
    vg_face_measure(&s->shape, t);
}

// Distance from a landmark to the centre of the nearest pixel whose region is (or, with `other`,
// is not) among the bits of `set`; 99 if there is none in the neighbourhood.
static double distance(const struct vg_face_scene *s, const float at[2], unsigned set, bool other)
{
    enum { AROUND = 16 };
    const int size = s->canvas.size, cx = (int) at[0], cy = (int) at[1];
    double best = 99;
    for (int y = cy - AROUND; y <= cy + AROUND; y++) {
        for (int x = cx - AROUND; x <= cx + AROUND; x++) {
            if (x < 0 || y < 0 || x >= size || y >= size)
                continue;
            const bool in = set >> s->canvas.region[y * size + x] & 1;
            if (in != other)
                best = fmin(best, hypot(x - at[0], y - at[1]));
        }
    }
    return best;
}

struct rule {
    int first, last;
    unsigned inside;
    bool border;
};

// How many pixels from its corner k a shape is one pixel wide, if it widens evenly up to the
// landmarks a and b on its edges.
static double tip(const struct vg_face_truth *t, int k, int a, int b)
{
    const float *p = t->landmark[k], *q = t->landmark[a], *r = t->landmark[b];
    const double length = hypot((q[0] + r[0]) / 2 - p[0], (q[1] + r[1]) / 2 - p[1]);
    return length / hypot(q[0] - r[0], q[1] - r[1]);
}

// How far the nearest pixel of a region may be from a point on its outline.
static double reach(const struct vg_face_truth *t, int k)
{
    static const int corner[][4] = { { 36, 37, 41, 0 }, { 39, 38, 40, 0 }, { 42, 43, 47, 0 },
                                     { 45, 44, 46, 0 }, { 48, 49, 59, 1 }, { 54, 53, 55, 1 },
                                     { 60, 49, 59, 1 }, { 64, 53, 55, 1 } };
    // Along a straight outline a pixel's centre is one row and half a column away at most, 1.12;
    // paint of alpha 0.88 (the brows) counts from a cover of 0.57 on, 0.07 further; and a vertex
    // of a smooth outline turns by less than 20 degrees, 0.5 / tan(80 degrees).
    const double smooth = 1.12 + 0.07 + 0.09;
    if (k == 17 || k == 21 || k == 22 || k == 26)   // square ends: 0.5 / tan(45 degrees)
        return smooth + 0.5;
    // Lids and lips arch outwards, so they widen at least evenly.  A corner of the mouth is shared
    // by two lips that count each alone, and its line slopes by up to 45 degrees, which makes them
    // narrower across it by sqrt(2).
    for (size_t i = 0; i < sizeof corner / sizeof *corner; i++)
        if (corner[i][0] == k)
            return smooth + tip(t, k, corner[i][1], corner[i][2]) * (corner[i][3] ? 2 * 1.4143 : 1);
    return smooth;
}

static void check_rule(const struct vg_face_scene *s, const struct vg_face_truth *t, int face,
                       const struct rule *r)
{
    for (int k = r->first; k <= r->last; k++) {
        const float *at = t->landmark[k];
        if (at[0] < 0 || at[1] < 0 || at[0] > s->canvas.size - 1 || at[1] > s->canvas.size - 1)
            continue;
        const double in = distance(s, at, r->inside, false), out = distance(s, at, r->inside, true);
        cr_expect_lt(in, reach(t, k), "face %d, landmark %d: region %.2f pixels away", face, k, in);
        cr_expect(!r->border || out < 1.28, "face %d, landmark %d: %.2f pixels inside its region",
                  face, k, out);
    }
}

Test(synthetic, landmarks_lie_on_their_regions)
{
    enum { SIZE = 256, FACES = 60 };
    const unsigned lips = 1u << VG_FACE_UPPER_LIP | 1u << VG_FACE_LOWER_LIP;
    const unsigned mouth = lips | 1u << VG_FACE_INNER_MOUTH;
    const struct rule rules[] = {
        { 4, 12, ~(1u << VG_FACE_BACKGROUND), true },   // below the ears
        { 17, 21, 1u << VG_FACE_LEFT_BROW, true },
        { 22, 26, 1u << VG_FACE_RIGHT_BROW, true },
        { 28, 30, 1u << VG_FACE_NOSE, false },
        { 31, 35, 1u << VG_FACE_NOSE, false },
        { 36, 41, 1u << VG_FACE_LEFT_EYE, true },
        { 42, 47, 1u << VG_FACE_RIGHT_EYE, true },
        { 48, 59, mouth, true },
        { 60, 67, lips, false },
    };
    for (int i = 0; i < FACES; i++) {
        struct vg_face_scene s;
        struct vg_face_person p;
        struct vg_face_shot shot;
        struct vg_face_truth t;
        paint_bare(&s, i, SIZE, &p, &shot, &t);
        for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
            check_rule(&s, &t, i, &rules[r]);
        vg_face_scene_finish(&s);
    }
}

// The same face at another size is the same face: landmarks scale about the image's corner.
Test(synthetic, sizes_show_the_same_face)
{
    static const int sizes[] = { 16, 32, 33, 100, 224, 256 };
    struct drawn base = draw(1, VG_SPLIT_TRAIN, 11, 64, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct drawn d = draw(1, VG_SPLIT_TRAIN, 11, sizes[i], 0xaa);
        const double k = sizes[i] / 64.0;
        double worst = 0;
        for (int l = 0; l < VG_LANDMARKS; l++)
            for (int c = 0; c < 2; c++)
                worst = fmax(worst, fabs((d.truth.landmark[l][c] + 0.5) -
                                         k * (base.truth.landmark[l][c] + 0.5)));
        // Both are rounded to float from numbers below 512.
        cr_expect_lt(worst, 512 * 0x1p-23 * (1 + k), "size %d: %g pixels", sizes[i], worst);
        cr_expect_eq(d.truth.expression, base.truth.expression);
        drop(&d);
    }
    drop(&base);
}

// One number a feature: the grey pixels of a small image, or the landmarks with the eyes' middles
// put in place.
enum { GREY = 32 * 32, POINTS = 2 * VG_LANDMARKS };

static void grey_features(const uint8_t *rgb, double *out)
{
    for (int i = 0; i < GREY; i++)
        out[i] = (rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2]) / 765.0;
}

static void point_features(const struct vg_face_truth *t, double *out)
{
    double eye[2][2] = { { 0 } };
    for (int k = 0; k < 12; k++)
        for (int c = 0; c < 2; c++)
            eye[k / 6][c] += t->landmark[36 + k][c] / 6;
    const double dx = eye[1][0] - eye[0][0], dy = eye[1][1] - eye[0][1], n = dx * dx + dy * dy;
    for (int k = 0; k < VG_LANDMARKS; k++) {
        const double x = t->landmark[k][0] - eye[0][0], y = t->landmark[k][1] - eye[0][1];
        out[2 * k] = (x * dx + y * dy) / n;
        out[2 * k + 1] = (y * dx - x * dy) / n;
    }
}

// Accuracy of the nearest class mean on the second half, by means of the first.
static double nearest_mean(int n, int dims, const double *x, const int *label)
{
    double *mean = vg_alloc((size_t) VG_EXPRESSIONS * dims, sizeof *mean);
    int count[VG_EXPRESSIONS] = { 0 }, right = 0;
    for (int i = 0; i < n / 2; i++, count[label[i - 1]]++)
        for (int d = 0; d < dims; d++)
            mean[label[i] * dims + d] += x[(size_t) i * dims + d];
    for (int i = n / 2; i < n; i++) {
        double best = 1e300;
        int found = 0;
        for (int k = 0; k < VG_EXPRESSIONS; k++) {
            double far = 0;
            for (int d = 0; d < dims; d++) {
                const double e = x[(size_t) i * dims + d] - mean[k * dims + d] / count[k];
                far += e * e;
            }
            if (far < best)
                best = far, found = k;
        }
        right += found == label[i];
    }
    free(mean);
    return 2.0 * right / n;
}

// Expressions are in the geometry and not in plain brightness: with N/2 = 500 test faces, chance
// 1/7 is within 5 deviations (0.078) of itself.
Test(synthetic, expressions_are_in_the_geometry_not_in_the_pixels)
{
    enum { N = 1000 };
    double *grey = vg_alloc((size_t) N * GREY, sizeof *grey);
    const struct vg_face_set set = { .seed = 9, .split = VG_SPLIT_TRAIN };
    double *points = vg_alloc((size_t) N * POINTS, sizeof *points);
    int label[N];
    uint8_t rgb[GREY * 3];
    struct vg_face_truth t;

    for (int i = 0; i < N; i++) {
        vg_face_draw(&set, i, 32, rgb, &t, NULL);
        label[i] = t.expression;
        grey_features(rgb, grey + (size_t) i * GREY);
        point_features(&t, points + (size_t) i * POINTS);
    }
    const double chance = 1.0 / VG_EXPRESSIONS;
    const double by_pixels = nearest_mean(N, GREY, grey, label);
    const double by_points = nearest_mean(N, POINTS, points, label);
    cr_expect_lt(by_pixels, 2 * chance, "pixels: %.3f", by_pixels);
    cr_expect_gt(by_points, 3 * chance, "landmarks: %.3f", by_points);
    free(grey);
    free(points);
}

static int open_synthetic(const char *where, int size, struct vg_data **d)
{
    const struct vg_dataset_options o = { .size = size, .seed = 4, .split = VG_SPLIT_VAL };
    return vg_data_open_kind(&vg_dataset_synthetic, where, &o, d);
}

Test(synthetic, is_a_data_set)
{
    struct vg_data *d = NULL;
    struct vg_image im;
    struct vg_truth t = { .want_regions = true };
    struct drawn want = draw(4, VG_SPLIT_VAL, 23, 80, 0);

    cr_assert_eq(open_synthetic("24", 80, &d), VG_OK);
    cr_expect_eq(vg_data_count(d), 24);
    cr_assert_eq(vg_data_image(d, 23, &im), VG_OK);
    cr_expect_eq(im.w, 80);
    cr_expect_not(memcmp(im.pixels, want.rgb, 80 * 80 * 3));
    cr_assert_eq(vg_data_truth(d, 23, &t), VG_OK);
    cr_expect_not(memcmp(t.regions, want.regions, 80 * 80));
    cr_expect_not(memcmp(t.landmarks, want.truth.landmark, sizeof t.landmarks));
    cr_expect_eq(t.expression, want.truth.expression);
    cr_expect_eq(t.identity, want.truth.identity);
    for (int k = 0; k < VG_ATTRIBUTES; k++)
        cr_expect_eq(t.attributes >> k & 1, want.truth.attribute[k], "attribute %d", k);
    vg_truth_finish(&t);
    vg_image_finish(&im);
    vg_data_close(&d);
    drop(&want);
}

Test(synthetic, refuses_what_it_cannot_draw)
{
    static const char *const where[] = { "x", "0", "-3", "12y", "99999999999999999999" };
    struct vg_data *d = NULL;
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        vg_error_clear();
        cr_expect_eq(open_synthetic(where[i], 64, &d), VG_ERR_USAGE, "synthetic:%s", where[i]);
        cr_expect(strstr(vg_error(), where[i]), "%s", vg_error());
    }
    vg_error_clear();
    cr_expect_eq(open_synthetic("", 5, &d), VG_ERR_USAGE);
    cr_expect_eq(open_synthetic("", 5000, &d), VG_ERR_USAGE);
}
