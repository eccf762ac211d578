#include "tests/report/pairs.h"

// Processes that took turns, each a row of its own unless a test joins them.

enum { MOST = 32 };

struct turns {
    double base[MOST], now[MOST];       // medians, in ns
    double base_s[MOST], now_s[MOST];   // when each began
    int pairs;
};

// Base, new, new, base: one a second, all of the same time.
static struct turns even(int pairs)
{
    struct turns t = { .pairs = pairs };
    for (int i = 0; i < pairs; i++) {
        t.base_s[i] = 1.8e9 + 2 * i + i % 2;
        t.now_s[i] = 1.8e9 + 2 * i + (i + 1) % 2;
        t.base[i] = t.now[i] = 1e6;
    }
    return t;
}

static json_t *process(const char *commit, double ns, double begun_s, struct vg_rng *n)
{
    json_t *o = row(commit, commit);
    add_samples(o, n, 1, ns, 0, 0.002);
    vg_json_reals(json_object_get(o, "time_ns"), "begun_s", &begun_s, 1);
    return o;
}

static const struct vg_comparison *compared(const struct turns *t, int bases, int nows)
{
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    struct vg_rng n = { .seed = 5 };
    for (int i = 0; i < bases; i++)
        add_row(base, process("aaaa", t->base[i], t->base_s[i], &n));
    for (int i = 0; i < nows; i++)
        add_row(now, process("bbbb", t->now[i], t->now_s[i], &n));
    return &compare(base, now, NULL)->list[0];
}

// ---- when processes are pairs -------------------------------------------------------------------

// The machine slows down by 1 % a second, the new side is 3 % slower.
static struct turns drifting(int pairs)
{
    struct turns t = even(pairs);
    for (int i = 0; i < pairs; i++) {
        t.base[i] *= exp(0.01 * (t.base_s[i] - 1.8e9));
        t.now[i] *= 1.03 * exp(0.01 * (t.now_s[i] - 1.8e9));
    }
    return t;
}

Test(compare_turns, a_drift_is_in_both_of_a_pair)
{
    struct turns t = drifting(16);
    const struct vg_comparison *c = compared(&t, 16, 16);
    expect_verdict(c, VG_SLOWER, "16 pairs of processes that took turns");
    cr_expect_eq(c->pairs, 16);
    cr_expect_float_eq(c->time.ratio, 1.03, 0.002, "%g", c->time.ratio);
}

// What is not known to have taken turns is compared side by side, drift and all.
static void expect_sides(const struct turns *t, int bases, int nows, const char *what)
{
    const struct vg_comparison *c = compared(t, bases, nows);
    struct turns silent = *t;
    for (int i = 0; i < t->pairs; i++)
        silent.base_s[i] = silent.now_s[i] = NAN;
    const struct vg_comparison *without = compared(&silent, bases, nows);
    cr_expect_eq(c->pairs, 0, "%s", what);
    cr_expect_eq(c->verdict, VG_AMBIGUOUS, "%s", what);
    cr_expect_eq(c->verdict, without->verdict, "%s", what);
    cr_expect_eq(c->time.low, without->time.low, "%s", what);
    cr_expect_eq(c->time.high, without->time.high, "%s", what);
    cr_expect_eq(c->p, without->p, "%s", what);
}

Test(compare_turns, others_are_compared_side_by_side)
{
    struct turns t = drifting(16);
    expect_sides(&t, 16, 15, "one more of the base");
    expect_sides(&t, 5, 5, "too few for a test of signed ranks");

    t.now_s[7] = NAN;
    expect_sides(&t, 16, 16, "one row does not say when");

    t = drifting(16);
    for (int i = 0; i < 16; i++)
        t.now_s[i] += 100;
    expect_sides(&t, 16, 16, "the base first, then the new side");

    t = drifting(16);
    t.now_s[3] = t.base_s[4];
    expect_sides(&t, 16, 16, "a pair that was not over when the next began");
}

Test(compare_turns, processes_of_one_row_have_each_their_time)
{
    struct turns t = drifting(8);
    struct vg_rng n = { .seed = 5 };
    struct vg_rows *sides[] = { vg_rows_create(), vg_rows_create() };
    for (int s = 0; s < 2; s++) {
        json_t *o = row(s ? "bbbb" : "aaaa", s ? "q" : "p");
        const double *ns = s ? t.now : t.base;
        add_samples(o, &n, 8, 1e6, 0, 0.002);
        json_t *time = json_object_get(o, "time_ns"), *samples = json_object_get(time, "samples");
        for (size_t i = 0; i < 8 * SAMPLES; i++)
            json_array_set_new(samples, i,
                               json_real(ns[i / SAMPLES] / 1e6 *
                                         json_number_value(json_array_get(samples, i))));
        vg_json_reals(time, "begun_s", s ? t.now_s : t.base_s, 8);
        add_row(sides[s], o);
    }
    const struct vg_comparison *c = &compare(sides[0], sides[1], NULL)->list[0];
    cr_expect_eq(c->pairs, 8);
    expect_verdict(c, VG_SLOWER, "");
}

