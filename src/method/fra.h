#pragma once

#include "method/method.h"
#include "net/region_neck.h"

// What FRA's two files share: fra.c trains, fra_regions.c looks at the heatmaps.

// A branch under the scope `name`: backbone and neck on one view [N, S, S, 3].
struct vg_neck fra_branch(struct vg_graph *g, const char *name, struct vg_tensor *view,
                          const struct vg_settings *s);

/**
 * The heatmaps of the online branch on unseen faces, with running statistics and the average region
 * embeddings, so that an image is seen alone.
 *
 * The map of a backbone is 32 times coarser than its input; each face is therefore shown at SHIFTS
 * x SHIFTS sub-cell offsets and the maps are interleaved, which gives a map of 8-pixel cells that
 * no resampling has invented.
 *
 * Findings, where the data set has region maps: iou_<region>, the intersection over union with the
 * best-matching heatmap over all images, a pixel belonging to the region of largest similarity
 * (after each heatmap's mean was taken away, so that none wins everywhere); chance_<region>, what a
 * heatmap of the same area scattered at random would have; and nonuniformity, half the mean
 * absolute deviation of a heatmap from its mean over the image, as a part of that mean, where 0 is
 * uniform.
 */
int fra_inspect(const struct vg_inspect *i);
