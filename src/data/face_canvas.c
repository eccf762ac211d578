#include "data/face_canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

void vg_face_canvas_init(struct vg_face_canvas *c, int size)
{
    const size_t pixels = (size_t) size * size;
    *c = (struct vg_face_canvas) { .size = size };
    c->light = vg_alloc(pixels, sizeof *c->light);
    c->region = vg_alloc(pixels, 1);
    c->sums = vg_alloc((size_t) size + 2, sizeof *c->sums);
    for (int i = 0; i < VG_FACE_MASKS; i++)
        c->mask[i].cover = vg_alloc(pixels, sizeof(float));
}

void vg_face_canvas_finish(struct vg_face_canvas *c)
{
    free(c->light);
    free(c->region);
    free(c->sums);
    for (int i = 0; i < VG_FACE_MASKS; i++)
        free(c->mask[i].cover);
}

static int to_pixel(double x, int size)
{
    return x <= 0 ? 0 : x >= size ? size : (int) x;
}

static bool find_box(const struct vg_face_canvas *c, struct vg_face_mask *m,
                     const struct vg_face_curve *o)
{
    double x0 = 1e9, y0 = 1e9, x1 = -1e9, y1 = -1e9;
    for (int i = 0; i < o->n; i++) {
        x0 = fmin(x0, o->p[i].x), x1 = fmax(x1, o->p[i].x);
        y0 = fmin(y0, o->p[i].y), y1 = fmax(y1, o->p[i].y);
    }
    m->x0 = to_pixel(x0, c->size), m->x1 = to_pixel(x1 + 1, c->size);
    m->y0 = to_pixel(y0, c->size), m->y1 = to_pixel(y1 + 1, c->size);
    if (o->n < 3 || m->x0 >= m->x1 || m->y0 >= m->y1)
        m->x1 = m->x0, m->y1 = m->y0;
    return m->x1 > m->x0;
}

// Adds a straight piece that rises by `rise` of a row and runs from xa to xb, both inside the box:
// what lies right of it gains `rise`, the pixels it crosses their share.
static void add_piece(float *sums, double rise, double xa, double xb)
{
    const double left = xa < xb ? xa : xb, right = xa < xb ? xb : xa, run = right - left;
    const int first = (int) left, last = (int) right;
    for (int col = first; col <= last; col++) {
        const double a = left > col ? left : col, b = right < col + 1 ? right : col + 1;
        const double share = first == last ? rise : rise * (b - a) / run;
        const double past = 0.5 * (a + b) - col;
        sums[col] += (float) (share * (1 - past));
        sums[col + 1] += (float) (share * past);
    }
}

static void add_edges(const struct vg_face_mask *m, const struct vg_face_curve *o, int y,
                      float *sums)
{
    const double width = m->x1 - m->x0;
    for (int i = 0; i < o->n; i++) {
        struct vg_face_point a = o->p[i], b = o->p[i + 1 < o->n ? i + 1 : 0];
        const double sign = a.y < b.y ? 1 : -1;
        if (sign < 0) {
            const struct vg_face_point swap = a;
            a = b, b = swap;
        }
        const double top = a.y > y ? a.y : y, bottom = b.y < y + 1 ? b.y : y + 1;
        if (top >= bottom)
            continue;
        const double slope = (b.x - a.x) / (b.y - a.y);
        const double xa = a.x + (top - a.y) * slope - m->x0;
        const double xb = a.x + (bottom - a.y) * slope - m->x0;
        add_piece(sums, sign * (bottom - top), fmin(fmax(xa, 0), width), fmin(fmax(xb, 0), width));
    }
}

void vg_face_mask_fill(const struct vg_face_canvas *c, struct vg_face_mask *m,
                       const struct vg_face_curve *outline)
{
    if (!find_box(c, m, outline))
        return;
    for (int y = m->y0; y < m->y1; y++) {
        float *row = m->cover + (size_t) y * c->size, sum = 0;
        memset(c->sums, 0, sizeof(float) * (size_t) (m->x1 - m->x0 + 2));
        add_edges(m, outline, y, c->sums);
        for (int x = m->x0; x < m->x1; x++) {
            sum += c->sums[x - m->x0];
            const float cover = fabsf(sum);
            row[x] = cover < 1 ? cover : 1;
        }
    }
}

// The unit normal of the curve at point i, of the chord between its neighbours.
static struct vg_face_point normal_at(const struct vg_face_curve *k, int i, bool closed)
{
    const int before = i > 0 ? i - 1 : closed ? k->n - 1 : 0;
    const int after = i + 1 < k->n ? i + 1 : closed ? 0 : k->n - 1;
    const double dx = k->p[after].x - k->p[before].x, dy = k->p[after].y - k->p[before].y;
    const double n = sqrt(dx * dx + dy * dy);
    return n > 0 ? (struct vg_face_point) { -dy / n, dx / n } : (struct vg_face_point) { 0, 0 };
}

