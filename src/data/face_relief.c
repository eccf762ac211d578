#include "data/face_relief.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { ROWS = 44, COLS = 33 };   // of the mesh; columns are closer together in front

struct vertex {
    struct vg_face_space turned;
    struct vg_face_point at;
    struct vg_face_lit lit;
};

static const float nothing = -1e9f;   // the depth of a pixel without a surface

static struct vg_face_space mesh_point(const struct vg_face_shape *s, int row, int col)
{
    const double y = VG_FACE_CROWN + (s->chin - VG_FACE_CROWN) * row / (ROWS - 1);
    const double u = 2.0 * col / (COLS - 1) - 1, turn = u * (0.4 + 0.6 * u * u) * 2.1;
    const double w = vg_face_half_width(s, y), x = w * sin(turn), front = cos(turn);
    const double z = vg_face_ring_middle(s, y) + vg_face_ring_depth(s, y) * front;
    const double near = fmin(fmax(2.5 * front, 0), 1);
    return (struct vg_face_space) { x, y, z + near * vg_face_bump(s, x, y) };
}

// Openness to ambient light: hollows beside the nose, under brow, nose and lip, at the mouth.
static double openness(const struct vg_face_shape *s, double x, double y)
{
    const struct vg_face_person *p = s->person;
    const double ax = fabs(x), below = y - s->nose_base;
    double dark = 0.30 * vg_face_hump((ax - p->eye_x * 0.75) / 0.22, (y - p->eye_y + 0.04) / 0.15);
    dark += 0.42 * vg_face_hump(x / (p->nose_width * 1.3), (below - 0.04) / 0.075);
    dark += 0.22 * vg_face_hump((ax - p->nose_width * 1.15) / 0.09, (below + 0.05) / 0.12);
    dark += 0.28 * vg_face_hump(x / 0.20, (y - p->mouth_y - 0.145 - s->gap_down) / 0.07);
    dark += 0.35 * fmin(fmax((ax / p->width - 0.72) * 2.5, 0), 1);
    return 1 - fmin(dark, 0.7);
}

static double shadow(const struct vg_face_shape *s, const double light[3], double x, double y)
{
    // Cast by the nose onto the cheek away from the light; light[] is in the head's frame.
    const double reach = s->person->nose_height * 0.9;
    const double dx = x + light[0] * reach * 1.2, dy = y - s->nose_base + 0.09 + light[1] * reach;
    const double cast = vg_face_hump(dx / 0.17, dy / 0.20) * fmin(1, 1.6 * fabs(light[0]) + 0.4);
    const double brow = fmax(-light[1], 0) * vg_face_hump((fabs(x) - s->person->eye_x) / 0.24,
                                                          (y - s->person->eye_y + 0.06) / 0.12);
    return 1 - fmin(0.55 * cast + 0.35 * brow, 0.75);
}

static void tint(const struct vg_face_shape *s, double x, double y, struct vg_face_lit *lit)
{
    const struct vg_face_person *p = s->person;
    const double ax = fabs(x);
    lit->red = (float) (0.8 * vg_face_hump((ax - 0.42) / 0.30, (y - p->eye_y - 0.36) / 0.28) +
                        0.7 * vg_face_hump(x / 0.16, (y - s->nose_base + 0.08) / 0.15));
    const double jaw = fmin(fmax((y - 0.42 + 0.5 * (ax - 0.6)) * 5, 0), 1);
    lit->stubble = (float) (p->stubble * jaw);
}

static void light_in_head(const struct vg_face_shape *s, double out[3])
{
    for (int j = 0; j < 3; j++) {
        out[j] = 0;
        for (int i = 0; i < 3; i++)
            out[j] += s->turn[i][j] * s->shot->light[i];
    }
}

static double key_share(const struct vertex *v, int row, int col, const double light[3])
{
    const int up = row > 0 ? -COLS : 0, down = row < ROWS - 1 ? COLS : 0;
    const int left = col > 0 ? -1 : 0, right = col < COLS - 1 ? 1 : 0;
    const struct vg_face_space *a = &v[left].turned, *b = &v[right].turned, *c = &v[up].turned,
                               *d = &v[down].turned;
    const double ax = b->x - a->x, ay = b->y - a->y, az = b->z - a->z;
    const double bx = d->x - c->x, by = d->y - c->y, bz = d->z - c->z;
    const double nx = ay * bz - az * by, ny = az * bx - ax * bz, nz = ax * by - ay * bx;
    const double n = sqrt(nx * nx + ny * ny + nz * nz), wrap = 0.18;
    if (n < 1e-9)   // the crown and the chin, where a ring is a point
        return 0.5;
    const double lambert = (nx * light[0] + ny * light[1] + nz * light[2]) / n;
    return fmax((lambert + wrap) / (1 + wrap), 0);
}

