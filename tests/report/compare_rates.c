#include "tests/report/pairs.h"

// How often a verdict is wrong where the answer is known.

struct rates {
    int verdicts[VG_VERDICTS];
    int covered;   // intervals that hold the change that was made
};

static struct rates trials(int count, int base_processes, int now_processes, double change,
                           double between)
{
    struct rates r = { 0 };
    for (int i = 0; i < count; i++) {
        struct vg_rng n = { .seed = 1000 + (uint64_t) i };
        json_t *base = row("aaaa", "p"), *now = row("bbbb", "q");
        add_samples(base, &n, base_processes, 1e6, between, 0.01);
        add_samples(now, &n, now_processes, 1e6 * change, between, 0.01);
        const struct vg_comparison *c = one(base, now, NULL);
        r.verdicts[c->verdict]++;
        r.covered += c->time.low <= change && change <= c->time.high;
    }
    return r;
}

// Three deviations below 95 of 100, of a count that is Binomial(200, 0.95).
enum { TRIALS = 200, COVERED = 180 };

// Seeded, so the counts are facts.  95 of 100 is what is promised; fewer would be a wrong method.
Test(compare, a_change_of_3_percent_is_seen_and_none_is_not)
{
    const struct rates slower = trials(TRIALS, 3, 3, 1.03, 0.003),
                       faster = trials(TRIALS, 3, 3, 1 / 1.03, 0.003),
                       none = trials(TRIALS, 3, 3, 1, 0.003),
                       quiet = trials(TRIALS, 3, 3, 1, 0.001);
    cr_expect_geq(slower.verdicts[VG_SLOWER], TRIALS * 19 / 20);
    cr_expect_geq(faster.verdicts[VG_FASTER], TRIALS * 19 / 20);
    cr_expect_geq(none.verdicts[VG_SAME] + none.verdicts[VG_AMBIGUOUS], TRIALS * 19 / 20);
    cr_expect_gt(quiet.verdicts[VG_SAME], TRIALS / 2);
    cr_expect_geq(slower.covered, COVERED);
    cr_expect_geq(none.covered, COVERED);
    cr_expect_geq(quiet.covered, COVERED);
}

// Processes that differ by 3 % among themselves: pooled samples would call half of these changes.
Test(compare, what_differs_between_processes_is_not_a_change)
{
    static const int processes[][2] = { { 3, 3 }, { 2, 5 }, { 1, 4 }, { 4, 1 } };
    for (size_t i = 0; i < sizeof processes / sizeof *processes; i++) {
        const struct rates r = trials(TRIALS, processes[i][0], processes[i][1], 1, 0.03);
        cr_expect_geq(r.verdicts[VG_SAME] + r.verdicts[VG_AMBIGUOUS], TRIALS * 19 / 20,
                      "%d and %d processes", processes[i][0], processes[i][1]);
        cr_expect_geq(r.covered, COVERED, "%d and %d processes", processes[i][0], processes[i][1]);
    }
}

Test(compare, one_process_a_side_decides_only_what_is_large)
{
    const struct rates small = trials(TRIALS, 1, 1, 1.02, 0.005),
                       none = trials(TRIALS, 1, 1, 1, 0.01),
                       large = trials(TRIALS, 1, 1, 1.1, 0.005);
    cr_expect_geq(none.verdicts[VG_AMBIGUOUS], TRIALS * 19 / 20);
    cr_expect_geq(small.verdicts[VG_AMBIGUOUS], TRIALS * 19 / 20);
    cr_expect_geq(large.verdicts[VG_SLOWER], TRIALS * 19 / 20);
}
