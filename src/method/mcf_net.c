#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "graph/weights.h"
#include "method/mcf.h"
#include "net/layer.h"
#include "net/mlp.h"
#include "net/vit.h"
#include "op/add.h"
#include "op/concat.h"
#include "op/gather.h"
#include "op/l2norm.h"
#include "op/patches.h"
#include "op/slice.h"

// ---- sizes --------------------------------------------------------------------------------------

static int whole(const struct vg_settings *s, const char *name)
{
    return (int) vg_setting_int(s, name);
}

static int check_width(struct vg_graph *g, const struct vg_settings *s, const char *dim,
                       const char *heads)
{
    VG_REQUIRE(g, whole(s, dim) % 4 == 0 && whole(s, dim) % whole(s, heads) == 0, VG_ERR_VALUE,
               "mcf: %s=%d, wanted a multiple of 4 and of %s=%d", dim, whole(s, dim), heads,
               whole(s, heads));
    return VG_OK;
}

static int check_patch(struct vg_graph *g, const struct vg_settings *s, const char *patch)
{
    VG_REQUIRE(g, whole(s, "image") % whole(s, patch) == 0, VG_ERR_VALUE,
               "mcf: image=%d, wanted a multiple of %s=%d", whole(s, "image"), patch,
               whole(s, patch));
    return VG_OK;
}

int mcf_size(struct vg_graph *g, const struct vg_settings *s, struct mcf_size *size)
{
    int rc = VG_OK;
    VG_TRY(check_patch(g, s, "patch"));
    VG_TRY(check_patch(g, s, "teacher_patch"));
    VG_TRY(check_width(g, s, "dim", "heads"));
    VG_TRY(check_width(g, s, "dec_dim", "dec_heads"));
    VG_TRY(check_width(g, s, "teacher_dim", "teacher_heads"));
    *size = (struct mcf_size) { .batch = whole(s, "batch"),
                                .image = whole(s, "image"),
                                .patch = whole(s, "patch") };
    size->grid = size->image / size->patch;
    size->length = size->grid * size->grid;
    // As the source counts: in floating point, then cut off.
    size->kept = (int64_t) ((double) size->length * (1 - vg_setting_float(s, "mask_ratio")));
    VG_REQUIRE(g, size->kept >= 1, VG_ERR_VALUE, "mcf: mask_ratio=%g leaves none of %lld patches",
               vg_setting_float(s, "mask_ratio"), (long long) size->length);
out:
    return rc;
}

// ---- encoder ------------------------------------------------------------------------------------

// Only kept patches are embedded: the others would be dropped behind it, position and all.
struct mcf_masked mcf_encode(struct vg_graph *g, const char *name, struct vg_tensor *patches,
                             struct vg_tensor *noise, const struct vg_settings *s,
                             const struct mcf_size *size)
{
    const struct vg_vit_opts o = { whole(s, "dim"), whole(s, "depth"), whole(s, "heads"),
                                   whole(s, "mlp_ratio") };
    struct mcf_masked m = { .order = vg_argsort(g, noise) };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *table =
        vg_vit_positions(g, "pos_embed", o.dim, (int) size->grid, VG_VIT_COLUMN_FIRST);
    table = vg_slice(g, table, 0, 1, size->length + 1);   // the class token's is zero
    struct vg_tensor *x = vg_gather(g, patches, m.order.order, m.order.rank, 0, size->kept);
    x = vg_vit_embed(g, x, o.dim);
    x = vg_add(g, x, vg_gather(g, table, m.order.order, m.order.rank, 0, size->kept));
    x = vg_vit_blocks(g, vg_vit_with_class(g, x), "blocks", &o, NULL);
    m.latent = vg_vit_norm(g, x, "norm");
    vg_scope_pop(g);
    return m;
}

// ---- decoder ------------------------------------------------------------------------------------

// Kept tokens in their places, the mask token in all others: [N, L, D].
static struct vg_tensor *unmask(struct vg_graph *g, struct vg_tensor *x, struct vg_order order,
                                const struct mcf_size *size)
{
    const int64_t dim = vg_cols(x), hidden[3] = { x->dim[0], size->length - size->kept, dim };
    struct vg_tensor *token =
        vg_param(g, "mask_token", 3, (int64_t[]) { 1, 1, dim }, vg_init_normal(0.02));
    if (hidden[1] > 0) {
        token = vg_add(g, vg_zeros(g, 3, hidden), vg_reshape(g, token, 1, &dim));
        x = vg_concat(g, x, token, 1);
    }
    return vg_gather(g, x, order.rank, order.order, 0, size->length);
}

struct vg_tensor *mcf_decode(struct vg_graph *g, struct mcf_masked m, const struct vg_settings *s,
                             const struct mcf_size *size)
{
    const struct vg_vit_opts o = { whole(s, "dec_dim"), whole(s, "dec_depth"),
                                   whole(s, "dec_heads"), whole(s, "mlp_ratio") };
    const int64_t wide = whole(s, "dim"), pixels = size->patch * size->patch * 3;
    struct vg_tensor *x =
        vg_linear_layer(g, m.latent, "decoder_embed", o.dim,
                        &(struct vg_linear_opts) { .weight = vg_init_xavier(wide, o.dim) });

    struct vg_tensor *patches = unmask(g, vg_slice(g, x, 1, 1, size->kept + 1), m.order, size);
    x = vg_concat(g, vg_slice(g, x, 1, 0, 1), patches, 1);
    x = vg_add(g, x,
               vg_vit_positions(g, "decoder_pos_embed", o.dim, (int) size->grid,
                                VG_VIT_COLUMN_FIRST));
    x = vg_vit_norm(g, vg_vit_blocks(g, x, "decoder_blocks", &o, NULL), "decoder_norm");
    x = vg_slice(g, x, 1, 1, size->length + 1);
    return vg_linear_layer(g, x, "decoder_pred", pixels,
                           &(struct vg_linear_opts) { .weight = vg_init_xavier(o.dim, pixels) });
}

