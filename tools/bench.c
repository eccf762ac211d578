#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "tools/bench.h"
#include "tools/cli.h"

static int bench_main(int argc, char **argv);

const struct command command_bench = {
    .name = "bench",
    .summary = "checks, then times operators, beside what this device can do at most",
    .usage =
        "bench [PATTERN] [--only TEXT] [--device D] [--json] [--out DIR] [--restarts N]\n\n"
        "Runs the lines of suites/op that are marked bench, node by node.  Each operator is "
        "checked\nfirst against its reference, and each line for finite numbers that are "
        "those of the default\nparameters.  PATTERN is a part of an operator's name, or "
        "op/NAME.\nSamples end when the interval of every median is narrow, when more of them show "
        "nothing new,\nor with the time.  --restarts 3 is for a record: each process has memory "
        "and "
        "clocks of its own.\nThe roofline is that of main memory: a case that stays in a cache may "
        "be above 100 %.",
    .main = bench_main,
};

int bench_emit(struct bench *b, struct vg_row **take_rows, int count)
{
    int rc = VG_OK;
    cli_progress_end();
    if (!b->json)
        bench_show(take_rows, count);
    for (int i = 0; i < count; i++) {
        if (b->json) {
            char *line = vg_row_line(take_rows[i]);
            printf("%s\n", line);
            free(line);
        }
        if (b->out && rc == VG_OK)
            rc = vg_row_append(take_rows[i], b->out);
        vg_row_destroy(&take_rows[i]);
    }
    fflush(stdout);
    return rc;
}

// ---- what holds for all lines -------------------------------------------------------------------

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

static int find_clock(struct bench *b)
{
    const int rc = vg_event_clock(b->dev, &b->clock);
    if (rc == VG_OK && !b->clock.agrees)
        fprintf(stderr,
                "visage: the device's event clock runs at %.3f of the host's: device times are in "
                "doubt, wall times stand\n",
                b->clock.rate);
    return rc;
}

static int measure_all(struct bench *b)
{
    int rc = VG_OK;
    VG_TRY(cli_open(&b->dev, b->device));
    if (!b->alone)
        VG_TRY(find_ceiling(b));
    VG_TRY(find_clock(b));
    if (b->cold)
        VG_TRY(vg_flush_create(&b->flush, b->dev));
    b->telemetry = vg_telemetry_open(&(struct vg_telemetry_of) { .dev = b->dev });
    for (int i = 0; oracles[i] && !tools_interrupted(); i++)
        if (opcase_matches(oracles[i]->op->name, b->pattern))
            VG_TRY(bench_op(b, oracles[i]));
out:
    vg_telemetry_close(&b->telemetry);
    vg_flush_destroy(&b->flush);
    vg_dev_close(&b->dev);
    return rc;
}

static int bench_main(int argc, char **argv)
{
    struct bench b = { .seconds = 2, .width = 0.5, .samples = 10 };
    const struct cli_option options[] = {
        CLI_DEVICE(&b.device),
        { "json", CLI_FLAG, &b.json, NULL, "rows as JSON lines instead of a table" },
        { "out", CLI_TEXT, &b.out, "DIR", "append rows to DIR/<device>/op/<name>.jsonl" },
        { "only", CLI_TEXT, &b.only, "TEXT", "only lines that have TEXT in them" },
        { "restarts", CLI_INT, &b.restarts, "N",
          "measure in N processes, one after the other (default: in this one)", 0, 100 },
        { "seconds", CLI_FLOAT, &b.seconds, "S", "of samples, a line and process (default 2)", 0.01,
          3600 },
        { "samples", CLI_INT, &b.samples, "N", "at least, whatever the time (default 10)", 10,
          100000 },
        { "width", CLI_FLOAT, &b.width, "PERCENT",
          "of a median's 95 % interval, which is narrow enough (default 0.5)", 0.001, 100 },
        { "cold", CLI_FLAG, &b.cold, NULL, "flush the device's caches before each sample" },
        { "alone", CLI_FLAG, &b.alone, NULL, "only times: no ceilings, no CLBlast beside them" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_bench, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;

    int rc = VG_OK;
    b.pattern = words.count ? words.item[0] : NULL;
    VG_TRY(opcase_pattern(b.pattern));
    VG_TRY(b.restarts > 0 ? bench_restart(&b) : measure_all(&b));
out:
    return rc == VG_OK ? b.wrong ? EXIT_WRONG : EXIT_DONE : cli_failed(rc);
}
