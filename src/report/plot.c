#include "report/plot.h"

#include <math.h>
#include <stdio.h>

#include "report/html.h"
#include "report/plot_private.h"

enum { TOP = 26, BOTTOM = 40, RIGHT = 16, GAP = 6 };

struct frame {
    struct vg_text *out;
    const struct vg_plot *p;
    struct vg_scale x, y;
    double left, right, top, bottom;   // of the area of data
    size_t lost;
};

// ---- scales -------------------------------------------------------------------------------------

struct range {
    double low, high;
};

static void take(struct range *r, double value, bool log)
{
    if (!isfinite(value) || (log && value <= 0))
        return;
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

static struct range range_of(const struct vg_plot *p, bool vertical)
{
    const struct vg_plot_axis *a = vertical ? &p->y : &p->x;
    struct range r = { INFINITY, -INFINITY };
    for (size_t s = 0; s < p->count; s++) {
        const struct vg_plot_series *one = &p->series[s];
        for (size_t i = 0; i < one->count; i++) {
            take(&r, vertical ? one->y[i] : one->x[i], a->log);
            if (vertical && one->low && one->high) {
                take(&r, one->low[i], a->log);
                take(&r, one->high[i], a->log);
            }
        }
    }
    if (a->low < a->high) {
        take(&r, a->low, a->log);
        take(&r, a->high, a->log);
    }
    if (a->zero)
        take(&r, 0, a->log);
    return r;
}

static void fit(struct frame *f)
{
    const struct range x = range_of(f->p, false), y = range_of(f->p, true);
    const int across = f->p->width / 75, up = f->p->height / 45;
    vg_scale_fit(&f->x, x.low, x.high, f->p->x.log, f->p->x.unit, across);
    vg_scale_fit(&f->y, y.low, y.high, f->p->y.log, f->p->y.unit, up);
    double widest = 0;
    for (int i = 0; i < f->y.ticks; i++)
        widest = fmax(widest, plot_text_width(f->y.label[i], sizeof f->y.label[i]));
    f->left = widest + 2 * GAP;
    f->right = f->p->width - fmax(RIGHT, plot_label_half(&f->x, f->x.ticks - 1));
    f->top = TOP;
    f->bottom = f->p->height - BOTTOM;
}

static double x_of(struct frame *f, double value)
{
    return f->left + vg_scale_at(&f->x, value) * (f->right - f->left);
}

static double y_of(struct frame *f, double value)
{
    return f->bottom - vg_scale_at(&f->y, value) * (f->bottom - f->top);
}

// ---- axes ---------------------------------------------------------------------------------------

static void axis_name(struct vg_text *name, const struct vg_plot_axis *a, const struct vg_scale *s)
{
    vg_text_add(name, s->unit[0] ? "%s (%s)" : "%s", a->label, s->unit);
}

static void draw_y(struct frame *f)
{
    struct vg_text name = { 0 };
    axis_name(&name, &f->p->y, &f->y);
    plot_text(f->out, 0, PLOT_FONT, PLOT_START, f->p->width, vg_text_string(&name), NULL);
    for (int i = 0; i < f->y.ticks; i++) {
        const double y = y_of(f, f->y.tick[i]);
        vg_text_add(f->out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", f->left, y, f->right);
        plot_text(f->out, f->left - GAP, y + 4, PLOT_END, f->left, f->y.label[i], NULL);
    }
    vg_text_finish(&name);
}

static void draw_x(struct frame *f)
{
    struct vg_text name = { 0 };
    axis_name(&name, &f->p->x, &f->x);
    for (int i = 0; i < f->x.ticks; i++)
        vg_text_add(f->out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", x_of(f, f->x.tick[i]),
                    f->top, f->bottom + 4);
    plot_labels(f->out, &f->x, f->left, f->right, f->bottom + 17, f->p->width);
    plot_text(f->out, (f->left + f->right) / 2, f->bottom + 34, PLOT_MIDDLE, f->right - f->left,
              vg_text_string(&name), NULL);
    vg_text_add(f->out, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", f->left, f->top,
                f->bottom, f->right);
    vg_text_finish(&name);
}

// ---- series -------------------------------------------------------------------------------------

static void draw_line(struct frame *f, const struct vg_plot_series *s)
{
    bool pen = false;
    vg_text_add(f->out, "<path");
    plot_class(f->out, s->color, s->style);
    vg_text_add(f->out, " d=\"");
    for (size_t i = 0; i < s->count; i++) {
        const double x = x_of(f, s->x[i]), y = y_of(f, s->y[i]);
        const bool there = isfinite(x) && isfinite(y);
        if (there)
            vg_text_add(f->out, "%s%.1f %.1f", pen ? "L" : "M", x, y);
        pen = there;
    }
    vg_text_add(f->out, "\"/>\n");
}

static bool interval_at(struct frame *f, const struct vg_plot_series *s, size_t i, double at[3])
{
    at[0] = x_of(f, s->x[i]);
    at[1] = y_of(f, s->low[i]);
    at[2] = y_of(f, s->high[i]);
    return isfinite(at[0] + at[1] + at[2]);
}

// One area for each unbroken run of intervals.
static void draw_band(struct frame *f, const struct vg_plot_series *s)
{
    double at[3];
    vg_text_add(f->out, "<path class=\"band c%d\" d=\"", s->color % VG_PLOT_COLORS);
    for (size_t i = 0, end; i < s->count; i = end + 1) {
        for (end = i; end < s->count && interval_at(f, s, end, at); end++)
            vg_text_add(f->out, "%s%.1f %.1f", end == i ? "M" : "L", at[0], at[2]);
        for (size_t k = end; k-- > i;)
            if (interval_at(f, s, k, at))
                vg_text_add(f->out, "L%.1f %.1f", at[0], at[1]);
        vg_text_add(f->out, end > i ? "z" : "");
    }
    vg_text_add(f->out, "\"/>\n");
}

static void draw_whiskers(struct frame *f, const struct vg_plot_series *s)
{
    double at[3];
    vg_text_add(f->out, "<path class=\"whisker c%d\" d=\"", s->color % VG_PLOT_COLORS);
    for (size_t i = 0; i < s->count; i++)
        if (interval_at(f, s, i, at))
            vg_text_add(f->out, "M%.1f %.1fh6M%.1f %.1fV%.1fM%.1f %.1fh6", at[0] - 3, at[1], at[0],
                        at[1], at[2], at[0] - 3, at[2]);
    vg_text_add(f->out, "\"/>\n");
}

static void draw_marks(struct frame *f, const struct vg_plot_series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const double x = x_of(f, s->x[i]), y = y_of(f, s->y[i]);
        if (isfinite(x) && isfinite(y))
            plot_mark(f->out, s->color, x, y, s->title ? s->title[i] : NULL,
                      s->target ? s->target[i] : NULL);
    }
}

static void count_lost(struct frame *f, const struct vg_plot_series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const bool known = isfinite(s->x[i]) && isfinite(s->y[i]);
        f->lost += known && !(isfinite(x_of(f, s->x[i])) && isfinite(y_of(f, s->y[i])));
    }
}

static void draw_series(struct frame *f, const struct vg_plot_series *s)
{
    count_lost(f, s);
    if (s->low && s->high && s->style & VG_PLOT_BAND)
        draw_band(f, s);
    else if (s->low && s->high)
        draw_whiskers(f, s);
    if (s->style & (VG_PLOT_LINE | VG_PLOT_BOUND))
        draw_line(f, s);
    if (s->style & VG_PLOT_MARKS)
        draw_marks(f, s);
}

size_t vg_plot_draw(struct vg_text *out, const struct vg_plot *p)
{
    bool links = false;
    struct frame f = { .out = out, .p = p };
    for (size_t i = 0; i < p->count; i++)
        links |= p->series[i].target != NULL;
    fit(&f);
    plot_open(out, p->title, links, p->width, p->height);
    draw_y(&f);
    draw_x(&f);
    for (size_t i = 0; i < p->count; i++)
        draw_series(&f, &p->series[i]);
    plot_close(out);
    return f.lost;
}
