#pragma once

#include "data/dataset.h"

/**
 * "folder:DIRECTORY": every JPEG, PNG, BMP, PGM and PPM file below it (walk.h), sorted by path, of
 * whatever size.  Sub-folders that stand for people or classes are only places: it has no labels
 * and no split other than train.
 *
 * Every file is decoded once when the data set is opened, on several threads; those that fail are
 * left out and named by vg_data_skipped, so the images have their final numbers before the first
 * is used.  With the option `trust` only headers are read then; a file that fails later is an
 * error.  The options size and seed mean nothing here.
 *
 * Errors  VG_ERR_IO for a directory that is missing or has no images, VG_ERR_FORMAT if none of
 *         them can be read, VG_ERR_USAGE without a directory and for another split.
 */
extern const struct vg_dataset vg_dataset_folder;
