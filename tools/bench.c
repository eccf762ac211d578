#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bench/ceiling.h"
#include "bench/measure.h"
#include "bench/row.h"
#include "dev/tune.h"
#include "graph/run.h"
#include "tests/oracle.h"
#include "tools/cli.h"
#include "tools/opcase.h"
#include "tools/product.h"

static int bench_main(int argc, char **argv);

const struct command command_bench = {
    .name = "bench",
    .summary = "checks, then times operators, beside what this device can do at most",
    .usage = "bench [PATTERN] [--device D] [--json] [--out DIR] [--seconds S]\n\n"
             "Runs the lines of suites/op that are marked bench, node by node.  Each operator is "
             "checked\nfirst against its reference, and each line for finite numbers that are "
             "those of the default\nparameters.  PATTERN is a part of an operator's name, or "
             "op/NAME.\nThe roofline is that of main memory: a case that stays in a cache may be "
             "above 100 %.",
    .main = bench_main,
};

struct bench {
    struct vg_dev *dev;
    struct vg_ceiling ceiling;
    const char *out;   // NULL: rows are not kept
    bool json;
    double seconds;   // of samples, a line
    int wrong;
};

// ---- checking -----------------------------------------------------------------------------------

// The operator against its reference, on its lines marked test: "" or what is wrong.
static int check_op(struct bench *b, const struct oracle *o, const struct vg_suite *s, char *wrong,
                    size_t size)
{
    int rc = VG_OK;
    wrong[0] = 0;
    for (int i = 0; i < s->count && !wrong[0] && !tools_interrupted(); i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        struct verdict v;
        if (!vg_case_marked(&c, "test"))
            continue;
        cli_progress("checking %s", c.text);
        VG_TRY(oracle_agrees(o, &c, b->dev, 1, &v));
        if (!v.passed)
            snprintf(wrong, size, "%s: %s", c.where, v.message);
    }
out:
    return rc;
}

static bool same_parameters(const struct vg_plan *a, const struct vg_plan *b)
{
    if (vg_plan_steps(a) != vg_plan_steps(b))
        return false;
    for (int i = 0; i < vg_plan_steps(a); i++)
        if (strcmp(vg_plan_step(a, i)->options, vg_plan_step(b, i)->options) != 0)
            return false;
    return true;
}

static int run_and_read(struct opcase *o, void *values[OPCASE_MOST])
{
    int rc = VG_OK;
    VG_TRY(opcase_fill(o, 1));
    VG_TRY(vg_run(o->plan));
    VG_TRY(vg_finish(o->plan));
    VG_TRY(opcase_read(o, values));
out:
    return rc;
}

static void free_all(void *values[OPCASE_MOST])
{
    for (int i = 0; i < OPCASE_MOST; i++)
        free(values[i]);
}

// Finite, and what the default parameters give; *worst is how far off, as a part of the allowed.
static int check_line(struct bench *b, struct opcase *o, const struct vg_op *op,
                      const struct vg_case *c, double *worst)
{
    int rc = VG_OK;
    void *ours[OPCASE_MOST] = { 0 }, *defaults[OPCASE_MOST] = { 0 };
    struct opcase plain = { 0 };
    *worst = 0;
    VG_TRY(run_and_read(o, ours));
    VG_TRY(opcase_finite(o, ours));
    vg_tune_ignore(true);
    rc = opcase_create(&plain, op, c, b->dev);
    vg_tune_ignore(false);
    VG_TRY(rc);
    if (!same_parameters(o->plan, plain.plan)) {
        VG_TRY(run_and_read(&plain, defaults));
        VG_TRY(opcase_same(o, ours, defaults, worst));
    }
out:
    free_all(ours);
    free_all(defaults);
    opcase_finish(&plain);
    return rc;
}

// ---- timing -------------------------------------------------------------------------------------

// What is timed by itself: a node, or the last track all nodes from there on.
struct tracks {
    struct vg_plan *plan;
    double *step_ns;
    char name[VG_TRACKS][64];
    struct vg_cost cost[VG_TRACKS];
    int count;
};

// All that was measured of a line.
struct timed {
    struct tracks tracks;
    struct vg_samples device, wall;
    double worst, clblast_ns;
};