static void make_mesh(const struct vg_face_shape *s, struct vertex *mesh)
{
    double light[3];
    light_in_head(s, light);
    for (int i = 0; i < ROWS * COLS; i++) {
        const struct vg_face_space p = mesh_point(s, i / COLS, i % COLS);
        mesh[i].turned = vg_face_turn(s, p);
        mesh[i].at = vg_face_project(s, p);
        mesh[i].lit.open = (float) openness(s, p.x, p.y);
        mesh[i].lit.key = (float) shadow(s, light, p.x, p.y);
        tint(s, p.x, p.y, &mesh[i].lit);
    }
    for (int i = 0; i < ROWS * COLS; i++)
        mesh[i].lit.key *= (float) key_share(mesh + i, i / COLS, i % COLS, s->shot->light);
}

static double area(struct vg_face_point a, struct vg_face_point b, struct vg_face_point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static struct vg_face_lit blend(const struct vertex *a, const struct vertex *b,
                                const struct vertex *c, float wa, float wb, float wc)
{
    return (struct vg_face_lit) {
        wa * a->lit.key + wb * b->lit.key + wc * c->lit.key,
        wa * a->lit.open + wb * b->lit.open + wc * c->lit.open,
        wa * a->lit.red + wb * b->lit.red + wc * c->lit.red,
        wa * a->lit.stubble + wb * b->lit.stubble + wc * c->lit.stubble,
    };
}

// The first and the last pixel whose centre lies within the span of three corners.
static int low_bound(double a, double b, double c)
{
    const double low = a < b ? a : b, x = (low < c ? low : c) + 0.5;
    return x > 0 ? (int) x : 0;
}

static int high_bound(double a, double b, double c, int size)
{
    const double high = a > b ? a : b, x = (high > c ? high : c) - 0.5;
    return x < 0 ? -1 : x < size - 1 ? (int) x : size - 1;
}

static void fill_triangle(struct vg_face_relief *r, const struct vertex *a, const struct vertex *b,
                          const struct vertex *c)
{
    const double whole = area(a->at, b->at, c->at);
    if (whole <= 1e-9)   // seen from behind, or on edge
        return;
    const int x0 = low_bound(a->at.x, b->at.x, c->at.x), y0 = low_bound(a->at.y, b->at.y, c->at.y);
    const int x1 = high_bound(a->at.x, b->at.x, c->at.x, r->size);
    const int y1 = high_bound(a->at.y, b->at.y, c->at.y, r->size);
    for (int y = y0; y <= y1; y++) {
        for (int x = x0; x <= x1; x++) {
            const struct vg_face_point p = { x + 0.5, y + 0.5 };
            const double wa = area(b->at, c->at, p) / whole, wb = area(c->at, a->at, p) / whole;
            const double wc = 1 - wa - wb;
            if (wa < 0 || wb < 0 || wc < 0)
                continue;
            const size_t at = (size_t) y * r->size + x;
            const double z = wa * a->turned.z + wb * b->turned.z + wc * c->turned.z;
            if (z <= r->depth[at])
                continue;
            r->depth[at] = (float) z;
            r->lit[at] = blend(a, b, c, (float) wa, (float) wb, (float) wc);
        }
    }
}

// Values run on along a line of pixels into its gaps, forwards and backwards.
static void spread_line(struct vg_face_relief *r, size_t first, size_t step)
{
    for (int way = 0; way < 2; way++) {
        bool have = false;
        struct vg_face_lit last = { 0 };
        for (int k = 0; k < r->size; k++) {
            const size_t at = first + step * (size_t) (way ? r->size - 1 - k : k);
            if (r->depth[at] > nothing)
                have = true, last = r->lit[at];
            else if (have)
                r->depth[at] = 0, r->lit[at] = last;
        }
    }
}

void vg_face_relief_init(struct vg_face_relief *r, const struct vg_face_shape *s)
{
    const int size = (int) s->size;
    const size_t pixels = (size_t) size * size;
    struct vertex *mesh = vg_alloc(ROWS * COLS, sizeof *mesh);
    *r = (struct vg_face_relief) { .size = size };
    r->depth = vg_alloc(pixels, sizeof *r->depth);
    r->lit = vg_alloc(pixels, sizeof *r->lit);
    for (size_t i = 0; i < pixels; i++)
        r->depth[i] = nothing;

    make_mesh(s, mesh);
    for (int row = 0; row + 1 < ROWS; row++) {
        for (int col = 0; col + 1 < COLS; col++) {
            const struct vertex *v = mesh + row * COLS + col;
            fill_triangle(r, v, v + 1, v + COLS);
            fill_triangle(r, v + 1, v + COLS + 1, v + COLS);
        }
    }
    for (int y = 0; y < size; y++)
        spread_line(r, (size_t) y * size, 1);
    for (int x = 0; x < size; x++)
        spread_line(r, (size_t) x, (size_t) size);
    free(mesh);
}

void vg_face_relief_finish(struct vg_face_relief *r)
{
    free(r->depth);
    free(r->lit);
}

struct vg_face_colour vg_face_irradiance(const struct vg_face_shot *shot, float key, float open)
{
    return (struct vg_face_colour) { shot->key.r * key + shot->ambient.r * open,
                                     shot->key.g * key + shot->ambient.g * open,
                                     shot->key.b * key + shot->ambient.b * open };
}
