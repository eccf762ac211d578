#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "dev/probe.h"
#include "tools/cli.h"

static int devices_main(int argc, char **argv);

const struct command command_devices = {
    .name = "devices",
    .summary = "every OpenCL device: id, driver, memory, limits, what a probe kernel found",
    .usage = "devices [--json]\n\n"
             "Lists the devices of all platforms, and runs small kernels with known answers on "
             "each.\nA platform without a device is named with what to set.",
    .main = devices_main,
};

struct found {
    const struct vg_dev_info *info;
    struct vg_probe probe;
    char error[400];   // why the probe could not run, "" if it did
};

static void probe(struct found *f, const struct vg_dev_info *info)
{
    struct vg_dev *dev = NULL;
    int rc = VG_OK;
    *f = (struct found) { .info = info };
    cli_progress("probing %s", info->id);
    VG_TRY(vg_dev_open(&dev, info->id));
    VG_TRY(vg_probe(dev, &f->probe));
out:
    if (rc != VG_OK)
        snprintf(f->error, sizeof f->error, "%s", vg_error());
    vg_error_clear();
    vg_dev_close(&dev);
    cli_progress_end();
}

// ---- text ---------------------------------------------------------------------------------------

static const char *yes(bool value)
{
    return value ? "yes" : "no";
}

static void print_probe(const struct found *f)
{
    const struct vg_probe *p = &f->probe;
    char launch[CLI_NUMBER], step[CLI_NUMBER];
    if (f->error[0]) {
        printf("    probe        %scould not run%s: %s\n", cli_style(CLI_RED), cli_style(CLI_PLAIN),
               f->error);
        return;
    }
    printf("    probe        sums %s%s%s%s%s; half %s (the driver says %s)\n",
           p->sums ? "right" : cli_style(CLI_RED), p->sums ? "" : "WRONG",
           p->sums ? "" : cli_style(CLI_PLAIN), p->sums ? "" : ": ", p->sums_message,
           p->half ? "right" : "none", yes(f->info->fp16));
    printf("                 sub-group %d, groups in multiples of %d; a launch takes %s, event "
           "times step by %s\n",
           p->subgroup, p->group_multiple, cli_time(launch, p->launch_ns),
           cli_time(step, p->timer_step_ns));
}

static void print_device(const struct found *f)
{
    const struct vg_dev_info *d = f->info;
    char a[CLI_NUMBER], b[CLI_NUMBER], c[CLI_NUMBER], e[CLI_NUMBER];
    printf("%d:%d  %s%s%s\n", d->platform_index, d->device_index, cli_style(CLI_BOLD), d->id,
           cli_style(CLI_PLAIN));
    printf("    name         %s (%s)\n", d->name, d->vendor);
    printf("    platform     %s, %s, driver %s\n", d->platform, d->version, d->driver);
    printf("    type         %s, %d compute units at up to %d MHz, vectors of %d floats\n", d->type,
           d->compute_units, d->max_clock_mhz, d->vector);
    printf("    memory       %s, at most %s in one piece; local %s, cache %s\n",
           cli_bytes(a, (double) d->global_mem_bytes), cli_bytes(b, (double) d->max_alloc_bytes),
           cli_bytes(c, (double) d->local_mem_bytes), cli_bytes(e, (double) d->cache_bytes));
    printf("    limits       groups of %zu, windows at multiples of %zu bytes, timer %g ns\n",
           d->max_group, d->align_bytes, d->timer_ns);
    printf("    says         fp64 %s, sub-groups %s, 64-bit atomics %s, compiler %s\n",
           yes(d->fp64), yes(d->subgroups), yes(d->int64_atomics), yes(d->compiler));
    print_probe(f);
}

// What would make a platform without a device show one.
static const char *advice(const char *line)
{
    if (strstr(line, "rusticl"))
        return "set RUSTICL_ENABLE to a driver: llvmpipe (the processor), radeonsi, iris, nouveau";
    if (strstr(line, "Clover"))
        return "Clover has none for this machine; Mesa's newer rusticl may";
    return "its driver found no hardware, or may not open it (groups render, video)";
}

static char *next_line(char **text)
{
    char *line = *text, *feed = strchr(line, '\n');
    if (!*line)
        return NULL;
    *text = feed ? feed + 1 : line + strlen(line);
    if (feed)
        *feed = 0;
    return line;
}