static int track_of(const struct tracks *t, const struct vg_node *n)
{
    return n->index < VG_TRACKS - 1 ? n->index : VG_TRACKS - 1;
}

static int earlier_of_same(const struct vg_graph *g, const struct vg_node *n)
{
    int same = 0;
    for (int i = 0; i < n->index; i++) {
        const struct vg_node *m = vg_graph_node(g, i);
        same += m->op == n->op && m->pass == n->pass;
    }
    return same;
}

static void name_track(char *name, size_t size, const struct vg_graph *g, const struct vg_node *n)
{
    static const char *const passes[] = { "forward", "backward", "update" };
    const int same = earlier_of_same(g, n);
    snprintf(name, size, "%s %.40s", passes[n->pass], n->op->name);
    if (same > 0)
        snprintf(name + strlen(name), size - strlen(name), " #%d", same + 1);
}

static void tracks_init(struct tracks *t, const struct opcase *o)
{
    *t = (struct tracks) { .plan = o->plan };
    t->step_ns = vg_alloc(vg_plan_steps(o->plan), sizeof(double));
    for (int i = 0; i < vg_graph_nodes(o->g); i++) {
        const struct vg_node *n = vg_graph_node(o->g, i);
        const int at = track_of(t, n);
        const struct vg_cost cost = n->op->cost ? n->op->cost(n) : (struct vg_cost) { 0 };
        if (i == at)
            name_track(t->name[at], sizeof t->name[at], o->g, n);
        else
            snprintf(t->name[at], sizeof t->name[at], "the nodes from %d on", VG_TRACKS);
        t->cost[at].flops += cost.flops;
        t->cost[at].bytes += cost.bytes;
        t->count = at + 1;
    }
}

static int device_once(void *user, double track_ns[VG_TRACKS])
{
    struct tracks *t = user;
    const int rc = vg_run_timed(t->plan, t->step_ns);
    memset(track_ns, 0, VG_TRACKS * sizeof *track_ns);
    for (int i = 0; i < vg_plan_steps(t->plan); i++)
        track_ns[track_of(t, vg_plan_step(t->plan, i)->node)] += t->step_ns[i];
    return rc;
}

static int wall_once(void *user, double track_ns[VG_TRACKS])
{
    const struct tracks *t = user;
    const int rc = vg_run(t->plan);
    return rc == VG_OK ? vg_finish(t->plan) : rc;
}

// ---- telling ------------------------------------------------------------------------------------

// The line without its marks, which say how it is used and not what it is.
static char *case_name(const struct vg_case *c, const char *track)
{
    char *name = vg_strdup(c->op);
    for (size_t i = 1; i < c->line->count; i++) {
        const struct vg_word *w = &c->line->words[i];
        if (!w->value)
            continue;
        char *more = vg_format("%s %s=%s", name, w->key, w->value);
        free(name);
        name = more;
    }
    char *whole = track ? vg_format("%s: %s", name, track) : vg_strdup(name);
    free(name);
    return whole;
}

static void print_track(const struct bench *b, const struct tracks *t, int at,
                        const struct vg_samples *s)
{
    const struct vg_summary m = vg_summary_of(s->track_ns[at], s->count);
    const struct vg_cost c = t->cost[at];
    char time[CLI_NUMBER], gflops[CLI_NUMBER], gbps[CLI_NUMBER];
    printf("  %-28s %9s  +-%4.1f %%  %7s GFLOP/s  %7s GB/s  %3.0f %% of roofline\n", t->name[at],
           cli_time(time, m.median), 50 * m.width, cli_number(gflops, c.flops / m.median),
           cli_number(gbps, c.bytes / m.median),
           vg_ceiling_percent(&b->ceiling, c.flops, c.bytes, m.median));
}

static void print_whole(const struct vg_samples *device, const struct vg_samples *wall)
{
    char time[CLI_NUMBER];
    const struct vg_summary m = vg_summary_of(wall->wall_ns, wall->count);
    printf("  %-28s %9s  +-%4.1f %%  %zu + %zu samples\n", "wall time of all",
           cli_time(time, m.median), 50 * m.width, device->count, wall->count);
}

