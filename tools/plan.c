#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "graph/memory.h"
#include "method/method.h"
#include "tools/cli.h"

static int plan_main(int argc, char **argv);

const struct command command_plan = {
    .name = "plan",
    .summary = "parameters, multiply-adds and bytes of a step by part, and the memory map",
    .usage = "plan METHOD [KEY=VALUE ...]\n\n"
             "Needs no device.  `visage help METHOD` lists the keys.",
    .main = plan_main,
};

// ---- parts: tensors and nodes by where they are in the model ------------------------------------

enum { DEPTH = 3, MOST_PARTS = 256 };

struct part {
    char name[128];
    double params, macs[VG_PASSES], flops, bytes;
    int nodes;
};

struct parts {
    struct part list[MOST_PARTS];
    int count;
};

// The first DEPTH components of a scope.
static void part_name(char out[128], const char *scope)
{
    int dots = 0;
    size_t n = 0;
    for (; scope[n] && n + 1 < 128; n++) {
        dots += scope[n] == '.';
        if (dots == DEPTH)
            break;
        out[n] = scope[n];
    }
    out[n] = 0;
    if (n == 0)
        strcpy(out, "(losses, optimiser)");
}

static struct part *part_of(struct parts *p, const char *scope)
{
    char name[128];
    part_name(name, scope);
    for (int i = 0; i < p->count; i++)
        if (!strcmp(p->list[i].name, name))
            return &p->list[i];
    struct part *made = &p->list[p->count < MOST_PARTS - 1 ? p->count++ : MOST_PARTS - 1];
    memcpy(made->name, name, sizeof name);
    return made;
}

static bool starts(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

// Multiply-adds of products, as papers count them: norms, softmax and the like are left out.
static double macs_of(const struct vg_node *n, double flops)
{
    if (starts(n->op->name, "conv2d") || starts(n->op->name, "matmul"))
        return flops / 2;
    if (!starts(n->op->name, "attention"))
        return 0;
    // Two products of Tq x Tk x D an image, and four more backward.
    const struct vg_tensor *y = n->pass == VG_FORWARD ? n->out[0] : n->in[4], *k = n->in[1];
    const double one = (double) vg_elems(y) * (double) k->dim[1];
    return n->pass == VG_FORWARD ? 2 * one : 4 * one;
}

static void add_nodes(struct parts *p, const struct vg_graph *g)
{
    for (int i = 0; i < vg_graph_nodes(g); i++) {
        const struct vg_node *n = vg_graph_node(g, i);
        struct part *part = part_of(p, n->scope);
        const struct vg_cost cost = n->op->cost ? n->op->cost(n) : (struct vg_cost) { 0, 0 };
        part->macs[n->pass] += macs_of(n, cost.flops);
        part->flops += cost.flops;
        part->bytes += cost.bytes;
        part->nodes++;
    }
}

// A parameter's scope is its name without the last component.
static void add_params(struct parts *p, const struct vg_graph *g)
{
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        const bool weight = t->kind == VG_PARAM || (t->kind == VG_STATE && t->is_weight);
        if (!weight || t->base || !t->name)
            continue;
        char scope[256];
        snprintf(scope, sizeof scope, "%s", t->name);
        char *dot = strrchr(scope, '.');
        if (dot)
            *dot = 0;
        part_of(p, scope)->params += (double) vg_elems(t);
    }
}

// ---- printing -----------------------------------------------------------------------------------

static void part_row(struct vg_table *t, const struct part *p, double per)
{
    vg_table_cell(t, "%s", p->name);
    vg_table_cell(t, "%.0f", p->params);
    vg_table_cell(t, "%.0f", p->macs[VG_FORWARD] / per);
    vg_table_cell(t, "%.0f", p->macs[VG_BACKWARD] / per);
    vg_table_cell(t, "%.3f", (p->macs[VG_FORWARD] + p->macs[VG_BACKWARD]) / 1e9);
    vg_table_cell(t, "%.3f", p->flops / 1e9);
    vg_table_cell(t, "%.1f", p->bytes / (1 << 20));
}

