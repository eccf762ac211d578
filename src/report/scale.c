#include "report/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/html.h"

static void add(struct vg_scale *s, double at)
{
    if (s->ticks < VG_TICKS)
        s->tick[s->ticks++] = at;
}

static const double SLACK = 1e-9;   // of a quotient that should be whole

// ---- which ticks --------------------------------------------------------------------------------

static double nice_step(double span, int wanted)
{
    const double rough = span / (wanted < 1 ? 1 : wanted), power = pow(10, floor(log10(rough)));
    const double part = rough / power;
    return power * (part < 1.5 ? 1 : part < 3 ? 2 : part < 7 ? 5 : 10);
}

// As many digits as tell it from its neighbours; "1e6" where there would be many.
static void linear_label(char label[32], double value, double step, double largest)
{
    const double decimals = fmax(0, -floor(log10(step) + SLACK));
    const int digits = (int) ceil(log10(fmax(largest / step, 1)) + SLACK) + 1;
    if (decimals > 6 || largest >= 1e7)
        snprintf(label, 32, "%.*g", digits < 15 ? digits : 15, value);
    else
        snprintf(label, 32, "%.*f", (int) decimals, value + 0.0);   // no "-0"
}

// In the shown unit, multiples of a whole step: no error adds up along the axis.
static void linear_ticks(struct vg_scale *s, int wanted, bool widen)
{
    const double low = s->low / s->factor, high = s->high / s->factor;
    const double step = nice_step(high - low, wanted), largest = fmax(fabs(low), fabs(high));
    const double first = widen ? floor(low / step + SLACK) : ceil(low / step - SLACK);
    const double last = widen ? ceil(high / step - SLACK) : floor(high / step + SLACK);
    for (double k = first; k <= last && s->ticks < VG_TICKS; k++) {
        linear_label(s->label[s->ticks], k * step, step, largest);
        add(s, k * step * s->factor);
    }
    if (widen) {
        s->low = first * step * s->factor;
        s->high = last * step * s->factor;
    }
}

// "10", "0.01", "1e-7"; of ns with their unit, "100 us".
static void log_label(struct vg_scale *s, int at, const char *unit)
{
    double factor;
    const double value = s->tick[at], size = fabs(value);
    const char *shown = vg_html_unit(value, unit, &factor);
    const int power = (int) floor(log10(size) + SLACK);
    if (!strcmp(unit, "ns"))
        snprintf(s->label[at], sizeof s->label[0], "%.4g\u00a0%.8s", value / factor, shown);
    else if (size >= 1e6 || size < 1e-3)
        snprintf(s->label[at], sizeof s->label[0], "%.0fe%d", value / pow(10, power), power);
    else
        snprintf(s->label[at], sizeof s->label[0], "%.10g", value);
}

static void log_ticks(struct vg_scale *s, const char *unit, int wanted)
{
    const double decades = log10(s->high / s->low);
    const int from = (int) floor(log10(s->low) + 1e-9), to = (int) ceil(log10(s->high) - 1e-9);
    const int every = decades > 1.5 * wanted ? (int) ceil(decades / wanted) : 1;
    const bool between = decades < wanted / 2.0;
    for (int d = from; d <= to; d += every)
        for (int k = 0; k < (between ? 3 : 1); k++)
            add(s, pow(10, d) * (k == 0 ? 1 : k == 1 ? 2 : 5));
    int first = 0, last = s->ticks - 1;
    while (first < last && s->tick[first + 1] <= s->low * (1 + 1e-9))
        first++;
    while (last > first && s->tick[last - 1] >= s->high * (1 - 1e-9))
        last--;
    s->ticks = last - first + 1;
    memmove(s->tick, s->tick + first, (size_t) s->ticks * sizeof *s->tick);
    s->low = s->tick[0];
    s->high = fmax(s->high, s->tick[s->ticks - 1]);
    for (int i = 0; i < s->ticks; i++)
        log_label(s, i, unit);
}

// ---- which part of the numbers ------------------------------------------------------------------

static void set_unit(struct vg_scale *s, const char *unit)
{
    const double size = fmax(fabs(s->low), fabs(s->high));
    snprintf(s->unit, sizeof s->unit, "%s", vg_html_unit(size, unit, &s->factor));
}

// Ends beyond what can be divided into ticks count as 0 and as unknown.
static double tame(double value)
{
    return fabs(value) < 1e-290 ? 0 : fabs(value) > 1e290 ? NAN : value;
}

static void spread(struct vg_scale *s)
{
    const double a = tame(s->low), b = tame(s->high);
    s->low = isnan(a) && isnan(b) ? 1 : fmin(a, b);   // the other where one is NAN
    s->high = isnan(a) && isnan(b) ? 1 : fmax(a, b);
    if (s->log && s->high <= 0)
        s->low = s->high = 1;
    if (s->log && s->low <= 0)
        s->low = s->high / 1000;
    // Narrower than what a double can divide into ticks is one value.
    if (s->high - s->low > 1e-9 * fmax(fabs(s->low), fabs(s->high)))
        return;
    const double middle = s->low, half = middle == 0 ? 1 : 0.05 * fabs(middle);
    s->low = s->log ? middle / 2 : middle - half;
    s->high = s->log ? middle * 2 : middle + half;
}

void vg_scale_fit(struct vg_scale *s, double low, double high, bool log, const char *unit,
                  int wanted)
{
    *s = (struct vg_scale) { .log = log, .low = low, .high = high };
    spread(s);
    set_unit(s, unit);
    if (!log) {
        linear_ticks(s, wanted, true);
    } else if (s->high / s->low < 10) {
        s->low /= 1.02;
        s->high *= 1.02;
        linear_ticks(s, wanted * 2 / 3, false);   // they crowd at the high end
    } else {
        if (!strcmp(unit, "ns"))
            s->unit[0] = 0;
        log_ticks(s, unit, wanted);
    }
}

double vg_scale_at(const struct vg_scale *s, double value)
{
    if (!(fabs(value) < 1e300) || (s->log && value < 1e-300))
        return NAN;
    return s->log ? log(value / s->low) / log(s->high / s->low)
                  : (value - s->low) / (s->high - s->low);
}
