#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/augment.h"
#include "data/png.h"
#include "graph/run.h"
#include "graph/weights.h"
#include "method/faces.h"
#include "method/mcf.h"
#include "op/patches.h"

enum {
    FACES = 64,    // unseen images that are looked at
    SHOWN = 6,     // of them in the picture
    AT_ONCE = 8,   // images of a batch
    NOISE = 11,    // seed of the masks, the same for every checkpoint
};

// ---- the net ------------------------------------------------------------------------------------

struct viewer {
    const struct vg_inspect *i;
    struct mcf_size size;
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_data *data;
    struct vg_tensor *images, *noise, *painted, *rank;
    float *face, *paint;   // a batch [AT_ONCE][S][S][3] each: true and painted
    int32_t *place;        // ranks of the patches
};

// Encoder and decoder as in training, but for the loss; patches are joined to images.
static void build(struct viewer *v)
{
    const struct vg_settings *s = v->i->settings;
    const int64_t side = v->size.image, images[4] = { AT_ONCE, side, side, 3 };
    struct vg_graph *g = v->graph;
    vg_graph_eval(g, true);
    vg_graph_freeze(g, true);
    v->images = vg_input(g, "images", 4, images);
    v->noise = vg_input(g, "noise", 2, (int64_t[]) { AT_ONCE, v->size.length });
    struct vg_tensor *patches = vg_patches(g, v->images, (int) v->size.patch);
    const struct mcf_masked m = mcf_encode(g, "online_encoder", patches, v->noise, s, &v->size);
    struct vg_tensor *pred = mcf_decode(g, m, s, &v->size);
    v->painted = vg_keep(g, vg_unpatches(g, pred, (int) v->size.patch, side, side), "painted");
    v->rank = vg_keep(g, m.order.rank, "rank");
}

static int open_viewer(struct viewer *v)
{
    int rc = VG_OK;
    struct vg_tensorfile *f = NULL;
    v->graph = vg_graph_create(1);
    VG_TRY(mcf_size(v->graph, v->i->settings, &v->size));
    build(v);
    VG_TRY(vg_plan_create(&v->plan, v->graph, v->i->dev));
    VG_TRY(vg_tensorfile_open(&f, v->i->checkpoint));
    VG_TRY(vg_weights_load(v->plan, f, "", ""));
    VG_TRY(vg_faces_open(v->i->data, (int) v->size.image, FACES, &v->data));
    v->face = vg_alloc(vg_elems(v->images), sizeof *v->face);
    v->paint = vg_alloc(vg_elems(v->images), sizeof *v->paint);
    v->place = vg_alloc(vg_elems(v->rank), sizeof *v->place);
out:
    vg_tensorfile_close(&f);
    return rc;
}

static void close_viewer(struct viewer *v)
{
    vg_data_close(&v->data);
    vg_plan_destroy(&v->plan);
    vg_graph_destroy(&v->graph);
    free(v->face);
    free(v->paint);
    free(v->place);
}

static size_t pixels_of(const struct viewer *v)
{
    return (size_t) (v->size.image * v->size.image * VG_CHANNELS);
}

static int read_faces(struct viewer *v, int64_t first, int count)
{
    int rc = VG_OK;
    struct vg_image im = { 0 };
    const struct vg_augment a = { .kind = VG_AUGMENT_EVAL,
                                  .size = (int) v->size.image,
                                  .norm = &vg_norm_imagenet };
    for (int k = 0; k < count; k++) {
        VG_TRY(vg_data_image(v->data, first + k, &im));
        VG_TRY(vg_augment_view(&a, &im, 0, first + k, 0, v->face + k * pixels_of(v)));
        vg_image_finish(&im);
    }
out:
    vg_image_finish(&im);
    return rc;
}

// Faces first .. first + count - 1, painted under masks of their own.
static int look(struct viewer *v, int64_t first, int count)
{
    int rc = VG_OK;
    float *noise = vg_alloc(vg_elems(v->noise), sizeof *noise);
    for (int64_t i = 0; i < vg_elems(v->noise); i++)
        noise[i] = vg_rng_uniform(NOISE, 0, 0, (uint64_t) (first * v->size.length + i));
    VG_TRY(read_faces(v, first, count));
    VG_TRY(vg_plan_write(v->plan, v->images, v->face));
    VG_TRY(vg_plan_write(v->plan, v->noise, noise));
    VG_TRY(vg_run(v->plan));
    VG_TRY(vg_plan_read(v->plan, v->painted, v->paint));
    VG_TRY(vg_plan_read(v->plan, v->rank, v->place));
out:
    free(noise);
    return rc;
}

