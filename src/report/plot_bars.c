#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/html.h"
#include "report/plot_private.h"

enum { BAR = 10, ROW_GAP = 8, SIDE = 14, AXIS = 42 };

struct chart {
    struct vg_text *out;
    const struct vg_plot_bars *p;
    struct vg_scale x;
    double left, right, y, height;   // left, right: the axis' ends
    size_t lost;
};

static double total_of(const struct vg_plot_bars *p, const struct vg_plot_bar *b)
{
    double sum = p->parts ? 0 : b->value;
    for (int i = 0; i < p->parts; i++)
        sum += isfinite(b->part[i]) ? b->part[i] : 0;
    return sum;
}

// ---- the scale ----------------------------------------------------------------------------------

static void widen(const struct vg_plot_bars *p, double value, double *low, double *high)
{
    if (!isfinite(value) || (p->axis.log && value <= 0))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void fit(struct chart *c)
{
    const struct vg_plot_bars *p = c->p;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < p->count; i++) {
        const struct vg_plot_bar *b = &p->bars[i];
        widen(p, total_of(p, b), &low, &high);
        widen(p, b->low, &low, &high);
        widen(p, b->high, &low, &high);
    }
    if (p->axis.low < p->axis.high) {
        widen(p, p->axis.low, &low, &high);
        widen(p, p->axis.high, &low, &high);
    }
    if (!p->axis.log)
        widen(p, 0, &low, &high);
    vg_scale_fit(&c->x, low, high, p->axis.log, p->axis.unit, p->width / 80);
    c->left = fmax(SIDE, plot_label_half(&c->x, 0));
    c->right = p->width - fmax(SIDE, plot_label_half(&c->x, c->x.ticks - 1));
}

static double x_of(struct chart *c, double value)
{
    return c->left + vg_scale_at(&c->x, value) * (c->right - c->left);
}

// ---- room ---------------------------------------------------------------------------------------

static const char *words_of(const struct vg_plot_bars *p, const struct vg_plot_bar *b,
                            char text[VG_HTML_NUMBER])
{
    return b->words ? b->words : vg_html_quantity(text, total_of(p, b), p->axis.unit);
}

// Words that take more than half have a line of their own below the label.
static bool words_below(const struct vg_plot_bars *p, const struct vg_plot_bar *b)
{
    char text[VG_HTML_NUMBER];
    const char *words = words_of(p, b, text);
    return plot_text_width(words, strlen(words)) > 0.55 * p->width;
}

static double label_room(const struct vg_plot_bars *p, const struct vg_plot_bar *b)
{
    char text[VG_HTML_NUMBER];
    const char *words = words_of(p, b, text);
    return words_below(p, b) ? p->width
                             : p->width - plot_text_width(words, strlen(words)) - PLOT_FONT;
}

static double head_height(const struct vg_plot_bars *p, const struct vg_plot_bar *b)
{
    return b->close ? 0
                    : PLOT_LINE * (plot_text_lines(b->label, label_room(p, b)) + words_below(p, b));
}

static double row_height(const struct vg_plot_bars *p, const struct vg_plot_bar *b)
{
    return (b->close ? 2 : ROW_GAP) + head_height(p, b) + BAR;
}

// ---- a bar --------------------------------------------------------------------------------------

static void draw_axis(struct chart *c)
{
    struct vg_text name = { 0 };
    const double bottom = c->height - AXIS;
    for (int i = 0; i < c->x.ticks; i++)
        vg_text_add(c->out, "<path class=\"grid\" d=\"M%.1f 0V%.1f\"/>\n", x_of(c, c->x.tick[i]),
                    bottom + 4);
    plot_labels(c->out, &c->x, c->left, c->right, bottom + 17, c->p->width);
    vg_text_add(&name, c->x.unit[0] ? "%s (%s)" : "%s", c->p->axis.label, c->x.unit);
    plot_text(c->out, c->p->width / 2.0, bottom + 34, PLOT_MIDDLE, c->p->width,
              vg_text_string(&name), NULL);
    vg_text_add(c->out, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", c->left, bottom,
                c->right);
    if (!c->x.log && c->x.low < 0)
        vg_text_add(c->out, "<path class=\"axis\" d=\"M%.1f 0V%.1f\"/>\n", x_of(c, 0), bottom);
    vg_text_finish(&name);
}

