#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/augment.h"
#include "data/dataset.h"
#include "data/png.h"
#include "graph/run.h"
#include "graph/weights.h"
#include "method/faces.h"
#include "method/fra.h"

enum {
    SHIFTS = 4,    // sub-cell offsets an axis
    CELL = 32,     // input pixels a cell of the backbone's map
    FACES = 256,   // unseen images that are looked at
    SHOWN = 6,     // of them in the picture
    TILE = VG_TILE_PIXELS,
};

// ---- dense maps ---------------------------------------------------------------------------------

struct viewer {
    const struct vg_inspect *i;
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_data *data;
    struct vg_tensor *input, *dots;
    int side, regions, cells, dense;   // dense = cells * SHIFTS: the side of an interleaved map
    float *shifted, *maps;             // a batch of SHIFTS^2 shifts of one face; its maps
};

static int open_viewer(struct viewer *v)
{
    int rc = VG_OK;
    struct vg_tensorfile *f = NULL;
    const struct vg_settings *s = v->i->settings;
    v->side = (int) vg_setting_int(s, "image");
    v->regions = (int) vg_setting_int(s, "regions");
    v->cells = v->side / CELL;
    v->dense = v->cells * SHIFTS;
    v->shifted = vg_alloc((size_t) SHIFTS * SHIFTS * v->side * v->side * 3, sizeof(float));
    v->maps = vg_alloc((size_t) v->dense * v->dense * v->regions, sizeof(float));

    v->graph = vg_graph_create(1);
    vg_graph_eval(v->graph, true);
    vg_graph_freeze(v->graph, true);
    v->input = vg_input(v->graph, "view", 4, (int64_t[]) { SHIFTS * SHIFTS, v->side, v->side, 3 });
    v->dots = vg_keep(v->graph, fra_branch(v->graph, "online_net", v->input, s).dots, "dots");
    VG_TRY(vg_plan_create(&v->plan, v->graph, v->i->dev));
    VG_TRY(vg_tensorfile_open(&f, v->i->checkpoint));
    VG_TRY(vg_weights_load(v->plan, f, "online_net.", "online_net."));
    VG_TRY(vg_faces_open(v->i->data, v->side, FACES, &v->data));
out:
    vg_tensorfile_close(&f);
    return rc;
}

static void close_viewer(struct viewer *v)
{
    vg_data_close(&v->data);
    vg_plan_destroy(&v->plan);
    vg_graph_destroy(&v->graph);
    free(v->shifted);
    free(v->maps);
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

// Shift k moves the face so that the centres of the cells fall on the k-th of SHIFTS points a cell.
static int offset_of(int k)
{
    return CELL / 2 - (2 * k + 1) * CELL / (2 * SHIFTS);
}

static void shift_face(const struct viewer *v, const float *face, int ky, int kx, float *out)
{
    const int dy = offset_of(ky), dx = offset_of(kx), side = v->side;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++, out += 3) {
            const int from_y = clamp(y - dy, 0, side - 1), from_x = clamp(x - dx, 0, side - 1);
            memcpy(out, face + ((size_t) from_y * side + from_x) * 3, 3 * sizeof *out);
        }
}

// maps [dense][dense][regions] of one face.
static int look(struct viewer *v, const struct vg_image *im)
{
    int rc = VG_OK;
    const size_t pixels = (size_t) v->side * v->side * 3;
    const struct vg_augment eval = { .kind = VG_AUGMENT_EVAL, .size = v->side };
    float *face = vg_alloc(pixels, sizeof *face);
    float *dots = vg_alloc(vg_elems(v->dots), sizeof *dots);

    VG_TRY(vg_augment_view(&eval, im, 0, 0, 0, face));
    for (int k = 0; k < SHIFTS * SHIFTS; k++)
        shift_face(v, face, k / SHIFTS, k % SHIFTS, v->shifted + (size_t) k * pixels);
    VG_TRY(vg_plan_write(v->plan, v->input, v->shifted));
    VG_TRY(vg_run(v->plan));
    VG_TRY(vg_plan_read(v->plan, v->dots, dots));
    const float *from = dots;
    for (int k = 0; k < SHIFTS * SHIFTS; k++)
        for (int y = 0; y < v->cells; y++)
            for (int x = 0; x < v->cells; x++, from += v->regions) {
                const int at_y = y * SHIFTS + k / SHIFTS, at_x = x * SHIFTS + k % SHIFTS;
                memcpy(v->maps + ((size_t) at_y * v->dense + at_x) * v->regions, from,
                       v->regions * sizeof *from);
            }
out:
    free(face);
    free(dots);
    return rc;
}

