#include "bench/settle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WINDOW = 299, LEAST = 10 };
static const double steepest = 0.000837759;                // tan(0.048 degrees), bits a sample
static const double least_explained = 0.36, calm = 0.02;   // of the variance; bits

struct bin {
    double at;
    double count;
};

struct vg_settle {
    double width;
    struct bin *bin;   // by `at`
    size_t bins, n;
    double sum;               // of count log2(count)
    double entropy[WINDOW];   // after sample i in slot i % WINDOW
};

struct vg_settle *vg_settle_create(double bin)
{
    struct vg_settle *s = vg_alloc(1, sizeof *s);
    s->width = bin;
    return s;
}

void vg_settle_destroy(struct vg_settle **s)
{
    if (*s)
        free((*s)->bin);
    free(*s);
    *s = NULL;
}

static struct bin *bin_of(struct vg_settle *s, double at)
{
    size_t low = 0, high = s->bins;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (s->bin[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < s->bins && s->bin[low].at == at)
        return &s->bin[low];
    s->bin = vg_grow(s->bin, s->bins + 1, sizeof *s->bin);
    memmove(s->bin + low + 1, s->bin + low, (s->bins - low) * sizeof *s->bin);
    s->bin[low] = (struct bin) { at, 0 };
    s->bins++;
    return &s->bin[low];
}

static double part(double count)
{
    return count > 0 ? count * log2(count) : 0;
}

void vg_settle_add(struct vg_settle *s, double x)
{
    struct bin *b = bin_of(s, floor(x / s->width));
    s->sum += part(b->count + 1) - part(b->count);
    b->count++;
    s->entropy[s->n % WINDOW] = log2((double) (s->n + 1)) - s->sum / (double) (s->n + 1);
    s->n++;
}

double vg_settle_entropy(const struct vg_settle *s)
{
    return s->n ? s->entropy[(s->n - 1) % WINDOW] : 0;
}

bool vg_settle_done(const struct vg_settle *s)
{
    const size_t n = s->n < WINDOW ? s->n : WINDOW, first = s->n - n;
    if (n < LEAST)
        return false;
    double mean = 0, xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++)
        mean += s->entropy[(first + i) % WINDOW] / (double) n;
    for (size_t i = 0; i < n; i++) {
        const double x = (double) i - 0.5 * (double) (n - 1),
                     y = s->entropy[(first + i) % WINDOW] - mean;
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    const bool scattered = xy * xy < least_explained * xx * yy;
    return fabs(xy / xx) <= steepest && (!scattered || sqrt(yy / (double) n) <= calm);
}
