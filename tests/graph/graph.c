#include <criterion/criterion.h>

#include "graph/grad.h"
#include "graph/grad_join.h"
#include "graph/graph.h"
#include "op/add.h"
#include "op/conv2d.h"
#include "op/ema.h"
#include "op/l2norm.h"
#include "op/matmul.h"

static struct vg_tensor *input(struct vg_graph *g, const char *name, int64_t rows, int64_t cols)
{
    return vg_input(g, name, 2, (int64_t[]) { rows, cols });
}

Test(graph, the_first_error_stays_and_names_where_it_was)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = vg_input(g, "x", 0, NULL);
    vg_scope_push(g, "net");
    vg_scope_push(g, "head");
    struct vg_tensor *y = vg_l2norm(g, x, 1);   // a scalar has no rows
    vg_scope_pop(g);
    vg_scope_pop(g);
    struct vg_tensor *z = vg_l2norm(g, vg_add(g, y, input(g, "w", 2, 3)), -1);   // worse, and later

    cr_expect(vg_is_placeholder(g, y));
    cr_expect(vg_is_placeholder(g, z));
    cr_expect_eq(vg_graph_status(g), VG_ERR_SHAPE);
    cr_expect_str_eq(vg_graph_error(g), "l2norm: x is a scalar (in net.head)");
    cr_expect_eq(vg_graph_nodes(g), 0);
    vg_graph_destroy(&g);
    cr_expect_null(g);
}

Test(graph, a_parameter_is_made_once_a_name)
{
    const int64_t dim[2] = { 3, 4 }, other[2] = { 4, 3 };
    const struct vg_init init = { VG_INIT_CONST, 1, NULL };
    struct vg_graph *g = vg_graph_create(1);
    vg_scope_push(g, "a");
    struct vg_tensor *w = vg_param(g, "w", 2, dim, init);
    cr_expect_eq(vg_param(g, "w", 2, dim, init), w);
    cr_expect_str_eq(w->name, "a.w");
    cr_expect_eq(vg_graph_find(g, "a.w"), w);
    cr_expect_null(vg_graph_find(g, "w"));
    vg_param(g, "w", 2, other, init);
    cr_expect_eq(vg_graph_status(g), VG_ERR_SHAPE);
    vg_graph_destroy(&g);
}

Test(graph, frozen_parameters_are_state_without_gradient)
{
    const int64_t dim[1] = { 3 };
    const struct vg_init init = { VG_INIT_CONST, 1, NULL };
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = input(g, "x", 2, 3);
    vg_graph_freeze(g, true);
    struct vg_tensor *w = vg_param(g, "w", 1, dim, init);
    vg_graph_freeze(g, false);
    struct vg_tensor *y = vg_add(g, x, w);
    cr_expect_eq(w->kind, VG_STATE);
    cr_expect_not(w->needs_grad);
    cr_expect_not(y->needs_grad);
    vg_graph_destroy(&g);
}

Test(graph, a_reshape_is_a_view_and_the_same_one_each_time)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = input(g, "x", 6, 4);
    struct vg_tensor *a = vg_reshape(g, x, 1, (int64_t[]) { 24 });
    cr_expect_eq(a->base, x);
    cr_expect_eq(vg_reshape(g, x, 1, (int64_t[]) { 24 }), a);
    cr_expect_eq(vg_reshape(g, x, 2, (int64_t[]) { 6, 4 }), x);
    vg_reshape(g, x, 1, (int64_t[]) { 25 });
    cr_expect_eq(vg_graph_status(g), VG_ERR_SHAPE);
    vg_graph_destroy(&g);
}

Test(graph, tensors_without_elements_are_refused)
{
    struct vg_graph *g = vg_graph_create(1);
    input(g, "x", 0, 4);
    cr_expect_eq(vg_graph_status(g), VG_ERR_SHAPE);
    vg_graph_destroy(&g);
}

// ---- what a weight is made into -----------------------------------------------------------------

static const struct vg_node *last_node(const struct vg_graph *g)
{
    return vg_graph_node(g, vg_graph_nodes(g) - 1);
}