// Keeps or prints a row, and drops it.
static int emit_row(struct bench *b, struct vg_row *r)
{
    int rc = VG_OK;
    if (b->json) {
        char *line = vg_row_line(r);
        printf("%s\n", line);
        fflush(stdout);
        free(line);
    }
    if (b->out)
        rc = vg_row_append(r, b->out);
    vg_row_destroy(&r);
    return rc;
}

static struct vg_row *row_of(struct bench *b, const struct vg_case *c, const char *track)
{
    char suite[80], *name = case_name(c, track);
    snprintf(suite, sizeof suite, "op/%s", c->op);
    struct vg_row *r = vg_row_create(suite, name, VG_ROW_OP, b->dev);
    vg_row_words(r, c->line);
    free(name);
    return r;
}

static int emit_wrong(struct bench *b, const struct vg_case *c, const char *why)
{
    struct vg_row *r = row_of(b, c, NULL);
    vg_row_checked(r, false, "float64 reference, finite, default parameters", NAN);
    vg_row_status(r, VG_ROW_FAILED, why);
    return emit_row(b, r);
}

static int emit_track(struct bench *b, const struct vg_case *c, const struct timed *d, int at)
{
    const struct tracks *t = &d->tracks;
    struct vg_row *r = row_of(b, c, t->name[at]);
    const double median = vg_summary_of(d->device.track_ns[at], d->device.count).median;
    vg_row_engaged(r, t->plan, 1, NULL);
    vg_row_checked(r, true, "float64 reference, finite, default parameters", d->worst);
    vg_row_time(r, d->device.track_ns[at], d->device.count, "one call, by device events");
    vg_json_string(vg_json_at(vg_row_json(r), "time_ns"), "wall_of", "forward and backward");
    vg_row_wall(r, d->wall.wall_ns, d->wall.count);
    vg_row_cost(r, t->cost[at].flops, t->cost[at].bytes);
    vg_row_ceiling(r, &b->ceiling);
    if (t->cost[at].flops > 0)
        vg_row_throughput(r, t->cost[at].flops / median, "GFLOP/s");
    else
        vg_row_throughput(r, t->cost[at].bytes / median, "GB/s");
    if (at == 0 && !isnan(d->clblast_ns))
        vg_json_real(vg_json_object(vg_row_json(r), "beside"), "clblast_ns", d->clblast_ns);
    vg_row_memory(r, t->plan);
    vg_row_setup(r, b->dev, NAN, NAN);
    vg_row_status(r, VG_ROW_OK, NULL);
    return emit_row(b, r);
}

// ---- a line -------------------------------------------------------------------------------------

// CLBlast's time for the same product, NAN where the case is none or the build has no CLBlast.
static int beside(struct bench *b, const struct vg_case *c, double *ns)
{
    struct vg_gemm g;
    *ns = NAN;
    return vg_gemm_here() && product_of(c, &g) ? product_time(b->dev, &g, b->seconds / 2, ns)
                                               : VG_OK;
}

static void print_line(const struct bench *b, const struct vg_case *c, const struct timed *d)
{
    char time[CLI_NUMBER];
    printf("%s%s%s\n", cli_style(CLI_BOLD), c->text, cli_style(CLI_PLAIN));
    for (int i = 0; i < d->tracks.count; i++)
        print_track(b, &d->tracks, i, &d->device);
    print_whole(&d->device, &d->wall);
    if (!isnan(d->clblast_ns))
        printf("  %-28s %9s  ours forward takes %.2f of that\n", "CLBlast's product",
               cli_time(time, d->clblast_ns),
               vg_summary_of(d->device.track_ns[0], d->device.count).median / d->clblast_ns);
    fflush(stdout);
}

static int time_line(struct bench *b, struct opcase *o, const struct vg_case *c, double worst)
{
    int rc = VG_OK;
    struct timed d = { .worst = worst };
    const struct vg_measure how = { .seconds = b->seconds / 2, .stop = tools_interrupted };
    tracks_init(&d.tracks, o);
    VG_TRY(vg_measure(&d.device, d.tracks.count, device_once, &d.tracks, &how));
    VG_TRY(vg_measure(&d.wall, 0, wall_once, &d.tracks, &how));
    VG_TRY(beside(b, c, &d.clblast_ns));
    cli_progress_end();
    if (d.device.count == 0 || d.wall.count == 0)
        goto out;   // Ctrl-C came first
    if (!b->json)
        print_line(b, c, &d);
    for (int i = 0; i < d.tracks.count; i++)
        VG_TRY(emit_track(b, c, &d, i));
out:
    vg_samples_finish(&d.device);
    vg_samples_finish(&d.wall);
    free(d.tracks.step_ns);
    return rc;
}

