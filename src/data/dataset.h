#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/image.h"

/**
 * Data sets behind one interface.
 *
 * A selector is the name of a data set, or the name, a colon and what the data set makes of the
 * rest: "folder:/data/faces", "synthetic", "synthetic:5000".  The names are the list `datasets` of
 * meson.build; src/data/<name>.c defines `const struct vg_dataset vg_dataset_<name>`.
 */
enum vg_split { VG_SPLIT_TRAIN, VG_SPLIT_VAL, VG_SPLIT_TEST };

// Zero means the default everywhere.
struct vg_dataset_options {
    int size;              // side of the images, for data sets that draw them; 0: their own choice
    enum vg_split split;   // disjoint images and identities
    uint64_t seed;         // of drawn images
    int64_t count;         // at most so many images; 0: all, or the data set's own choice
    int threads;           // to look through files with; 0: one a core
    bool trust;            // files are believed to decode: only their headers are read
};

enum {
    VG_EXPRESSIONS = 7,   // surprise, fear, disgust, happiness, sadness, anger, neutral (RAF-DB)
    VG_ATTRIBUTES = 12,
    VG_LANDMARKS = 68,   // the 300W scheme
};

// What is known of an image beyond its pixels.
struct vg_truth {
    int64_t identity;
    int expression;                     // 0 .. VG_EXPRESSIONS - 1
    uint32_t attributes;                // bit i is attribute i
    float landmarks[VG_LANDMARKS][2];   // x, y in pixels, see image.h
    bool want_regions;                  // set by the caller: regions cost time
    int w, h;
    uint8_t *regions;   // [h][w] class of every pixel, or NULL; freed by vg_truth_finish
};

void vg_truth_finish(struct vg_truth *t);

// A file that is not part of the data set, and why.
struct vg_skipped {
    const char *path, *reason;
};

/**
 * A kind of data set.  image and truth are called from several threads at once and depend on
 * nothing but self and index.  self is made by open, also passed to close when open failed with
 * *self set, and NULL before.
 */
struct vg_dataset {
    const char *name;
    const char *help;     // one line: what comes behind the colon, what is read or drawn
    const char *wanted;   // of selectors that need what comes behind the colon; else NULL

    int (*open)(void **self, const char *where, const struct vg_dataset_options *o);
    int64_t (*count)(const void *self);
    int (*image)(const void *self, int64_t index, struct vg_image *out);   // makes out
    int (*truth)(const void *self, int64_t index, struct vg_truth *t);     // NULL: no labels
    int (*stored)(const void *self, int64_t index, const char **key, char **data,
                  size_t *bytes);   // NULL: images are drawn
    const struct vg_skipped *(*skipped)(const void *self, int64_t *count);   // NULL: never any
    void (*close)(void *self);
};

// NULL-terminated, in the order of meson.build.
extern const struct vg_dataset *const vg_datasets[];

struct vg_data;   // an open data set

// VG_ERR_USAGE for an unknown name, with the names there are, and for what open refuses.
int vg_data_open(const char *selector, const struct vg_dataset_options *o, struct vg_data **data);
void vg_data_close(struct vg_data **data);

// An open data set of a kind that need not be in the list.
int vg_data_open_kind(const struct vg_dataset *kind, const char *where,
                      const struct vg_dataset_options *o, struct vg_data **data);

const char *vg_data_name(const struct vg_data *d);   // the kind's name
int64_t vg_data_count(const struct vg_data *d);

// Image `index` of 0 .. count-1; makes out, and leaves it without pixels when it fails.
int vg_data_image(const struct vg_data *d, int64_t index, struct vg_image *out);

// VG_ERR_UNSUPPORTED from a data set without labels.  t->want_regions is read, the rest written.
int vg_data_truth(const struct vg_data *d, int64_t index, struct vg_truth *t);

// Image `index` as it is stored, encoded, and its name within the data set; free() data.
// VG_ERR_UNSUPPORTED from a data set that draws its images.
int vg_data_stored(const struct vg_data *d, int64_t index, const char **key, char **data,
                   size_t *bytes);

const struct vg_skipped *vg_data_skipped(const struct vg_data *d, int64_t *count);
