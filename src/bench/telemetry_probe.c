#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/launch.h"
#include "bench/telemetry_sensor.h"
#include "dev/buf.h"

// Where no clock can be read: work of a known length between samples.

enum { TRIES = 3 };

// ---- CPUs ---------------------------------------------------------------------------------------

enum { LINKS = 20000, CYCLES_A_LINK = 2 };

// Each link waits for the one before: a rotation and an exclusive or, of one cycle each on every
// x86 and 64-bit ARM core in use.  The empty statements keep the compiler from joining them.
static uint64_t chain(uint64_t x, uint64_t key)
{
    for (int i = 0; i < LINKS; i++) {
        x = x << 1 | x >> 63;
        __asm__ volatile("" : "+r"(x));
        x ^= key;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

// The least of some tries: an interrupt lengthens one of them, a lower clock all.
static double read_host(void *state)
{
    uint64_t *x = state;
    double least = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t begin = vg_clock_ns();
        *x = chain(*x, 0x9e3779b97f4a7c15u);
        least = fmin(least, (double) (vg_clock_ns() - begin));
    }
    return least > 0 ? 1e3 * LINKS * CYCLES_A_LINK / least : NAN;
}

bool vg_sense_host_loop(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    uint64_t *x = vg_alloc(1, sizeof *x);
    *x = 1;
    *s = (struct vg_sensor) { .read = read_host, .state = x };
    snprintf(s->name, sizeof s->name, "a host loop of %d cycles, the fastest of %d",
             LINKS * CYCLES_A_LINK, TRIES);
    return true;
}

// ---- other devices ------------------------------------------------------------------------------

struct probe {
    struct vg_dev *dev;
    cl_kernel kernel;
    cl_mem memory;
};

enum { ROUNDS = 1024 };   // some 50 to 200 us on a GPU

// A probe that fails is a missing reading, and no reason to end what is measured.
static double read_probe(void *state)
{
    const struct probe *p = state;
    double begin, end, least = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        if (vg_launch_timed(p->dev, p->kernel, 1, 1, &begin, &end) != VG_OK) {
            vg_error_clear();
            return NAN;
        }
        least = fmin(least, end - begin);
    }
    return least > 0 ? least : NAN;
}

static void close_probe(void *state)
{
    struct probe *p = state;
    if (p->kernel)
        clReleaseKernel(p->kernel);
    vg_buf_destroy(p->dev, &p->memory, VG_CLOCK_CHAIN_BYTES);
    free(p);
}

bool vg_sense_probe_kernel(struct vg_sensor *s, const struct vg_sense_at *at,
                           char why[VG_SENSE_WHY])
{
    if (!at->dev || vg_dev_is_dry(at->dev)) {
        snprintf(why, VG_SENSE_WHY, "no device for a probe kernel");
        return false;
    }
    struct probe *p = vg_alloc(1, sizeof *p);
    p->dev = at->dev;
    if (vg_launch_clock_chain(p->dev, ROUNDS, &p->kernel, &p->memory) != VG_OK) {
        snprintf(why, VG_SENSE_WHY, "no probe kernel: %.150s", vg_error());
        vg_error_clear();
        close_probe(p);
        return false;
    }
    *s = (struct vg_sensor) { "", NULL, read_probe, close_probe, p };
    snprintf(s->name, sizeof s->name, "a probe kernel of %d links, the fastest of %d", 16 * ROUNDS,
             TRIES);
    return true;
}