// Heatmap q at a point of the image in [0, 1), bilinear between the centres of cells.
static float map_at(const struct viewer *v, int q, double y, double x)
{
    const double gy = y * v->dense - 0.5, gx = x * v->dense - 0.5;
    const int y0 = clamp((int) floor(gy), 0, v->dense - 1), y1 = clamp(y0 + 1, 0, v->dense - 1);
    const int x0 = clamp((int) floor(gx), 0, v->dense - 1), x1 = clamp(x0 + 1, 0, v->dense - 1);
    const double fy = fmin(fmax(gy - y0, 0), 1), fx = fmin(fmax(gx - x0, 0), 1);
    const float *m = v->maps + q;
    const size_t row = (size_t) v->dense * v->regions, r = (size_t) v->regions;
    return (float) ((1 - fy) * ((1 - fx) * m[y0 * row + x0 * r] + fx * m[y0 * row + x1 * r]) +
                    fy * ((1 - fx) * m[y1 * row + x0 * r] + fx * m[y1 * row + x1 * r]));
}

// ---- the picture --------------------------------------------------------------------------------

// Dark blue over teal and yellow to white, from 0 to 1: monotone in lightness.
static void heat_colour(double t, uint8_t *rgb)
{
    static const double stops[5][3] = {
        { 20, 20, 70 }, { 30, 90, 140 }, { 60, 170, 130 }, { 240, 200, 70 }, { 255, 250, 230 }
    };
    const double at = fmin(fmax(t, 0), 1) * 4;
    const int i = at >= 4 ? 3 : (int) at;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t) (stops[i][c] + (at - i) * (stops[i + 1][c] - stops[i][c]) + 0.5);
}

// Each heatmap over its own range, the face showing through in grey.
static void draw_heat(const struct viewer *v, struct vg_image *sheet, const struct vg_image *im,
                      int q, int row)
{
    float low = INFINITY, high = -INFINITY;
    for (int p = 0; p < v->dense * v->dense; p++) {
        low = fminf(low, v->maps[(size_t) p * v->regions + q]);
        high = fmaxf(high, v->maps[(size_t) p * v->regions + q]);
    }
    for (int y = 0; y < TILE; y++)
        for (int x = 0; x < TILE; x++) {
            const float heat = map_at(v, q, (y + 0.5) / TILE, (x + 0.5) / TILE);
            uint8_t *out = vg_sheet_at(sheet, q + 1, row, x, y);
            const uint8_t *face = vg_image_at(im, x * im->w / TILE, y * im->h / TILE);
            const int grey = (face[0] + 2 * face[1] + face[2]) / 4;
            heat_colour(high > low ? (heat - low) / (high - low) : 0.5, out);
            for (int c = 0; c < 3; c++)
                out[c] = (uint8_t) ((2 * out[c] + grey) / 3);
        }
}

static void draw_row(const struct viewer *v, struct vg_image *sheet, const struct vg_image *im,
                     int row)
{
    vg_sheet_face(sheet, 0, row, im);
    for (int q = 0; q < v->regions; q++)
        draw_heat(v, sheet, im, q, row);
}

// ---- agreement with the true regions ------------------------------------------------------------

// Regions of the face as sets of LaPa's classes.
static const struct {
    const char *name;
    unsigned classes;
} parts[] = {
    { "skin", 1u << 1 }, { "brows", 1u << 2 | 1u << 3 },           { "eyes", 1u << 4 | 1u << 5 },
    { "nose", 1u << 6 }, { "mouth", 1u << 7 | 1u << 8 | 1u << 9 }, { "hair", 1u << 10 },
};
enum { PARTS = sizeof parts / sizeof *parts, MOST_REGIONS = 64 };

struct overlap {
    double both[PARTS][MOST_REGIONS], truth[PARTS], heat[MOST_REGIONS], pixels;
    double deviation;
    int faces;
};

static void map_means(const struct viewer *v, double mean[MOST_REGIONS])
{
    const int cells = v->dense * v->dense;
    for (int q = 0; q < v->regions; q++) {
        mean[q] = 0;
        for (int p = 0; p < cells; p++)
            mean[q] += v->maps[(size_t) p * v->regions + q] / cells;
    }
}

