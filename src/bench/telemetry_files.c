#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/telemetry_sensor.h"

bool vg_sense_path(char out[VG_SENSE_PATH], const char *root, const char *format, ...)
{
    va_list args;
    int n = snprintf(out, VG_SENSE_PATH, "%s/", root ? root : "");
    if (n < VG_SENSE_PATH) {
        va_start(args, format);
        n += vsnprintf(out + n, VG_SENSE_PATH - (size_t) n, format, args);
        va_end(args);
    }
    if (n >= VG_SENSE_PATH)
        out[0] = 0;
    return n < VG_SENSE_PATH;
}

bool vg_sense_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    const bool got = fgets(out, (int) size, f);
    fclose(f);
    if (got)
        out[strcspn(out, "\n")] = 0;
    return got;
}

double vg_sense_number(const char *path)
{
    char text[64], *end;
    if (!vg_sense_line(path, text, sizeof text))
        return NAN;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    const bool whole = end > text && end[strspn(end, " \t\r")] == 0;
    return whole && !errno ? (double) value : NAN;
}

static int by_number(const void *a, const void *b)
{
    const char *x = a, *y = b;
    return atoi(x + strcspn(x, "0123456789")) - atoi(y + strcspn(y, "0123456789"));
}

void vg_sense_list(struct vg_sense_entries *e, const char *dir, const char *prefix)
{
    const size_t length = strlen(prefix);
    const struct dirent *d;
    DIR *open = opendir(dir);
    e->count = 0;
    while (open && e->count < 64 && (d = readdir(open))) {
        const char *rest = d->d_name + length;
        if (strncmp(d->d_name, prefix, length) != 0 || !*rest || strlen(d->d_name) >= 32 ||
            rest[strspn(rest, "0123456789")] != 0)
            continue;
        snprintf(e->name[e->count++], sizeof *e->name, "%.31s", d->d_name);
    }
    if (open)
        closedir(open);
    qsort(e->name, (size_t) e->count, sizeof *e->name, by_number);
}

bool vg_sense_hwmon(char out[VG_SENSE_PATH], const char *dir, const char *const *names)
{
    struct vg_sense_entries e;
    vg_sense_list(&e, dir, "hwmon");
    for (int i = 0; i < e.count; i++) {
        char path[VG_SENSE_PATH], name[64];
        if (!vg_sense_path(path, dir, "%s/name", e.name[i]) ||
            !vg_sense_line(path, name, sizeof name))
            continue;
        for (const char *const *n = names; *n; n++)
            if (!strcmp(name, *n))
                return vg_sense_path(out, dir, "%s", e.name[i]);
    }
    return false;
}

// ---- a sensor that is one file ------------------------------------------------------------------

struct file {
    char path[VG_SENSE_PATH];
    double scale;
};

static double read_file(void *state)
{
    const struct file *f = state;
    return vg_sense_number(f->path) * f->scale;
}

bool vg_sense_file(struct vg_sensor *s, const char *path, double scale, char why[VG_SENSE_WHY],
                   const char *format, ...)
{
    va_list args;
    char text[64] = "";
    if (isnan(vg_sense_number(path))) {
        const bool there = vg_sense_line(path, text, sizeof text);
        snprintf(why, VG_SENSE_WHY,
                 there ? "%.120s holds '%.40s', not a whole number" : "no %.120s%s", path, text);
        return false;
    }
    struct file *f = vg_alloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "%s", path);
    f->scale = scale;
    *s = (struct vg_sensor) { .read = read_file, .state = f };
    va_start(args, format);
    vsnprintf(s->name, sizeof s->name, format, args);
    va_end(args);
    return true;
}