Test(graph, a_small_weight_is_packed_once_until_it_changes)
{
    enum { PACKED = 1, SHARED = 2 };   // as src/op/conv2d.c has them
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = vg_input(g, "x", 4, (int64_t[]) { 1, 8, 8, 4 });
    struct vg_tensor *w = vg_param(g, "a.w", 4, (int64_t[]) { 4, 3, 3, 4 },
                                   (struct vg_init) { VG_INIT_NORMAL, 1, NULL });

    vg_conv2d(g, x, w, NULL);
    struct vg_tensor *packed = last_node(g)->out[PACKED];
    cr_assert_not_null(packed);
    vg_conv2d(g, x, w, NULL);
    cr_expect_null(last_node(g)->out[PACKED]);
    cr_expect_eq(last_node(g)->in[SHARED], packed);
    vg_conv2d(g, x, w, NULL);
    cr_expect_eq(last_node(g)->in[SHARED], packed, "the third takes the first's too");
    vg_ema(g, vg_input(g, "m", 0, NULL), "b.", "a.");
    vg_conv2d(g, x, w, NULL);
    cr_expect_null(last_node(g)->in[SHARED], "a node without outputs may have changed it");
    cr_expect_eq(vg_graph_status(g), VG_OK, "%s", vg_graph_error(g));
    vg_graph_destroy(&g);
}

Test(graph, a_large_weight_is_packed_at_each_use)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = input(g, "x", 4, 257);
    struct vg_tensor *w =
        vg_param(g, "w", 2, (int64_t[]) { 256, 257 }, (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    for (int i = 0; i < 2; i++) {
        vg_linear(g, x, w, NULL);
        cr_expect_not_null(last_node(g)->out[1], "its panels");
    }
    vg_graph_destroy(&g);
}

// ---- gradients ----------------------------------------------------------------------------------

static int count_nodes(const struct vg_graph *g, const struct vg_op *op)
{
    int n = 0;
    for (int i = 0; i < vg_graph_nodes(g); i++)
        n += vg_graph_node(g, i)->op == op;
    return n;
}

// A parameter of rows x 256 that two norms share: how its two gradients become one.
static void expect_of_two(int64_t rows, int sums, int joins)
{
    const int64_t dim[2] = { rows, 256 };
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *w = vg_param(g, "w", 2, dim, (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    struct vg_tensor *y[2] = { vg_l2norm(g, w, 1e-12f), vg_l2norm(g, w, 0.5f) };
    struct vg_tensor *dy[2] = { input(g, "da", rows, 256), input(g, "db", rows, 256) };

    cr_assert_eq(vg_graph_backward_from(g, 2, y, dy), VG_OK, "%s", vg_graph_error(g));
    cr_expect_eq(count_nodes(g, &vg_op_grad_sum), sums);
    cr_expect_eq(count_nodes(g, &vg_op_grad_join), joins);
    cr_expect_eq(count_nodes(g, &vg_op_grad_copy), 0, "the first gradient is written in place");
    cr_expect_eq(w->grad->kind, VG_GRAD);
    cr_expect_eq(w->grad->base, w->grad_slot);
    vg_graph_destroy(&g);
}

Test(grad, a_parameter_used_twice_gets_its_sum_in_the_slab)
{
    expect_of_two(257, 1, 0);
}

Test(grad, a_small_one_gets_it_with_all_others_at_the_end)
{
    expect_of_two(256, 0, 1);
}

Test(grad, a_gradient_that_is_somebody_elses_is_copied)
{
    const int64_t dim[2] = { 2, 3 };
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *w = vg_param(g, "w", 2, dim, (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    struct vg_tensor *x = vg_l2norm(g, w, 1e-12f);
    struct vg_tensor *y = vg_add(g, x, w);   // dy belongs to both
    struct vg_tensor *dy = input(g, "dy", 2, 3);

    cr_assert_eq(vg_graph_backward_from(g, 1, &y, &dy), VG_OK, "%s", vg_graph_error(g));
    cr_expect_eq(x->grad, dy);
    cr_expect_eq(dy->kind, VG_INPUT);
    cr_expect_eq(w->grad->base, w->grad_slot);
    vg_graph_destroy(&g);
}

Test(grad, a_loss_has_one_element)
{
    struct vg_graph *g = vg_graph_create(1);
    cr_expect_eq(vg_graph_backward(g, input(g, "x", 2, 3)), VG_ERR_SHAPE);
    vg_graph_destroy(&g);
}

Test(grad, what_is_detached_gets_nothing)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *x = input(g, "x", 2, 3), *dy = input(g, "dy", 2, 3);
    x->needs_grad = true;
    struct vg_tensor *a = vg_l2norm(g, x, 1e-12f), *y = vg_l2norm(g, vg_detach(g, a), 0.5f);
    cr_assert_eq(vg_graph_backward_from(g, 1, &y, &dy), VG_OK);
    cr_expect_null(x->grad);
    cr_expect_null(a->grad);
    vg_graph_destroy(&g);
}
