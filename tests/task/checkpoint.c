#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "task/checkpoint.h"
#include "tests/task/tiny.h"

TestSuite(checkpoint, .fini = scratch_clean);

static void faces(struct vg_encoder *e, float *rows, int64_t count)
{
    struct vg_data *data;
    const struct vg_dataset_options o = { .size = TINY_IMAGE, .count = count };
    cr_assert_eq(vg_data_open("synthetic", &o, &data), VG_OK, "%s", vg_error());
    const struct vg_encode_opts how = { .data = data };
    cr_assert_eq(vg_encode(&how, 1, &e, &rows), VG_OK, "%s", vg_error());
    vg_data_close(&data);
}

// 19 images are two full batches and one that is not.
Test(checkpoint, gives_the_features_of_the_net_that_was_saved)
{
    enum { IMAGES = 19, FEATURES = 8 * TINY_WIDTH };
    float was[IMAGES * FEATURES], is[IMAGES * FEATURES], other[IMAGES * FEATURES];
    struct vg_dev *dev = tiny_device();
    struct vg_checkpoint *c;
    const char *path = scratch("a.safetensors");
    struct vg_encoder *e = tiny_encoder(dev, 1, TINY_WIDTH), *f = tiny_encoder(dev, 2, TINY_WIDTH);

    cr_assert_eq(e->outs, FEATURES);
    faces(e, was, IMAGES);
    faces(f, other, IMAGES);
    cr_expect_arr_neq(was, other, sizeof was);
    cr_assert_eq(vg_weights_save(e->plan, path, tiny_meta), VG_OK, "%s", vg_error());

    cr_assert_eq(vg_checkpoint_open(&c, path), VG_OK, "%s", vg_error());
    cr_expect_str_eq(c->backbone.arch, "tiny");
    cr_expect_eq(c->backbone.width, 8);
    cr_expect_eq(c->backbone.image, 32);
    cr_expect_str_eq(c->method, "none");
    cr_assert_eq(vg_checkpoint_load(c, f->plan), VG_OK, "%s", vg_error());
    faces(f, is, IMAGES);
    cr_expect_arr_eq(was, is, sizeof was);

    vg_checkpoint_close(&c);
    vg_encoder_destroy(&e);
    vg_encoder_destroy(&f);
    vg_dev_close(&dev);
}

// ---- transformers -------------------------------------------------------------------------------

static const struct vg_weights_meta vit_meta[] = {
    { "backbone", "backbone." },
    { "settings", "arch=vit image=32 patch=8 dim=24 depth=2 heads=3 mlp_ratio=2" },
    { "pixels", "imagenet" },
    { NULL, NULL },
};

static struct vg_encoder *vit_encoder(struct vg_dev *dev, uint64_t seed, enum vg_backbone_pool pool)
{
    struct vg_backbone b;
    struct vg_encoder *e;
    cr_assert_eq(vg_backbone_of_text(&b, "test", vit_meta[1].value), VG_OK, "%s", vg_error());
    b.pool = pool;
    const struct vg_encoder_opts o = {
        .backbone = &b, .image = b.image, .batch = TINY_BATCH, .seed = seed
    };
    cr_assert_eq(vg_encoder_create(&e, dev, &o), VG_OK, "%s", vg_error());
    return e;
}

// The class token and the mean over patches are two features of the same weights.
Test(checkpoint, gives_both_features_of_a_transformer)
{
    enum { IMAGES = 11, FEATURES = 24, POOLS = 2 };
    float was[POOLS][IMAGES * FEATURES], is[IMAGES * FEATURES];
    struct vg_dev *dev = tiny_device();
    struct vg_checkpoint *c;
    const char *path = scratch("vit.safetensors");
    for (int pool = 0; pool < POOLS; pool++) {
        struct vg_encoder *e = vit_encoder(dev, 1, (enum vg_backbone_pool) pool);
        cr_assert_eq(e->outs, FEATURES);
        faces(e, was[pool], IMAGES);
        cr_assert_eq(vg_weights_save(e->plan, path, vit_meta), VG_OK, "%s", vg_error());
        vg_encoder_destroy(&e);
    }
    cr_expect_arr_neq(was[VG_POOL_MEAN], was[VG_POOL_CLASS], sizeof was[0]);

    cr_assert_eq(vg_checkpoint_open(&c, path), VG_OK, "%s", vg_error());
    cr_expect(c->backbone.vit);
    cr_expect_str_eq(c->pixels, "imagenet");
    cr_expect_eq(c->backbone.width, FEATURES);
    cr_expect_eq(vg_backbone_step(&c->backbone), 8);
    for (int pool = 0; pool < POOLS; pool++) {
        struct vg_encoder *e = vit_encoder(dev, 2, (enum vg_backbone_pool) pool);
        cr_assert_eq(vg_checkpoint_load(c, e->plan), VG_OK, "%s", vg_error());
        faces(e, is, IMAGES);
        cr_expect_arr_eq(was[pool], is, sizeof is, "pool %d", pool);
        vg_encoder_destroy(&e);
    }
    vg_checkpoint_close(&c);
    vg_dev_close(&dev);
}