void vg_face_mask_stroke(const struct vg_face_canvas *c, struct vg_face_mask *m,
                         const struct vg_face_curve *curve, double width, double end, bool closed)
{
    struct vg_face_curve band = { 0 };
    const int steps = closed ? curve->n + 1 : curve->n;
    for (int side = 0; side < 2; side++) {
        for (int k = 0; k < steps; k++) {
            const int i = (side ? steps - 1 - k : k) % curve->n;
            const struct vg_face_point p = curve->p[i], n = normal_at(curve, i, closed);
            const double along = curve->n > 1 ? (double) i / (curve->n - 1) : 0;
            const double half = (side ? -0.5 : 0.5) * (width + (end - width) * along);
            vg_face_add(&band, (struct vg_face_point) { p.x + n.x * half, p.y + n.y * half });
        }
    }
    vg_face_mask_fill(c, m, &band);
}

static float cover_at(const struct vg_face_mask *m, int x, int y, int size)
{
    const bool inside = x >= m->x0 && x < m->x1 && y >= m->y0 && y < m->y1;
    return inside ? m->cover[(size_t) y * size + x] : 0;
}

void vg_face_mask_keep(struct vg_face_mask *m, const struct vg_face_mask *inside, int size)
{
    for (int y = m->y0; y < m->y1; y++)
        for (int x = m->x0; x < m->x1; x++)
            m->cover[(size_t) y * size + x] *= cover_at(inside, x, y, size);
}

void vg_face_mask_cut(struct vg_face_mask *m, const struct vg_face_mask *hole, int size)
{
    for (int y = m->y0; y < m->y1; y++)
        for (int x = m->x0; x < m->x1; x++)
            m->cover[(size_t) y * size + x] *= 1 - cover_at(hole, x, y, size);
}

struct vg_face_colour vg_face_mix(struct vg_face_colour a, struct vg_face_colour b, float part)
{
    return (struct vg_face_colour) { a.r + part * (b.r - a.r), a.g + part * (b.g - a.g),
                                     a.b + part * (b.b - a.b) };
}

struct vg_face_colour vg_face_scale(struct vg_face_colour a, float k)
{
    return (struct vg_face_colour) { a.r * k, a.g * k, a.b * k };
}

struct vg_face_colour vg_face_times(struct vg_face_colour a, struct vg_face_colour b)
{
    return (struct vg_face_colour) { a.r * b.r, a.g * b.g, a.b * b.b };
}

void vg_face_paint(struct vg_face_canvas *c, const struct vg_face_mask *m, vg_face_ink_fn *ink,
                   const void *from, int region)
{
    for (int y = m->y0; y < m->y1; y++) {
        for (int x = m->x0; x < m->x1; x++) {
            const size_t at = (size_t) y * c->size + x;
            if (m->cover[at] <= 0)
                continue;
            const struct vg_face_ink i = ink(from, x, y);
            const float part = m->cover[at] * i.alpha;
            c->light[at] = vg_face_mix(c->light[at], i.colour, part);
            if (region != VG_FACE_KEEP && part >= 0.5f)
                c->region[at] = (uint8_t) region;
        }
    }
}

static struct vg_face_ink flat(const void *from, int x, int y)
{
    return *(const struct vg_face_ink *) from;
}

void vg_face_paint_flat(struct vg_face_canvas *c, const struct vg_face_mask *m,
                        struct vg_face_colour colour, float alpha, int region)
{
    vg_face_paint(c, m, flat, &(struct vg_face_ink) { colour, alpha }, region);
}

static uint8_t to_byte(float light, float noise)
{
    const float v = (light > 0 ? sqrtf(light) : 0) + noise;
    return (uint8_t) ((v < 0 ? 0 : v > 1 ? 1 : v) * 255 + 0.5f);
}

// A triangular distribution from the two halves of a word, -1 .. 1.
static float speck(uint32_t bits)
{
    return (float) ((int) (bits & 0xffff) + (int) (bits >> 16) - 0xffff) / 65535;
}

void vg_face_canvas_develop(const struct vg_face_canvas *c, double grain, uint64_t seed,
                            uint8_t *rgb)
{
    const size_t pixels = (size_t) c->size * c->size;
    for (size_t i = 0; i < pixels; i++) {
        const uint64_t a = vg_rng_mix(seed, i), b = a * 0x9E3779B97F4A7C15ull;
        const float g = (float) grain;
        rgb[3 * i] = to_byte(c->light[i].r, g * speck((uint32_t) a));
        rgb[3 * i + 1] = to_byte(c->light[i].g, g * speck((uint32_t) (a >> 32)));
        rgb[3 * i + 2] = to_byte(c->light[i].b, g * speck((uint32_t) (b >> 32)));
    }
}

void vg_face_curve_ellipse(struct vg_face_curve *c, struct vg_face_point centre, double rx,
                           double ry, double turn)
{
    enum { STEPS = 24 };
    const double ct = cos(turn), st = sin(turn);
    c->n = 0;
    for (int k = 0; k < STEPS; k++) {
        const double t = 6.283185307179586 * k / STEPS, x = rx * cos(t), y = ry * sin(t);
        vg_face_add(c, (struct vg_face_point) { centre.x + ct * x - st * y,
                                                centre.y + st * x + ct * y });
    }
}
