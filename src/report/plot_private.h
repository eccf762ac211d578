#pragma once

#include "report/plot.h"
#include "report/scale.h"

/**
 * What the plots of report/plot.h share.  Coordinates are units of the plot, y downwards.
 */
enum { PLOT_FONT = 12, PLOT_LINE = 15, PLOT_LINES = 3 };

// <svg>, its title for those who hear it; links keep their role within it.
void plot_open(struct vg_text *out, const char *title, bool links, int width, double height);
void plot_close(struct vg_text *out);

// About how wide a text is drawn, on the wide side: fonts differ.
double plot_text_width(const char *s, size_t bytes);

// How many lines the text takes in that room, PLOT_LINES at most.
int plot_text_lines(const char *s, double room);

enum plot_anchor { PLOT_START, PLOT_MIDDLE, PLOT_END };

// Lines from the baseline y downwards.  target: the fragment it links to, NULL: none.
void plot_text(struct vg_text *out, double x, double y, enum plot_anchor anchor, double room,
               const char *s, const char *target);

// The shape that belongs to the color's number, at x y; target and title may be NULL.
void plot_mark(struct vg_text *out, int color, double x, double y, const char *title,
               const char *target);

// The ticks' labels below an axis from left to right at y, none touching another: of a logarithmic
// axis those of the decades if not all have room.  Its ends have room for plot_label_half of them.
void plot_labels(struct vg_text *out, const struct vg_scale *s, double left, double right, double y,
                 double width);
double plot_label_half(const struct vg_scale *s, int tick);

// " class=\"c3 d1\"", with the dash that belongs to the color's number if dashed.
void plot_class(struct vg_text *out, int color, unsigned style);