static void print_platforms(void)
{
    char *text = vg_dev_platforms_text(), *at = text;
    for (const char *line; (line = next_line(&at));)
        if (strstr(line, "no device"))
            printf("%s: %s\n", line, advice(line));
    free(text);
    const char *vendors = getenv("OCL_ICD_VENDORS");
    printf("drivers are looked for in %s%s\n",
           vendors ? vendors : "/etc/OpenCL/vendors (OCL_ICD_VENDORS names another folder)",
           vendors ? ", which OCL_ICD_VENDORS names" : "");
}

// ---- JSON ---------------------------------------------------------------------------------------

static void probe_json(json_t *o, const struct found *f)
{
    const struct vg_probe *p = &f->probe;
    if (f->error[0]) {
        vg_json_string(o, "error", f->error);
        return;
    }
    vg_json_bool(o, "sums", p->sums);
    vg_json_bool(o, "half", p->half);
    vg_json_int(o, "subgroup", p->subgroup);
    vg_json_int(o, "group_multiple", p->group_multiple);
    vg_json_real(o, "launch_ns", p->launch_ns);
    vg_json_real(o, "timer_step_ns", p->timer_step_ns);
}

static json_t *device_json(const struct found *f)
{
    const struct vg_dev_info *d = f->info;
    json_t *o = json_object();
    char index[32];
    snprintf(index, sizeof index, "%d:%d", d->platform_index, d->device_index);
    vg_json_string(o, "index", index);
    vg_json_string(o, "id", d->id);
    vg_json_string(o, "name", d->name);
    vg_json_string(o, "vendor", d->vendor);
    vg_json_string(o, "platform", d->platform);
    vg_json_string(o, "driver", d->driver);
    vg_json_string(o, "opencl_version", d->version);
    vg_json_string(o, "type", d->type);
    vg_json_int(o, "compute_units", d->compute_units);
    vg_json_int(o, "max_clock_mhz", d->max_clock_mhz);
    vg_json_int(o, "vector", d->vector);
    vg_json_int(o, "global_mem_bytes", (int64_t) d->global_mem_bytes);
    vg_json_int(o, "max_alloc_bytes", (int64_t) d->max_alloc_bytes);
    vg_json_int(o, "local_mem_bytes", (int64_t) d->local_mem_bytes);
    vg_json_int(o, "cache_bytes", (int64_t) d->cache_bytes);
    vg_json_int(o, "max_group", (int64_t) d->max_group);
    vg_json_int(o, "align_bytes", (int64_t) d->align_bytes);
    vg_json_real(o, "timer_ns", d->timer_ns);
    vg_json_bool(o, "fp16", d->fp16);
    vg_json_bool(o, "fp64", d->fp64);
    vg_json_bool(o, "subgroups", d->subgroups);
    vg_json_bool(o, "int64_atomics", d->int64_atomics);
    vg_json_bool(o, "compiler", d->compiler);
    probe_json(vg_json_object(o, "probe"), f);
    return o;
}

static void print_json(const struct found *found, int count)
{
    json_t *all = json_object(), *devices = vg_json_array(all, "devices"),
           *platforms = vg_json_array(all, "platforms");
    for (int i = 0; i < count; i++)
        json_array_append_new(devices, device_json(&found[i]));
    char *text = vg_dev_platforms_text(), *at = text;
    for (const char *line; (line = next_line(&at));)
        json_array_append_new(platforms, json_string(line));
    char *line = vg_json_line(all);
    printf("%s\n", line);
    free(line);
    free(text);
    json_decref(all);
}

static int devices_main(int argc, char **argv)
{
    bool json = false;
    const struct cli_option options[] = {
        { "json", CLI_FLAG, &json, NULL, "one JSON object instead of text" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_devices, options, argc, argv, &words, 0, 0);
    if (done != CLI_GO_ON)
        return done;

    struct vg_dev_info *list;
    int count, wrong = 0;
    int rc = vg_dev_list(&list, &count);
    struct found *found = vg_alloc(count + 1, sizeof *found);
    for (int i = 0; i < count && !tools_interrupted(); i++) {
        probe(&found[i], &list[i]);
        wrong += found[i].error[0] || !found[i].probe.sums;
        if (!json)
            print_device(&found[i]);
    }
    if (json)
        print_json(found, count);
    else if (count > 0)
        print_platforms();
    if (rc == VG_OK && count == 0)
        rc = vg_dev_open(&(struct vg_dev *) { NULL }, NULL);   // fails, and says why
    free(found);
    free(list);
    return rc != VG_OK ? cli_failed(rc) : wrong ? EXIT_WRONG : EXIT_DONE;
}