// The weights with which FRA pools a region: softmax over regions, spread over the image.
static double nonuniformity(const struct viewer *v)
{
    const int cells = v->dense * v->dense;
    double *heat = vg_alloc((size_t) cells * v->regions, sizeof *heat), sum = 0;
    for (int p = 0; p < cells; p++) {
        double total = 0;
        for (int q = 0; q < v->regions; q++)
            total += exp(v->maps[(size_t) p * v->regions + q]);
        for (int q = 0; q < v->regions; q++)
            heat[(size_t) p * v->regions + q] = exp(v->maps[(size_t) p * v->regions + q]) / total;
    }
    for (int q = 0; q < v->regions; q++) {
        double mean = 0, deviation = 0;
        for (int p = 0; p < cells; p++)
            mean += heat[(size_t) p * v->regions + q] / cells;
        for (int p = 0; p < cells; p++)
            deviation += fabs(heat[(size_t) p * v->regions + q] - mean) / cells;
        sum += deviation / (2 * mean) / v->regions;
    }
    free(heat);
    return sum;
}

static int winner(const struct viewer *v, const double mean[MOST_REGIONS], double y, double x)
{
    int best = 0;
    double top = -INFINITY;
    for (int q = 0; q < v->regions; q++) {
        const double value = map_at(v, q, y, x) - mean[q];
        if (value > top) {
            top = value;
            best = q;
        }
    }
    return best;
}

static void count_face(const struct viewer *v, const struct vg_truth *t, struct overlap *o)
{
    double mean[MOST_REGIONS];
    map_means(v, mean);
    o->deviation += nonuniformity(v);
    o->faces++;
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++) {
            const int q = winner(v, mean, (y + 0.5) / t->h, (x + 0.5) / t->w);
            o->heat[q]++;
            o->pixels++;
            for (int k = 0; k < PARTS; k++)
                if (parts[k].classes >> t->regions[(size_t) y * t->w + x] & 1) {
                    o->truth[k]++;
                    o->both[k][q]++;
                }
        }
}

static void add_finding(struct vg_finding **f, double value, const char *name, const char *part)
{
    snprintf((*f)->name, sizeof(*f)->name, "%s%s", name, part);
    (*f)->value = value;
    (*f)++;
}

static void conclude(const struct viewer *v, const struct overlap *o)
{
    struct vg_finding *f = v->i->findings;
    for (int k = 0; k < PARTS && o->faces; k++) {
        double best = 0, chance = 0;
        for (int q = 0; q < v->regions; q++) {
            const double iou = o->both[k][q] / (o->truth[k] + o->heat[q] - o->both[k][q]);
            const double meet = o->truth[k] * o->heat[q] / o->pixels;
            best = fmax(best, iou);
            chance = fmax(chance, meet / (o->truth[k] + o->heat[q] - meet));
        }
        add_finding(&f, best, "iou_", parts[k].name);
        add_finding(&f, chance, "chance_", parts[k].name);
    }
    if (o->faces)
        add_finding(&f, o->deviation / o->faces, "nonuniformity", "");
    f->name[0] = 0;
}

// ---- all faces ----------------------------------------------------------------------------------

static int one_face(struct viewer *v, int64_t index, struct vg_image *sheet, struct overlap *o)
{
    int rc = VG_OK;
    struct vg_image im = { 0 };
    struct vg_truth truth = { .want_regions = true };
    VG_TRY(vg_data_image(v->data, index, &im));
    VG_TRY(look(v, &im));
    if (index < SHOWN)
        draw_row(v, sheet, &im, (int) index);
    if (vg_data_truth(v->data, index, &truth) != VG_OK)
        vg_error_clear();   // a folder of photographs has a picture and no figures
    else if (truth.regions)
        count_face(v, &truth, o);
out:
    vg_truth_finish(&truth);
    vg_image_finish(&im);
    return rc;
}

int fra_inspect(const struct vg_inspect *i)
{
    int rc = VG_OK;
    struct viewer v = { .i = i };
    struct vg_image sheet = { 0 };
    struct overlap *o = vg_alloc(1, sizeof *o);
    i->findings[0].name[0] = 0;
    VG_TRY(open_viewer(&v));
    const int64_t faces = vg_data_count(v.data) < FACES ? vg_data_count(v.data) : FACES;
    const int rows = faces < SHOWN ? (int) faces : SHOWN;
    VG_TRY(vg_sheet_init(&sheet, v.regions + 1, rows));
    for (int64_t n = 0; n < faces; n++)
        VG_TRY(one_face(&v, n, &sheet, o));
    VG_TRY(vg_image_write_png(i->picture, &sheet));
    conclude(&v, o);
out:
    vg_image_finish(&sheet);
    close_viewer(&v);
    free(o);
    return rc;
}
