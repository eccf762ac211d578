#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/**
 * Plots as inline SVG: well-formed XML, no script, no font, colours by class (page.css), so that
 * they follow light and dark.  A series differs from the next by colour, shape of its marks and
 * dashes; the colours are told apart by people who see two hues.  Text is at most as long as its
 * place: what is longer is wrapped, then shortened, and its <title> has the whole.
 *
 * A plot is `width` units wide, a unit being a CSS pixel where the page gives it its own width.
 */
enum { VG_PLOT_NARROW = 340, VG_PLOT_WIDE = 760 };
enum { VG_PLOT_COLORS = 8 };

struct vg_plot_axis {
    const char *label;   // "time"; the unit comes behind it
    const char *unit;    // of the data: "ns", "bytes", "GFLOP/s", "" (report/html.h)
    bool log;
    bool zero;          // a linear axis that holds 0
    double low, high;   // low < high: what it shows at least, whatever the data
};

enum vg_plot_style {
    VG_PLOT_LINE = 1,
    VG_PLOT_MARKS = 2,
    VG_PLOT_BAND = 4,   // low to high as an area; without it, as whiskers
    VG_PLOT_DASHED = 8,
    VG_PLOT_BOUND = 16,   // a limit, not data: grey, thin
};

struct vg_plot_series {
    const char *name;   // NULL: not in the legend
    int color;          // the n-th series, any number from 0
    unsigned style;     // of vg_plot_style
    size_t count;
    const double *x, *y;         // what is not finite breaks a line
    const double *low, *high;    // of y; NULL if there are no intervals
    const char *const *title;    // of each mark, NULL if there are none
    const char *const *target;   // the fragment each mark links to, NULL if there are none
};

struct vg_plot {
    const char *title;   // what a reader who cannot see it is told
    struct vg_plot_axis x, y;
    const struct vg_plot_series *series;
    size_t count;
    int width, height;
};

// The number of values that a logarithmic axis cannot show (0 and below), which are left out.
size_t vg_plot_draw(struct vg_text *out, const struct vg_plot *p);

/**
 * One value a line from the left, its label above it and the value in words at its right: a bar
 * from 0, or a mark where the axis is logarithmic, since a length says nothing there; whiskers from
 * low to high.  Parts make it a stacked bar.
 */
enum { VG_PLOT_PARTS = 12 };

struct vg_plot_bar {
    const char *label;
    double value, low, high;   // a value that is not finite is not drawn; intervals may be NAN
    const char *words;         // NULL: the value and its unit
    int color;
    bool hollow;                  // drawn as an outline: not checked
    bool close;                   // belongs to the bar above, without a label of its own
    double part[VG_PLOT_PARTS];   // from the left, in the colours of the legend
    const char *target;           // the fragment its label links to, NULL if none
};

struct vg_plot_bars {
    const char *title;
    struct vg_plot_axis axis;
    const struct vg_plot_bar *bars;
    size_t count;
    int parts;    // 0: bars are whole
    bool marks;   // marks instead of bars, as on a logarithmic axis
    int width;
};

size_t vg_plot_draw_bars(struct vg_text *out, const struct vg_plot_bars *p);

// A list of names beside what they are drawn as; HTML, so that long names wrap.
struct vg_plot_key {
    const char *name;
    int color;
    unsigned style;   // 0: an area
};
void vg_plot_legend(struct vg_text *out, const struct vg_plot_key *keys, size_t count);