// ---- what is found ------------------------------------------------------------------------------

static bool is_hidden(const struct viewer *v, int k, int64_t pixel)
{
    const int64_t y = pixel / v->size.image / v->size.patch;
    const int64_t x = pixel % v->size.image / v->size.patch;
    return v->place[k * v->size.length + y * v->size.grid + x] >= v->size.kept;
}

// Over hidden pixels: how far the paint is off, and how far the mean of the seen pixels would be.
struct errors {
    double paint, mean, count;
};

static void seen_mean(const struct viewer *v, int k, double mean[VG_CHANNELS])
{
    const float *face = v->face + k * pixels_of(v);
    double count = 0;
    memset(mean, 0, VG_CHANNELS * sizeof *mean);
    for (int64_t p = 0; p < v->size.image * v->size.image; p++)
        if (!is_hidden(v, k, p)) {
            count++;
            for (int c = 0; c < VG_CHANNELS; c++)
                mean[c] += face[p * VG_CHANNELS + c];
        }
    for (int c = 0; c < VG_CHANNELS; c++)
        mean[c] /= count;
}

static void add_errors(const struct viewer *v, int k, struct errors *e)
{
    double mean[VG_CHANNELS];
    const float *face = v->face + k * pixels_of(v), *paint = v->paint + k * pixels_of(v);
    seen_mean(v, k, mean);
    for (int64_t p = 0; p < v->size.image * v->size.image; p++)
        for (int c = 0; c < VG_CHANNELS && is_hidden(v, k, p); c++) {
            const double true_value = face[p * VG_CHANNELS + c];
            e->paint += pow(paint[p * VG_CHANNELS + c] - true_value, 2);
            e->mean += pow(mean[c] - true_value, 2);
            e->count++;
        }
}

static void conclude(const struct viewer *v, const struct errors *e)
{
    struct vg_finding *f = v->i->findings;
    if (e->count > 0) {
        f[0] = (struct vg_finding) { "hidden_pixel_error", e->paint / e->count };
        f[1] = (struct vg_finding) { "mean_colour_error", e->mean / e->count };
        f += 2;
    }
    f->name[0] = 0;
}

// ---- the picture --------------------------------------------------------------------------------

enum { WHOLE, MASKED, PAINTED, COLUMNS };

static void draw(const struct viewer *v, struct vg_image *sheet, int k, int row)
{
    const int side = (int) v->size.image;
    float *masked = vg_alloc(pixels_of(v), sizeof *masked);
    memcpy(masked, v->face + k * pixels_of(v), pixels_of(v) * sizeof *masked);
    for (int64_t p = 0; p < v->size.image * v->size.image; p++)
        for (int c = 0; c < VG_CHANNELS && is_hidden(v, k, p); c++)
            masked[p * VG_CHANNELS + c] = 0;   // the mean colour of ImageNet, a grey
    vg_sheet_floats(sheet, WHOLE, row, v->face + k * pixels_of(v), side, &vg_norm_imagenet);
    vg_sheet_floats(sheet, MASKED, row, masked, side, &vg_norm_imagenet);
    vg_sheet_floats(sheet, PAINTED, row, v->paint + k * pixels_of(v), side, &vg_norm_imagenet);
    free(masked);
}

static bool has_decoder(const struct vg_settings *s)
{
    return vg_setting_float(s, "feature_weight") > 0 || vg_setting_float(s, "pixel_weight") > 0;
}

int mcf_inspect(const struct vg_inspect *i)
{
    int rc = VG_OK;
    struct viewer v = { .i = i };
    struct vg_image sheet = { 0 };
    struct errors e = { 0 };
    i->findings[0].name[0] = 0;
    if (!has_decoder(i->settings))
        return VG_OK;   // nothing paints
    VG_TRY(open_viewer(&v));
    const int64_t faces = vg_data_count(v.data) < FACES ? vg_data_count(v.data) : FACES;
    VG_TRY(vg_sheet_init(&sheet, COLUMNS, faces < SHOWN ? (int) faces : SHOWN));
    for (int64_t first = 0; first < faces; first += AT_ONCE) {
        const int count = faces - first < AT_ONCE ? (int) (faces - first) : AT_ONCE;
        VG_TRY(look(&v, first, count));
        for (int k = 0; k < count; k++) {
            add_errors(&v, k, &e);
            if (first + k < SHOWN)
                draw(&v, &sheet, k, (int) first + k);
        }
    }
    VG_TRY(vg_image_write_png(i->picture, &sheet));
    conclude(&v, &e);
out:
    vg_image_finish(&sheet);
    close_viewer(&v);
    return rc;
}