static void print_parts(const struct parts *p, double images, int views)
{
    struct part total = { .name = "total" };
    struct vg_text out = { 0 };
    struct vg_table *t = vg_table_create();
    vg_table_column(t, "part", false);
    const char *const heads[] = { "parameters",   "MACs/image fwd", "MACs/image bwd",
                                  "GMACs a step", "GFLOPs a step",  "MiB moved a step" };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        vg_table_column(t, heads[i], true);
    for (int i = 0; i < p->count; i++) {
        const struct part *one = &p->list[i];
        part_row(t, one, images);
        total.params += one->params;
        total.flops += one->flops;
        total.bytes += one->bytes;
        for (int k = 0; k < VG_PASSES; k++)
            total.macs[k] += one->macs[k];
    }
    part_row(t, &total, images);
    vg_table_print(t, &out);
    printf("%sMACs are multiply-adds of products; an image stands for its %d view%s.\n",
           vg_text_string(&out), views, views == 1 ? "" : "s");
    vg_text_finish(&out);
    vg_table_destroy(&t);
}

// Sums over what lies below a prefix, as specifications state them; names end where a dot or the
// prefix does.
static bool below(const char *name, const char *prefix)
{
    const size_t n = strlen(prefix);
    return starts(name, prefix) ||
           (prefix[n - 1] == '.' && strlen(name) == n - 1 && !strncmp(name, prefix, n - 1));
}

static struct part part_below(const struct vg_graph *g, const char *prefix)
{
    struct part sum = { 0 };
    snprintf(sum.name, sizeof sum.name, "%s", prefix);
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        const bool weight = t->kind == VG_PARAM || (t->kind == VG_STATE && t->is_weight);
        if (weight && !t->base && t->name && below(t->name, prefix))
            sum.params += (double) vg_elems(t);
    }
    for (int i = 0; i < vg_graph_nodes(g); i++) {
        const struct vg_node *n = vg_graph_node(g, i);
        if (below(n->scope, prefix) && n->op->cost)
            sum.macs[n->pass] += macs_of(n, n->op->cost(n).flops);
    }
    return sum;
}

static double trained(const struct vg_graph *g)
{
    double sum = 0;
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        sum += t->kind == VG_PARAM && !t->base ? (double) vg_elems(t) : 0;
    }
    return sum;
}

static void print_sums(const struct vg_graph *g, const struct vg_method *m, double images)
{
    struct vg_text out = { 0 };
    struct vg_table *t = vg_table_create();
    const char *const heads[] = { "parameters", "MACs/image fwd", "MACs/image bwd" };
    vg_table_column(t, "names below", false);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        vg_table_column(t, heads[i], true);
    for (const char *const *prefix = m->parts; *prefix; prefix++) {
        const struct part sum = part_below(g, *prefix);
        if (sum.params == 0)
            continue;
        vg_table_cell(t, "%s", sum.name);
        vg_table_cell(t, "%.0f", sum.params);
        vg_table_cell(t, "%.0f", sum.macs[VG_FORWARD] / images);
        vg_table_cell(t, "%.0f", sum.macs[VG_BACKWARD] / images);
    }
    vg_table_print(t, &out);
    printf("%s%.0f parameters are trained.\n", vg_text_string(&out), trained(g));
    vg_text_finish(&out);
    vg_table_destroy(&t);
}

static void print_memory(const struct vg_memory *m)
{
    static const char *const kinds[VG_KINDS] = {
        [VG_PARAM] = "parameters",
        [VG_GRAD] = "gradients",
        [VG_STATE] = "state",
        [VG_INPUT] = "inputs and constants",
        [VG_TEMP] = "temporaries, shared",
    };
    char text[CLI_NUMBER];
    for (int k = 0; k < VG_KINDS; k++)
        printf("  %-24s %12zu  (%s)\n", kinds[k], m->bytes[k],
               cli_bytes(text, (double) m->bytes[k]));
    const size_t total = vg_memory_total(m);
    printf("  %-24s %12zu  (%s)\n", "planned bytes", total, cli_bytes(text, (double) total));
}

