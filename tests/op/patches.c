#include "op/patches.h"
#include "tests/oracle.h"

// Goes over the pixels of the images in their order and says where each is among the patches.
static void reference(struct trial *t)
{
    const bool join = trial_has(t, "y");
    const struct array *from = trial_in(t, join ? "y" : "x"), *to = trial_out(t, "y");
    const struct array *back = trial_din(t, join ? "y" : "x");
    const struct array *images = join ? to : from;
    const int64_t p = (int64_t) trial_number(t, "patch", 1), h = images->dim[1];
    const int64_t w = images->dim[2], c = images->dim[3];

    for (int64_t i = 0; i < images->elems; i++) {
        const int64_t channel = i % c, x = i / c % w, y = i / c / w % h, n = i / c / w / h;
        const int64_t patch = (n * (h / p) + y / p) * (w / p) + x / p;
        const int64_t in_patches = ((patch * p + y % p) * p + x % p) * c + channel;
        to->v[join ? i : in_patches] = from->v[join ? in_patches : i];
        back->v[join ? in_patches : i] = t->dy.v[join ? i : in_patches];
    }
}

const struct oracle oracle_patches = {
    .op = &vg_op_patches,
    .reference = reference,
    .slopes = { "patches x=1x4x2x3 patch=2", "patches y=2x2x4 height=2 width=4 patch=2" },
    .refusals = {
        { "patches x=2x6x6x3 patch=4", "patches: 6 x 6 pixels in patches of 4, wanted whole ones" },
        { "patches x=2x6x6x3 patch=0", "patches: 6 x 6 pixels in patches of 0, wanted whole ones" },
        { "patches x=2x6 patch=2", "patches: x is [2, 6], wanted [N, H, W, C]" },
        { "patches y=2x3x12 height=4 width=4 patch=2",
          "patches: [2, 3, 12] are no patches of 2 of 4 x 4 pixels" },
    },
};