// Eight processes of 50 us a side, by a clock of 1 us: that all differences are 0 is rounding.
Test(compare_turns, a_coarse_clock_hides_what_it_cannot_tell)
{
    struct turns t = even(8);
    struct vg_rows *sides[] = { vg_rows_create(), vg_rows_create() };
    double x[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        x[i] = i % 5 ? 50000 : 51000;
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 8; i++) {
            json_t *o = row(s ? "bbbb" : "aaaa", s ? "q" : "p"),
                   *time = json_object_get(o, "time_ns");
            vg_json_reals(time, "samples", x, SAMPLES);
            vg_json_reals(time, "begun_s", s ? &t.now_s[i] : &t.base_s[i], 1);
            add_row(sides[s], o);
        }
    const struct vg_comparison *c = &compare(sides[0], sides[1], NULL)->list[0];
    cr_expect_eq(c->pairs, 8);
    expect_verdict(c, VG_AMBIGUOUS, "");
}

// ---- how often they are wrong -------------------------------------------------------------------

// What a shared machine does to a process: noise, a drift, some seconds a tenth slower, and one
// process in eight whose threads share a core.
static struct turns shared(double change, uint64_t seed)
{
    struct turns t = even(28);
    struct vg_rng n = { .seed = seed };
    double drift = 0, spell = 0;
    for (int i = 0; i < 2 * t.pairs; i++) {
        const int pair = i / 2;
        double *ns = (i + pair) % 2 ? &t.now[pair] : &t.base[pair];
        drift += 0.004 * vg_rng_gauss(&n);
        if (vg_rng_next(&n) < 0.1)
            spell = vg_rng_next(&n) < 0.5 ? 0.1 : 0;
        const double alone = vg_rng_next(&n) < 0.125 ? 0.5 : 0;
        *ns *= exp(0.012 * vg_rng_gauss(&n) + drift + spell + alone) *
               (ns == &t.now[pair] ? change : 1);
    }
    return t;
}

struct counts {
    int verdicts[VG_VERDICTS], covered;
};

enum { TRIALS = 200, COVERED = 180 };   // as in tests/report/compare_rates.c

static struct counts count(double change)
{
    struct counts k = { 0 };
    for (uint64_t i = 0; i < TRIALS; i++) {
        const struct turns t = shared(change, 100 + i);
        const struct vg_comparison *c = compared(&t, t.pairs, t.pairs);
        cr_assert_eq(c->pairs, (size_t) t.pairs);
        k.verdicts[c->verdict]++;
        k.covered += c->time.low <= change && change <= c->time.high;
    }
    return k;
}

Test(compare_turns, a_change_of_3_percent_is_seen_on_a_shared_machine_and_none_is_not)
{
    const struct counts slower = count(1.03), faster = count(1 / 1.03), none = count(1);
    cr_expect_geq(slower.covered, COVERED);
    cr_expect_geq(faster.covered, COVERED);
    cr_expect_geq(none.covered, COVERED);
    cr_expect_geq(slower.verdicts[VG_SLOWER], TRIALS / 2, "%d", slower.verdicts[VG_SLOWER]);
    cr_expect_geq(faster.verdicts[VG_FASTER], TRIALS / 2, "%d", faster.verdicts[VG_FASTER]);
    cr_expect_eq(slower.verdicts[VG_SAME] + slower.verdicts[VG_FASTER], 0);
    cr_expect_leq(none.verdicts[VG_SLOWER] + none.verdicts[VG_FASTER], TRIALS / 20);
}

// ---- cores that others took ---------------------------------------------------------------------

static json_t *crowded(const char *commit, double ns, const char *type, int cores, int busy)
{
    struct vg_rng n = { .seed = (uint64_t) ns };
    json_t *o = row(commit, commit);
    double others[3] = { 0.01, 0.24, 0 };
    add_samples(o, &n, 3, ns, 0.001, 0.002);
    for (int i = 0; i < busy; i++)
        others[i] = 0.48;
    vg_json_string(json_object_get(o, "device"), "type", type);
    vg_json_int(json_object_get(o, "host"), "cores", cores);
    vg_json_reals(vg_json_object(o, "telemetry"), "other_cores", others, 3);
    return o;
}

Test(compare_turns, what_shares_its_cores_decides_nothing)
{
    static const struct {
        const char *type;
        int cores, busy;
        double ns;
        enum vg_verdict v;
        const char *reason;
    } cases[] = {
        { "cpu", 2, 3, 1e6, VG_AMBIGUOUS, "up to 0.5 cores that the device needs" },
        { "cpu", 2, 2, 1.1e6, VG_AMBIGUOUS, "up to 0.5 cores that the device needs" },
        { "cpu", 2, 1, 1.1e6, VG_SLOWER, "" },   // two of three had the machine to themselves
        { "cpu", 2, 0, 1e6, VG_SAME, "" },
        { "cpu", 3, 3, 1.1e6, VG_SLOWER, "" },   // two compute units, and a core is left
        { "gpu", 2, 3, 1.1e6, VG_SLOWER, "" },   // the host's thread needs one
        { "gpu", 1, 3, 1.1e6, VG_AMBIGUOUS, "that the device needs" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int side = 0; side < 2; side++)
            expect_verdict(one(crowded("aaaa", 1e6, cases[i].type, cases[i].cores,
                                       side ? 0 : cases[i].busy),
                               crowded("bbbb", cases[i].ns, cases[i].type, cases[i].cores,
                                       side ? cases[i].busy : 0),
                               NULL),
                           cases[i].v, cases[i].reason);
}