static int wrong_line(struct bench *b, const struct vg_case *c, const char *why)
{
    cli_progress_end();
    fprintf(stderr, "visage: wrong: %s: %s\n", c->text, why);
    b->wrong++;
    return emit_wrong(b, c, why);
}

static int bench_line(struct bench *b, const struct vg_op *op, const struct vg_case *c)
{
    int rc = VG_OK;
    double worst = 0;
    struct opcase o = { 0 };
    cli_progress("%s", c->text);
    rc = opcase_create(&o, op, c, b->dev);
    if (rc == VG_OK)
        rc = check_line(b, &o, op, c, &worst);
    if (rc == VG_OK)
        rc = time_line(b, &o, c, worst);
    if (rc == VG_ERR_VALUE || rc == VG_ERR_BUILD || rc == VG_ERR_DEVICE_MEMORY) {
        char why[2048];   // the case is wrong, the others may be right
        snprintf(why, sizeof why, "%s", vg_error());
        vg_error_clear();
        rc = wrong_line(b, c, why);
    }
    opcase_finish(&o);
    return rc;
}

static bool has_bench_lines(const struct vg_suite *s)
{
    for (int i = 0; i < s->count; i++)
        if (vg_line_marked(&s->cases[i].line, "bench"))
            return true;
    return false;
}

// Rows of an operator tell of its own programs and memory.
static void reset_counters(struct vg_dev *dev)
{
    dev->count.compile_ns = 0;
    dev->count.compiled = dev->count.cached = 0;
    dev->count.peak_bytes = dev->count.bytes;
}

static int bench_op(struct bench *b, const struct oracle *o)
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    char wrong[700];
    VG_TRY(opcase_suite(&s, o->op->name));
    if (!has_bench_lines(s))
        goto out;
    reset_counters(b->dev);
    VG_TRY(check_op(b, o, s, wrong, sizeof wrong));
    for (int i = 0; i < s->count && !tools_interrupted(); i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        if (vg_case_marked(&c, "bench"))
            VG_TRY(wrong[0] ? wrong_line(b, &c, wrong) : bench_line(b, o->op, &c));
    }
out:
    vg_suite_destroy(&s);
    return rc;
}

static int find_ceiling(struct bench *b)
{
    cli_progress("measuring what the device does at most");
    const int rc = vg_ceiling(b->dev, &b->ceiling);
    cli_progress_end();
    if (rc == VG_OK)
        fprintf(stderr, "ceilings  %.1f GFLOP/s (%s), %.1f GB/s (%s)\n", b->ceiling.gflops,
                b->ceiling.gflops_by, b->ceiling.gbps, b->ceiling.gbps_by);
    return rc;
}

static int bench_main(int argc, char **argv)
{
    struct bench b = { .seconds = 2 };
    const char *device = NULL;
    const struct cli_option options[] = {
        CLI_DEVICE(&device),
        { "json", CLI_FLAG, &b.json, NULL, "rows as JSON lines instead of a table" },
        { "out", CLI_TEXT, &b.out, "DIR", "append rows to DIR/<device>/op/<name>.jsonl" },
        { "seconds", CLI_FLOAT, &b.seconds, "S", "of samples, a line (default 2)", 0.01, 3600 },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_bench, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;

    int rc = VG_OK;
    const char *pattern = words.count ? words.item[0] : NULL;
    VG_TRY(opcase_pattern(pattern));
    VG_TRY(cli_open(&b.dev, device));
    VG_TRY(find_ceiling(&b));
    for (int i = 0; oracles[i] && !tools_interrupted(); i++)
        if (opcase_matches(oracles[i]->op->name, pattern))
            VG_TRY(bench_op(&b, oracles[i]));
out:
    vg_dev_close(&b.dev);
    return rc == VG_OK ? b.wrong ? EXIT_WRONG : EXIT_DONE : cli_failed(rc);
}