Test(checkpoint, names_the_first_tensor_of_another_shape)
{
    struct vg_dev *dev = tiny_device();
    struct vg_checkpoint *c;
    const char *path = scratch("b.safetensors");
    tiny_save(dev, 1, TINY_WIDTH, path, tiny_meta);
    struct vg_encoder *wider = tiny_encoder(dev, 1, 2 * TINY_WIDTH);

    cr_assert_eq(vg_checkpoint_open(&c, path), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_checkpoint_load(c, wider->plan), VG_ERR_SHAPE);
    char *wanted = vg_format("%s: tensor 'backbone.conv1.weight' is [8, 3, 7, 7], the model has "
                             "[16, 3, 7, 7]",
                             path);
    cr_expect_str_eq(vg_error(), wanted);
    free(wanted);
    vg_checkpoint_close(&c);
    vg_encoder_destroy(&wider);
    vg_dev_close(&dev);
}

static void refuses(const char *path, int code, const char *what)
{
    struct vg_checkpoint *c;
    cr_expect_eq(vg_checkpoint_open(&c, path), code, "%s: %s", what, vg_error());
    cr_expect(strstr(vg_error(), path) && strstr(vg_error(), what), "wanted \"%s\", got \"%s\"",
              what, vg_error());
    cr_expect_null(c);
    vg_error_clear();
}

Test(checkpoint, refuses_what_is_none)
{
    struct vg_dev *dev = tiny_device();
    const char *path = scratch("c.safetensors");
    const struct vg_weights_meta no_settings[] = { { "backbone", "backbone." }, { NULL, NULL } };
    const struct vg_weights_meta no_arch[] = { { "backbone", "backbone." },
                                               { "settings", "width=8" },
                                               { NULL, NULL } };
    const struct vg_weights_meta unknown[] = { { "backbone", "backbone." },
                                               { "settings", "arch=vit_huge" },
                                               { NULL, NULL } };

    tiny_save(dev, 1, TINY_WIDTH, path, NULL);
    refuses(path, VG_ERR_FORMAT, "no checkpoint: its metadata has no 'backbone'");
    tiny_save(dev, 1, TINY_WIDTH, path, no_settings);
    refuses(path, VG_ERR_FORMAT, "no checkpoint: its metadata has no 'settings'");
    tiny_save(dev, 1, TINY_WIDTH, path, no_arch);
    refuses(path, VG_ERR_FORMAT, "the settings name no backbone");
    tiny_save(dev, 1, TINY_WIDTH, path, unknown);
    refuses(path, VG_ERR_UNSUPPORTED, "no backbone 'vit_huge', there are tiny, ");
    tiny_save(dev, 1, TINY_WIDTH, path, tiny_meta);
    cr_assert_eq(truncate(path, 5000), 0);
    refuses(path, VG_ERR_FORMAT, "");
    refuses(scratch("nowhere.safetensors"), VG_ERR_IO, "");
    vg_dev_close(&dev);
}

// A file that has the metadata and the shapes, but lacks a tensor.
Test(checkpoint, names_the_tensor_that_is_missing)
{
    struct vg_dev *dev = tiny_device();
    struct vg_checkpoint *c;
    const char *path = scratch("d.safetensors");
    const struct vg_weights_meta elsewhere[] = { { "backbone", "online_net.backbone." },
                                                 { "settings", "arch=tiny width=8" },
                                                 { NULL, NULL } };
    tiny_save(dev, 1, TINY_WIDTH, path, elsewhere);
    struct vg_encoder *e = tiny_encoder(dev, 1, TINY_WIDTH);
    cr_assert_eq(vg_checkpoint_open(&c, path), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_checkpoint_load(c, e->plan), VG_ERR_FORMAT);
    cr_expect(strstr(vg_error(), "online_net.backbone.conv1.weight"), "%s", vg_error());
    vg_checkpoint_close(&c);
    vg_encoder_destroy(&e);
    vg_dev_close(&dev);
}
