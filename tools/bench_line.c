#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "dev/tune.h"
#include "graph/run.h"
#include "tools/bench.h"
#include "tools/cli.h"
#include "tools/product.h"

static const char how_checked[] = "float64 reference, finite, default parameters";

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

// What is timed by itself: a node, or the last of them all nodes from there on; and behind them
// wall time of the whole step, by another run, so that neither clock disturbs the other.
enum { NODE_TRACKS = VG_TRACKS - 1 };

struct tracks {
    struct vg_plan *plan;
    struct vg_flush *flush;   // before each run, NULL: caches stay warm
    double *step_ns;
    char name[NODE_TRACKS][64];
    struct vg_cost cost[NODE_TRACKS];
    int count;   // without the one of wall time
};

// All that was measured of a line.
struct timed {
    struct tracks tracks;
    struct vg_samples samples;
    double worst, clblast_ns;
};

static int track_of(const struct tracks *t, const struct vg_node *n)
{
    return n->index < NODE_TRACKS - 1 ? n->index : NODE_TRACKS - 1;
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

static void tracks_init(struct tracks *t, const struct opcase *o, struct vg_flush *flush)
{
    *t = (struct tracks) { .plan = o->plan, .flush = flush };
    t->step_ns = vg_alloc(vg_plan_steps(o->plan), sizeof(double));
    for (int i = 0; i < vg_graph_nodes(o->g); i++) {
        const struct vg_node *n = vg_graph_node(o->g, i);
        const int at = track_of(t, n);
        const struct vg_cost cost = n->op->cost ? n->op->cost(n) : (struct vg_cost) { 0 };
        if (i == at)
            name_track(t->name[at], sizeof t->name[at], o->g, n);
        else
            snprintf(t->name[at], sizeof t->name[at], "the nodes from %d on", NODE_TRACKS);
        t->cost[at].flops += cost.flops;
        t->cost[at].bytes += cost.bytes;
        t->count = at + 1;
    }
}

static int device_once(struct tracks *t, double track_ns[VG_TRACKS])
{
    const int rc = vg_run_timed(t->plan, t->step_ns);
    for (int i = 0; i < vg_plan_steps(t->plan); i++)
        track_ns[track_of(t, vg_plan_step(t->plan, i)->node)] += t->step_ns[i];
    return rc;
}

static int wall_once(struct tracks *t, double *wall_ns)
{
    int rc = VG_OK;
    const uint64_t begin = vg_clock_ns();
    VG_TRY(vg_run(t->plan));
    VG_TRY(vg_finish(t->plan));
    *wall_ns = (double) (vg_clock_ns() - begin);
out:
    return rc;
}

// Both clocks in one sample: what disturbs the machine for a while is in both.
static int both_once(void *user, double track_ns[VG_TRACKS])
{
    int rc = VG_OK;
    struct tracks *t = user;
    memset(track_ns, 0, VG_TRACKS * sizeof *track_ns);
    if (t->flush)
        VG_TRY(vg_flush(t->flush));
    VG_TRY(device_once(t, track_ns));
    if (t->flush)
        VG_TRY(vg_flush(t->flush));
    VG_TRY(wall_once(t, &track_ns[t->count]));
out:
    return rc;
}

// CLBlast's time for the same product, NAN where the case is none or the build has no CLBlast.
static int beside(struct bench *b, const struct vg_case *c, double *ns)
{
    struct vg_gemm g;
    *ns = NAN;
    return !b->alone && vg_gemm_here() && product_of(c, &g)
               ? product_time(b->dev, &g, b->seconds / 2, ns)
               : VG_OK;
}

// ---- rows ---------------------------------------------------------------------------------------

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

static struct vg_row *row_of(struct bench *b, const struct vg_case *c, const char *track)
{
    char suite[80], *name = case_name(c, track);
    snprintf(suite, sizeof suite, "op/%s", c->op);
    struct vg_row *r = vg_row_create(suite, name, VG_ROW_OP, b->dev);
    vg_row_words(r, c->line);
    free(name);
    return r;
}

static void add_times(struct bench *b, struct vg_row *r, const struct timed *d, int at)
{
    const struct vg_samples *s = &d->samples;
    vg_row_time(r, s->track_ns[at], s->count, "one call, by device events");
    json_t *time = vg_json_at(vg_row_json(r), "time_ns");
    vg_json_string(time, "caches", b->cold ? "cold" : "warm");
    vg_json_string(time, "wall_of", "forward and backward");
    vg_row_wall(r, s->track_ns[d->tracks.count], s->count);
    vg_row_stopped(r, s);
    vg_row_event_clock(r, &b->clock);
    vg_row_telemetry(r, b->telemetry);
}

static struct vg_row *row_of_track(struct bench *b, const struct vg_case *c, const struct timed *d,
                                   int at)
{
    const struct tracks *t = &d->tracks;
    const struct vg_cost *cost = &t->cost[at];
    struct vg_row *r = row_of(b, c, t->name[at]);
    vg_row_engaged(r, t->plan, 1, NULL);
    vg_row_checked(r, true, how_checked, d->worst);
    add_times(b, r, d, at);
    vg_row_cost(r, cost->flops, cost->bytes);
    if (b->alone)
        vg_row_null(r, "ceiling", "not measured: --alone");
    else
        vg_row_ceiling(r, &b->ceiling);
    if (cost->flops > 0)
        vg_row_throughput(r, cost->flops / vg_row_median(r), "GFLOP/s");
    else
        vg_row_throughput(r, cost->bytes / vg_row_median(r), "GB/s");
    if (at == 0 && !isnan(d->clblast_ns))
        vg_json_real(vg_json_object(vg_row_json(r), "beside"), "clblast_ns", d->clblast_ns);
    vg_row_memory(r, t->plan);
    vg_row_setup(r, b->dev, NAN, NAN);
    vg_row_status(r, VG_ROW_OK, NULL);
    return r;
}

// ---- a line -------------------------------------------------------------------------------------

static int time_line(struct bench *b, struct opcase *o, const struct vg_case *c, double worst)
{
    int rc = VG_OK;
    struct vg_row *rows[BENCH_ROWS];
    struct timed d = { .worst = worst };
    tracks_init(&d.tracks, o, b->flush);
    const struct vg_measure how = {
        .width = b->width / 100,
        .seconds = b->seconds,
        .least = (int) b->samples,
        .ruling = d.tracks.count,
        .stop = tools_interrupted,
        .telemetry = b->telemetry,
    };
    VG_TRY(vg_measure(&d.samples, d.tracks.count + 1, both_once, &d.tracks, &how));
    VG_TRY(beside(b, c, &d.clblast_ns));
    if (d.samples.count < (size_t) b->samples)
        goto out;   // Ctrl-C came first: too few for a record
    for (int i = 0; i < d.tracks.count; i++)
        rows[i] = row_of_track(b, c, &d, i);
    VG_TRY(bench_emit(b, rows, d.tracks.count));
out:
    vg_samples_finish(&d.samples);
    free(d.tracks.step_ns);
    return rc;
}

static int wrong_line(struct bench *b, const struct vg_case *c, const char *why)
{
    cli_progress_end();
    fprintf(stderr, "visage: wrong: %s: %s\n", c->text, why);
    b->wrong++;
    struct vg_row *r = row_of(b, c, NULL);
    vg_row_checked(r, false, how_checked, NAN);
    vg_row_status(r, VG_ROW_FAILED, why);
    return bench_emit(b, &r, 1);
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

static bool is_asked(const struct bench *b, const struct vg_case *c)
{
    return vg_case_marked(c, "bench") && (!b->only || strstr(c->text, b->only));
}

static bool has_lines(const struct bench *b, const struct vg_suite *s)
{
    for (int i = 0; i < s->count; i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        if (is_asked(b, &c))
            return true;
    }
    return false;
}

// Rows of an operator tell of its own programs and memory.
static void reset_counters(struct vg_dev *dev)
{
    dev->count.compile_ns = 0;
    dev->count.compiled = dev->count.cached = 0;
    dev->count.peak_bytes = dev->count.bytes;
}

int bench_op(struct bench *b, const struct oracle *o)
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    char wrong[700];
    VG_TRY(opcase_suite(&s, o->op->name));
    if (!has_lines(b, s))
        goto out;
    reset_counters(b->dev);
    VG_TRY(check_op(b, o, s, wrong, sizeof wrong));
    for (int i = 0; i < s->count && !tools_interrupted(); i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        if (is_asked(b, &c))
            VG_TRY(wrong[0] ? wrong_line(b, &c, wrong) : bench_line(b, o->op, &c));
    }
out:
    vg_suite_destroy(&s);
    return rc;
}