// ---- heads --------------------------------------------------------------------------------------

struct vg_tensor *mcf_project(struct vg_graph *g, struct mcf_masked m, const char *name,
                              const struct vg_settings *s)
{
    const int64_t dim[2] = { m.latent->dim[0], vg_cols(m.latent) };
    const struct vg_mlp_opts o = { .hidden = whole(s, "proj_hidden"),
                                   .outs = whole(s, "proj_dim"),
                                   .xavier = true,
                                   .plain_norm = true };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *x = vg_reshape(g, vg_slice(g, m.latent, 1, 0, 1), 2, dim);
    x = vg_mlp(g, x, "fc", &o);
    vg_scope_pop(g);
    return x;
}

struct vg_tensor *mcf_predict(struct vg_graph *g, struct vg_tensor *x, const struct vg_settings *s)
{
    return vg_mlp(g, x, "predictor",
                  &(struct vg_mlp_opts) { .hidden = whole(s, "proj_hidden"),
                                          .outs = whole(s, "proj_dim"),
                                          .xavier = true });
}

// ---- the frozen network -------------------------------------------------------------------------

// "2,5,8,11" in ascending order.
static int tapped_blocks(struct vg_graph *g, const struct vg_settings *s, int block[MCF_TAPS])
{
    const char *text = vg_setting_text(s, "teacher_taps");
    int count = 0;
    for (const char *at = text; *at;) {
        char *end;
        const long i = strtol(at, &end, 10);
        const bool fits = end > at && i >= 0 && i < whole(s, "teacher_depth") && count < MCF_TAPS &&
                          (count == 0 || i > block[count - 1]) &&
                          (*end == 0 || (*end == ',' && end[1]));
        if (!fits) {
            vg_graph_poison(g, VG_ERR_VALUE,
                            "mcf: teacher_taps=%s, wanted up to %d ascending blocks of 0 .. %d",
                            text, MCF_TAPS, whole(s, "teacher_depth") - 1);
            return 0;
        }
        block[count++] = (int) i;
        at = *end ? end + 1 : end;
    }
    if (count == 0)
        vg_graph_poison(g, VG_ERR_VALUE, "mcf: teacher_taps is empty, wanted one block or more");
    return count;
}

// The seed of teacher=random:SEED; false where it names a file.
static bool random_teacher(const struct vg_settings *s, int64_t *seed)
{
    static const char prefix[] = "random:";
    const char *text = vg_setting_text(s, "teacher");
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    char *end;
    *seed = strtoll(text + sizeof prefix - 1, &end, 10);
    if (end == text + sizeof prefix - 1 || *end || *seed < 1)
        *seed = 0;   // said by the graph
    return true;
}

// Where both networks cut images alike, no image is put together.
static struct vg_tensor *recut(struct vg_graph *g, struct vg_tensor *patches,
                               const struct vg_settings *s, const struct mcf_size *size)
{
    if (whole(s, "teacher_patch") == size->patch)
        return patches;
    struct vg_tensor *images =
        vg_unpatches(g, patches, (int) size->patch, size->image, size->image);
    return vg_patches(g, images, whole(s, "teacher_patch"));
}

int mcf_features(struct vg_graph *g, struct vg_tensor *patches, const struct vg_settings *s,
                 const struct mcf_size *size, struct vg_tensor *taps[MCF_TAPS])
{
    int block[MCF_TAPS];
    int64_t seed = 0;
    struct vg_tensor *out[64];
    const int count = tapped_blocks(g, s, block);
    if (count == 0)
        return 0;
    if (random_teacher(s, &seed) && seed == 0) {
        vg_graph_poison(g, VG_ERR_VALUE, "mcf: teacher=%s, wanted random:SEED with SEED above 0",
                        vg_setting_text(s, "teacher"));
        return 0;
    }
    // What lies behind the last tap is not computed.
    const struct vg_vit_opts o = { whole(s, "teacher_dim"), block[count - 1] + 1,
                                   whole(s, "teacher_heads"), whole(s, "mlp_ratio") };
    vg_graph_freeze(g, true);
    vg_graph_draws(g, (uint64_t) seed);
    vg_scope_push(g, "%.*s", (int) strlen(MCF_TEACHER) - 1, MCF_TEACHER);
    vg_vit(g, recut(g, patches, s, size), &o, VG_VIT_ROW_FIRST, out);
    for (int i = 0; i < count; i++)
        taps[i] = vg_l2norm_axis(g, out[block[i]], 1, 1e-12);
    vg_scope_pop(g);
    vg_graph_draws(g, 0);
    vg_graph_freeze(g, false);
    return count;
}

int mcf_load_teacher(struct vg_plan *p, const struct vg_settings *s)
{
    int rc = VG_OK;
    int64_t seed;
    struct vg_tensorfile *f = NULL;
    if (random_teacher(s, &seed) || vg_setting_float(s, "feature_weight") == 0)
        return VG_OK;
    VG_TRY(vg_tensorfile_open(&f, vg_setting_text(s, "teacher")));
    VG_TRY(vg_weights_load(p, f, MCF_TEACHER, ""));
out:
    vg_tensorfile_close(&f);
    return rc;
}

const char *mcf_remark(const struct vg_settings *s)
{
    int64_t seed;
    if (vg_setting_float(s, "feature_weight") == 0 || !random_teacher(s, &seed))
        return NULL;
    return "the teacher's weights are random: not the published method's accuracy";
}