// The largest temporaries at the moment when most is held.
static void print_largest(const struct vg_memory *m, const struct vg_graph *g)
{
    enum { SHOWN = 8 };
    int best[SHOWN], n = 0;
    for (int i = 0; i < m->tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (t->kind != VG_TEMP || t->base || m->first[i] < 0)
            continue;
        int at = n < SHOWN ? n++ : SHOWN;
        while (at > 0 && vg_bytes(vg_graph_tensor(g, best[at - 1])) < vg_bytes(t)) {
            if (at < SHOWN)
                best[at] = best[at - 1];
            at--;
        }
        if (at < SHOWN)
            best[at] = i;
    }
    for (int i = 0; i < n; i++) {
        const int k = best[i];
        const struct vg_node *made = vg_graph_node(g, m->first[k]);
        printf("  %12zu bytes at %12zu, nodes %5d to %5d  %s %s\n", vg_bytes(vg_graph_tensor(g, k)),
               m->offset[k], m->first[k], m->last[k], made->op->name, made->scope);
    }
}

static int print_plan(const struct vg_method *m, const struct vg_settings *s)
{
    int rc = VG_OK;
    enum { ALIGN = 128 };
    struct vg_memory *memory = NULL;
    struct vg_model model = { 0 };
    struct parts *parts = vg_alloc(1, sizeof *parts);
    struct vg_graph *g = vg_graph_create(1);

    m->build(g, s, &model);
    if (vg_graph_status(g) != VG_OK) {
        rc = vg_fail(vg_graph_status(g), "%s", vg_graph_error(g));
        goto out;
    }
    VG_TRY(vg_memory_create(&memory, g, ALIGN, 0));
    add_params(parts, g);
    add_nodes(parts, g);
    printf("%s: %d nodes, %d tensors\n\n", m->name, vg_graph_nodes(g), vg_graph_tensors(g));
    print_sums(g, m, (double) vg_setting_int(s, "batch"));
    printf("\n");
    print_parts(parts, (double) vg_setting_int(s, "batch"), m->views);
    printf("\nmemory\n");
    print_memory(memory);
    printf("\nlargest temporaries\n");
    print_largest(memory, g);
out:
    vg_memory_destroy(&memory);
    vg_graph_destroy(&g);
    free(parts);
    return rc;
}

// ---- the command --------------------------------------------------------------------------------

static int find_method(const char *name, const struct vg_method **m)
{
    *m = vg_method_find(name);
    if (*m)
        return VG_OK;
    struct vg_text known = { 0 };
    for (const struct vg_method *const *k = vg_methods; *k; k++)
        vg_text_add(&known, "%s%s", k == vg_methods ? "" : ", ", (*k)->name);
    const int rc =
        vg_fail(VG_ERR_USAGE, "unknown method '%s'; there are: %s", name, vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}

static int plan_main(int argc, char **argv)
{
    int rc = VG_OK;
    struct cli_list list = { 0 };
    const struct cli_option options[] = { { 0 } };
    const int go = cli_parse(&command_plan, options, argc, argv, &list, 1, CLI_MOST);
    if (go != CLI_GO_ON)
        return go;

    const struct vg_method *m = NULL;
    struct vg_settings *s = NULL;
    struct vg_word *words = NULL;
    struct vg_arena *a = vg_arena_create();
    VG_TRY(find_method(list.item[0], &m));
    struct cli_list keys = { .count = list.count - 1 };
    memcpy(keys.item, list.item + 1, (size_t) keys.count * sizeof *keys.item);
    VG_TRY(cli_settings(&keys, a, &words));
    const struct vg_setting *const tables[] = { m->settings, NULL };
    VG_TRY(vg_settings_parse(&s, &(struct vg_settings_of) { tables, m->presets }, "plan", words,
                             (size_t) keys.count));
    VG_TRY(print_plan(m, s));
out:
    vg_settings_destroy(&s);
    vg_arena_destroy(&a);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
