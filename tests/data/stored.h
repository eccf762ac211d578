#pragma once

#include "data/dataset.h"

/** What is asked of data sets of stored images, whatever they are stored in. */

// Opens "kind:where".
struct vg_data *open_stored(const char *kind, const char *where,
                            const struct vg_dataset_options *o);

// It fails with the code and a message that has the part.
void expect_refused(const char *kind, const char *where, const struct vg_dataset_options *o,
                    int code, const char *part);

// The skipped item at that place has both texts in its path and its reason.
void expect_skipped(const struct vg_data *d, int64_t at, const char *path, const char *reason);

// A picture of noise, 11 high: PNG, BMP or PPM by its name.
void write_picture(const char *dir, const char *name, int width);

// The width of an image says which file it is.
void expect_width(const struct vg_data *d, int64_t index, int width);
void expect_widths(const struct vg_data *d, int count, const int *widths);   // of all images
