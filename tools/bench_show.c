#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/cli.h"

// A line's rows for people: the line, a track each, wall time of all, and what to doubt.

static double number(const json_t *row, const char *path)
{
    return vg_json_real_at(row, path, NAN);
}

// "+- 0.4 %", half the interval.
static double half_width(const json_t *o)
{
    return 50 * (number(o, "high") - number(o, "low")) / number(o, "median");
}

// "matmul a=2x3 b=3x4" and "forward matmul" of "matmul a=2x3 b=3x4: forward matmul".
static const char *split(const char *name, int *length)
{
    const char *colon = strstr(name, ": ");
    *length = (int) (colon ? (size_t) (colon - name) : strlen(name));
    return colon ? colon + 2 : "";
}

static void show_track(const json_t *row, const char *track)
{
    char time[CLI_NUMBER], gflops[CLI_NUMBER], gbps[CLI_NUMBER];
    const double ns = number(row, "time_ns.median"),
                 percent = number(row, "ceiling.percent_of_roofline");
    printf("  %-28s %9s  +-%4.1f %%  %7s GFLOP/s  %7s GB/s", track, cli_time(time, ns),
           half_width(vg_json_at(row, "time_ns")),
           cli_number(gflops, number(row, "cost.flops") / ns),
           cli_number(gbps, number(row, "cost.bytes") / ns));
    if (isnan(percent))
        printf("\n");
    else
        printf("  %3.0f %% of roofline\n", percent);
}

static void show_whole(const json_t *row)
{
    char time[CLI_NUMBER];
    const json_t *processes = vg_json_at(row, "time_ns.processes"),
                 *wall = vg_json_at(row, "time_ns.wall");
    const char *stopped =
        json_string_value(json_array_get(vg_json_at(row, "time_ns.stopped_by"), 0));
    printf("  %-28s %9s  +-%4.1f %%  %zu samples", "wall time of all",
           cli_time(time, number(wall, "median")), half_width(wall),
           json_array_size(vg_json_at(row, "time_ns.samples")));
    if (json_array_size(processes) > 1)
        printf(" of %zu processes\n", json_array_size(processes));
    else
        printf(", ended by %s\n", stopped ? stopped : "?");
}

static void show_beside(const json_t *row)
{
    char time[CLI_NUMBER];
    const double ns = number(row, "beside.clblast_ns");
    if (!isnan(ns))
        printf("  %-28s %9s  ours forward takes %.2f of that\n", "CLBlast's product",
               cli_time(time, ns), number(row, "time_ns.median") / ns);
}

static void show_doubts(const json_t *row)
{
    const char *left_out = vg_json_text_at(row, "time_ns.left_out_why", NULL),
               *planted = vg_json_text_at(row, "engaged.planted", NULL);
    if (left_out)
        printf("  %s\n", left_out);
    if (planted)
        printf("  made slower on purpose: %s\n", planted);
}

void bench_show(struct vg_row *const *rows, int count)
{
    int length;
    const json_t *first = vg_row_json(rows[0]);
    const char *name = vg_json_text_at(first, "case", "");
    split(name, &length);
    if (!json_is_object(vg_json_at(first, "time_ns")))
        return;   // what is wrong was said
    printf("%s%.*s%s\n", cli_style(CLI_BOLD), length, name, cli_style(CLI_PLAIN));
    for (int i = 0; i < count; i++) {
        const json_t *row = vg_row_json(rows[i]);
        show_track(row, split(vg_json_text_at(row, "case", ""), &length));
    }
    show_whole(first);
    show_beside(first);
    show_doubts(first);
}
