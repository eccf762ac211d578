#pragma once

#include <criterion/criterion.h>

#include "base/mem.h"
#include "base/parse.h"
#include "graph/weights.h"
#include "task/encoder.h"
#include "tests/base/scratch.h"

// The smallest backbone and its checkpoints, for tests of tasks.

enum { TINY_WIDTH = 8, TINY_IMAGE = 32, TINY_BATCH = 8 };

static inline struct vg_dev *tiny_device(void)
{
    struct vg_dev *dev;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    return dev;
}

static inline struct vg_encoder *tiny_encoder(struct vg_dev *dev, uint64_t seed, int width)
{
    struct vg_backbone b;
    struct vg_encoder *e;
    cr_assert_eq(vg_backbone_of_name(&b, "test", "tiny", width), VG_OK, "%s", vg_error());
    const struct vg_encoder_opts o = {
        .backbone = &b, .image = TINY_IMAGE, .batch = TINY_BATCH, .seed = seed
    };
    cr_assert_eq(vg_encoder_create(&e, dev, &o), VG_OK, "%s", vg_error());
    return e;
}

// A checkpoint whose weights are those that `seed` draws, and whose metadata is as given.
static inline void tiny_save(struct vg_dev *dev, uint64_t seed, int width, const char *path,
                             const struct vg_weights_meta *meta)
{
    struct vg_encoder *e = tiny_encoder(dev, seed, width);
    cr_assert_eq(vg_weights_save(e->plan, path, meta), VG_OK, "%s", vg_error());
    vg_encoder_destroy(&e);
}

static const struct vg_weights_meta tiny_meta[] = {
    { "method", "none" },
    { "backbone", "backbone." },
    { "settings", "arch=tiny width=8 image=32 hidden=48" },
    { NULL, NULL },
};
