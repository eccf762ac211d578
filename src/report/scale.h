#pragma once

#include <stdbool.h>

/**
 * An axis: which part of the numbers it shows, and where its ticks are.
 *
 * Linear ticks are 1, 2 or 5 times a power of ten apart; a logarithmic axis has decades, 1-2-5
 * within them where there are few, and linear ticks where it spans less than a decade.  An axis of
 * ns or bytes is divided into the unit that fits its largest value, so that ticks are round there.
 *
 * Source: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990 (the linear steps).
 */
enum { VG_TICKS = 32 };

struct vg_scale {
    bool log;
    double low, high;   // of what is shown, in the data's unit; low < high, both > 0 if log
    double factor;      // the data's unit in `unit`: 1e3 for ns shown as us
    char unit[24];      // "" if the axis has none, and on a logarithmic axis of ns, whose ticks say
                        // it themselves
    double tick[VG_TICKS];
    char label[VG_TICKS][32];
    int ticks;
};

/**
 * The axis that holds low to high and ends at ticks, with about `wanted` of them.  Where low is not
 * below high (one value, none, not finite) it is widened to an interval that shows it; a
 * logarithmic axis whose low is not positive begins three decades below high.
 */
void vg_scale_fit(struct vg_scale *s, double low, double high, bool log, const char *unit,
                  int wanted);

// 0 at low, 1 at high; NAN for what the axis cannot show: not finite or beyond 1e300; not positive
// if log.
double vg_scale_at(const struct vg_scale *s, double value);