static void draw_parts(struct chart *c, const struct vg_plot_bar *b)
{
    double from = 0;
    for (int i = 0; i < c->p->parts; i++) {
        if (!isfinite(b->part[i]) || b->part[i] <= 0)
            continue;
        const double x = x_of(c, from), end = x_of(c, from + b->part[i]);
        vg_text_add(c->out, "<path class=\"area c%d\" d=\"M%.1f %.1fH%.1fv%dH%.1fz\"/>\n",
                    i % VG_PLOT_COLORS, x, c->y, end, BAR, x);
        from += b->part[i];
    }
}

static void draw_whiskers(struct chart *c, const struct vg_plot_bar *b, double middle, bool own)
{
    const double low = x_of(c, b->low), high = x_of(c, b->high);
    if (!isfinite(low) || !isfinite(high))
        return;
    vg_text_add(c->out, "<path class=\"whisker");
    if (own)
        vg_text_add(c->out, " c%d", b->color % VG_PLOT_COLORS);
    vg_text_add(c->out, "\" d=\"M%.1f %.1fv6M%.1f %.1fH%.1fM%.1f %.1fv6\"/>\n", low, middle - 3,
                low, middle, high, high, middle - 3);
}

static void draw_value(struct chart *c, const struct vg_plot_bar *b)
{
    const double end = x_of(c, b->value), middle = c->y + BAR / 2.0;
    if (isfinite(b->value) && !isfinite(end))
        c->lost++;
    if (c->p->marks || c->p->axis.log) {
        draw_whiskers(c, b, middle, true);
        if (isfinite(end))
            plot_mark(c->out, b->color, end, middle, NULL, NULL);
        return;
    }
    const double from = x_of(c, 0);
    if (isfinite(end))
        vg_text_add(c->out, "<path class=\"%s c%d\" d=\"M%.1f %.1fH%.1fv%dH%.1fz\"/>\n",
                    b->hollow ? "hollow" : "area", b->color % VG_PLOT_COLORS, from, c->y, end, BAR,
                    from);
    draw_whiskers(c, b, middle, false);
}

static void draw_bar(struct chart *c, const struct vg_plot_bar *b)
{
    char text[VG_HTML_NUMBER];
    c->y += b->close ? 0 : ROW_GAP - 2;
    if (!b->close) {
        plot_text(c->out, 0, c->y + PLOT_FONT, PLOT_START, label_room(c->p, b), b->label,
                  b->target);
        const double words = words_below(c->p, b) ? head_height(c->p, b) - PLOT_LINE : 0;
        plot_text(c->out, c->p->width, c->y + words + PLOT_FONT, PLOT_END, c->p->width,
                  words_of(c->p, b, text), NULL);
    }
    c->y += head_height(c->p, b) + 2;
    if (c->p->parts)
        draw_parts(c, b);
    else
        draw_value(c, b);
    c->y += BAR;
}

size_t vg_plot_draw_bars(struct vg_text *out, const struct vg_plot_bars *p)
{
    struct chart c = { .out = out, .p = p, .height = AXIS };
    bool links = false;
    for (size_t i = 0; i < p->count; i++) {
        c.height += row_height(p, &p->bars[i]);
        links |= p->bars[i].target != NULL;
    }
    fit(&c);
    plot_open(out, p->title, links, p->width, c.height);
    draw_axis(&c);
    for (size_t i = 0; i < p->count; i++)
        draw_bar(&c, &p->bars[i]);
    plot_close(out);
    return c.lost;
}
