#include "op/patches.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { FROM };   // takes
enum { TO };     // makes

struct patches_attr {
    int patch;
    bool join;               // patches to images
    int64_t height, width;   // of the images, in pixels
};

static const struct vg_source source = {
    .parts = { "common", "vector", "patches" },
    .tunables = { VG_FLAT_TUNABLES },
};

// ---- shapes -------------------------------------------------------------------------------------

static int check_side(struct vg_graph *g, const struct patches_attr *a)
{
    VG_REQUIRE(g, a->patch >= 1 && a->height % a->patch == 0 && a->width % a->patch == 0,
               VG_ERR_VALUE, "patches: %lld x %lld pixels in patches of %d, wanted whole ones",
               (long long) a->height, (long long) a->width, a->patch);
    return VG_OK;
}

static int infer_cut(struct vg_graph *g, struct vg_node *n)
{
    const struct patches_attr *a = n->attr;
    const struct vg_tensor *x = n->in[FROM];
    const int64_t area = (int64_t) a->patch * a->patch;
    n->out[TO] =
        vg_temp(g, 3, (int64_t[]) { x->dim[0], a->height * a->width / area, area * x->dim[3] });
    return VG_OK;
}

static int infer_join(struct vg_graph *g, struct vg_node *n)
{
    const struct patches_attr *a = n->attr;
    const struct vg_tensor *y = n->in[FROM];
    const int64_t area = (int64_t) a->patch * a->patch, count = a->height * a->width / area;
    VG_REQUIRE(g, y->rank == 3 && y->dim[1] == count && y->dim[2] % area == 0, VG_ERR_SHAPE,
               "patches: %s are no patches of %d of %lld x %lld pixels", vg_shape_text(g, y),
               a->patch, (long long) a->height, (long long) a->width);
    n->out[TO] = vg_temp(g, 4, (int64_t[]) { y->dim[0], a->height, a->width, y->dim[2] / area });
    return VG_OK;
}

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct patches_attr *a = n->attr;
    VG_REQUIRE(g, a->join || n->in[FROM]->rank == 4, VG_ERR_SHAPE,
               "patches: x is %s, wanted [N, H, W, C]", vg_shape_text(g, n->in[FROM]));
    if (check_side(g, a) != VG_OK)
        return vg_graph_status(g);
    return a->join ? infer_join(g, n) : infer_cut(g, n);
}

// ---- the pass -----------------------------------------------------------------------------------

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct patches_attr *a = n->attr;
    const struct vg_tensor *images = a->join ? n->out[TO] : n->in[FROM];
    const int64_t run = a->patch * images->dim[3];
    const struct vg_flat f = vg_flat_rows_of(p, n, vg_elems(images), run);
    return VG_LAUNCH(p, n, .kernel = a->join ? "patches_join" : "patches_cut",
                     .groups = { f.groups }, .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[FROM]), vg_arg(n->out[TO]), vg_arg_int(f.elems),
                               vg_arg_int(run), vg_arg_int(a->patch),
                               vg_arg_int(a->width / a->patch) });
}

static struct vg_cost cost(const struct vg_node *n)
{
    return vg_cost_each(n->out[TO], 0, 2);
}

static struct vg_tensor *pass(struct vg_graph *g, struct vg_tensor *from, struct patches_attr attr)
{
    return VG_NODE(g, .op = &vg_op_patches, .in = { from }, VG_ATTR(attr))->out[TO];
}

static int grad(struct vg_graph *g, const struct vg_node *n)
{
    struct patches_attr attr = *(const struct patches_attr *) n->attr;
    attr.join = !attr.join;
    return vg_grad_add(g, n->in[FROM], pass(g, vg_grad_of(g, n->out[TO]), attr));
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const int patch = (int) vg_case_int(g, c, "patch", 1);
    if (vg_case_has(c, "y"))
        return vg_unpatches(g, vg_case_input(g, c, "y"), patch, vg_case_int(g, c, "height", 1),
                            vg_case_int(g, c, "width", 1));
    return vg_patches(g, vg_case_input(g, c, "x"), patch);
}

const struct vg_op vg_op_patches = {
    .name = "patches",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .grad = grad,
    .cost = cost,
    .from_case = from_case,
};

struct vg_tensor *vg_patches(struct vg_graph *g, struct vg_tensor *x, int patch)
{
    const bool images = x->rank == 4;
    return pass(g, x,
                (struct patches_attr) { patch, false, images ? x->dim[1] : 0,
                                        images ? x->dim[2] : 0 });
}

struct vg_tensor *vg_unpatches(struct vg_graph *g, struct vg_tensor *y, int patch, int64_t height,
                               int64_t width)
{
    return pass(g, y, (struct patches_attr) { patch, true, height, width });
}
