#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/telemetry_sensor.h"

// Cycles of this process's threads over the time they ran: the clock that the work had.  A driver
// that computes on CPUs has its threads by the time a device is open, so each gets a counter.
// Where the kernel keeps its own cycles from us, time inside it is counted and its cycles are not:
// the clock comes out low by that part, the same for every sample.

enum { THREADS = 256 };

struct reading {
    uint64_t cycles, enabled_ns, running_ns;
};

struct cycles {
    int fd[THREADS];
    struct reading begin[THREADS];
    int count;
};

static int open_event(int thread, unsigned type, unsigned long long config, bool kernel)
{
    struct perf_event_attr a = {
        .size = sizeof a,
        .type = type,
        .config = config,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .exclude_kernel = !kernel,
        .exclude_hv = 1,
    };
    return (int) syscall(SYS_perf_event_open, &a, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static struct reading read_event(int fd)
{
    struct reading r;
    if (read(fd, &r, sizeof r) != (ssize_t) sizeof r)
        r = (struct reading) { 0 };
    return r;
}

static void begin_cycles(void *state)
{
    struct cycles *c = state;
    for (int i = 0; i < c->count; i++)
        c->begin[i] = read_event(c->fd[i]);
}

static double read_cycles(void *state)
{
    const struct cycles *c = state;
    double cycles = 0, ns = 0;
    for (int i = 0; i < c->count; i++) {
        const struct reading now = read_event(c->fd[i]);
        cycles += (double) (now.cycles - c->begin[i].cycles);
        ns += (double) (now.running_ns - c->begin[i].running_ns);
    }
    return cycles > 0 && ns > 0 ? cycles / ns * 1e3 : NAN;
}

static void close_cycles(void *state)
{
    struct cycles *c = state;
    for (int i = 0; i < c->count; i++)
        close(c->fd[i]);
    free(c);
}

static void open_threads(struct cycles *c, unsigned type, unsigned long long config)
{
    const struct dirent *d;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks && c->count < THREADS && (d = readdir(tasks))) {
        const int thread = atoi(d->d_name);
        int fd = -1;
        if (thread > 0)
            fd = open_event(thread, type, config, true);
        if (thread > 0 && fd < 0)
            fd = open_event(thread, type, config, false);
        if (fd >= 0)
            c->fd[c->count++] = fd;
    }
    if (tasks)
        closedir(tasks);
}

bool vg_sense_event(struct vg_sensor *s, unsigned type, unsigned long long config,
                    char why[VG_SENSE_WHY])
{
    struct cycles *c = vg_alloc(1, sizeof *c);
    errno = 0;
    open_threads(c, type, config);
    if (c->count == 0) {
        snprintf(why, VG_SENSE_WHY, "no cycle counters: perf_event_open: %.80s", strerror(errno));
        free(c);
        return false;
    }
    begin_cycles(c);
    *s = (struct vg_sensor) { "", begin_cycles, read_cycles, close_cycles, c };
    snprintf(s->name, sizeof s->name, "cycle counters of %d threads", c->count);
    return true;
}

bool vg_sense_cycles(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return vg_sense_event(s, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, why);
}
