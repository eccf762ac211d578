#include "report/plot_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/html.h"

void plot_open(struct vg_text *out, const char *title, bool links, int width, double height)
{
    vg_text_add(out,
                "<svg class=\"w%d\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" "
                "xmlns=\"http://www.w3.org/2000/svg\" role=\"%s\" aria-label=\"",
                width, width, height, width, height, links ? "group" : "img");
    vg_html_text(out, title);
    vg_text_add(out, "\">\n");
}

void plot_close(struct vg_text *out)
{
    vg_text_add(out, "</svg>\n");
}

// ---- text ---------------------------------------------------------------------------------------

// Of a character in parts of the font's size, as wide as common sans-serif fonts have it.
static double em(unsigned code, size_t columns)
{
    if (columns == 0)
        return 0;
    if (columns > 1)
        return 1.05;
    if (code >= 0x80)
        return 0.72;
    if (strchr(" .,:;'|!ijl()[]/I\\ft", (int) code))
        return 0.36;
    if (strchr("mwMW@%", (int) code))
        return 0.98;
    return code >= 'A' && code <= 'Z' ? 0.74 : 0.64;
}

// The character at s as it will be shown; *bytes is its length.  What acts is shown by its code.
static double width_at(const char *s, size_t *bytes)
{
    unsigned code = 0xfffd;
    char one[8] = { 0 };
    struct vg_text shown = { 0 };
    const size_t length = vg_text_code(s, &code);
    *bytes = length ? length : 1;
    memcpy(one, s, *bytes);
    vg_html_text(&shown, one);
    const bool by_code = shown.data[0] == '\\' && code != '\\';
    const double width = by_code ? 0.6 * (double) shown.length : em(code, vg_text_width(one));
    vg_text_finish(&shown);
    return width;
}

double plot_text_width(const char *s, size_t bytes)
{
    double width = 0;
    for (size_t at = 0, one; at < bytes && s[at]; at += one)
        width += width_at(s + at, &one);
    return width * PLOT_FONT;
}

// The bytes of the next line: as many as fit, up to a blank where there is one.
static size_t line_bytes(const char *s, double room)
{
    double width = 0;
    size_t at = 0, blank = 0;
    for (size_t one; s[at]; at += one) {
        width += width_at(s + at, &one) * PLOT_FONT;
        if (width > room && at > 0)
            return blank ? blank : at;
        if (s[at] == ' ')
            blank = at + 1;
    }
    return at;
}

int plot_text_lines(const char *s, double room)
{
    int lines = 0;
    do
        s += line_bytes(s, room);
    while (++lines < PLOT_LINES && *s);
    return lines;
}

static void add_piece(struct vg_text *out, const char *s, size_t bytes)
{
    struct vg_text piece = { 0 };
    vg_text_add_bytes(&piece, s, bytes);
    vg_html_text(out, vg_text_string(&piece));
    vg_text_finish(&piece);
}

// The last line, shortened if something is left over.
static void add_last(struct vg_text *out, const char *s, double room)
{
    const size_t all = line_bytes(s, room);
    if (!s[all]) {
        add_piece(out, s, all);
        return;
    }
    add_piece(out, s, line_bytes(s, room - PLOT_FONT));
    vg_text_add(out, "\u2026");
}

void plot_text(struct vg_text *out, double x, double y, enum plot_anchor anchor, double room,
               const char *s, const char *target)
{
    static const char *const anchors[] = { "", " class=\"m\"", " class=\"e\"" };
    const char *rest = s;
    if (target)
        vg_text_add(out, "<a href=\"#%s\">", target);
    vg_text_add(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, anchors[anchor]);
    for (int i = 1; i < PLOT_LINES && rest[line_bytes(rest, room)]; i++) {
        const size_t bytes = line_bytes(rest, room);
        vg_text_add(out, "<tspan x=\"%.1f\" y=\"%.1f\">", x, y + (i - 1) * PLOT_LINE);
        add_piece(out, rest, bytes);
        vg_text_add(out, "</tspan>");
        rest += bytes;
    }
    const int line = plot_text_lines(s, room) - 1;
    if (line > 0)
        vg_text_add(out, "<tspan x=\"%.1f\" y=\"%.1f\">", x, y + line * PLOT_LINE);
    add_last(out, rest, room);
    vg_text_add(out, line > 0 ? "</tspan>" : "");
    if (rest[line_bytes(rest, room)]) {
        vg_text_add(out, "<title>");
        vg_html_text(out, s);
        vg_text_add(out, "</title>");
    }
    vg_text_add(out, target ? "</text></a>\n" : "</text>\n");
}

// ---- labels of an axis --------------------------------------------------------------------------

double plot_label_half(const struct vg_scale *s, int tick)
{
    return s->ticks ? plot_text_width(s->label[tick], sizeof s->label[tick]) / 2 : 0;
}

static bool is_decade(double tick)
{
    const double power = log10(tick);
    return fabs(power - round(power)) < 1e-9;
}

// Writes the labels that have room, or counts those that have none; out may be NULL.
static int place_labels(struct vg_text *out, const struct vg_scale *s, double left, double right,
                        double y, double width, bool decades)
{
    double free_from = 0;
    int lost = 0;
    for (int i = 0; i < s->ticks; i++) {
        const double x = left + vg_scale_at(s, s->tick[i]) * (right - left);
        const double half = plot_label_half(s, i);
        if (decades && !is_decade(s->tick[i]))
            continue;
        if (x - half < free_from - 0.5 || x + half > width + 0.5) {
            lost++;
            continue;
        }
        if (out)
            plot_text(out, x, y, PLOT_MIDDLE, width, s->label[i], NULL);
        free_from = x + half + 6;
    }
    return lost;
}

void plot_labels(struct vg_text *out, const struct vg_scale *s, double left, double right, double y,
                 double width)
{
    int decades = 0;
    for (int i = 0; i < s->ticks; i++)
        decades += s->log && is_decade(s->tick[i]);
    const bool crowded = place_labels(NULL, s, left, right, y, width, false) > 0;
    place_labels(out, s, left, right, y, width, crowded && decades > 1);
}

// ---- what tells series apart --------------------------------------------------------------------

enum { SHAPES = 5, DASHES = 3 };

void plot_class(struct vg_text *out, int color, unsigned style)
{
    vg_text_add(out, " class=\"");
    if (style & VG_PLOT_BOUND)
        vg_text_add(out, "bound");
    else
        vg_text_add(out, "c%d", color % VG_PLOT_COLORS);
    if (style & VG_PLOT_DASHED)
        vg_text_add(out, " d%d", color % DASHES);
    vg_text_add(out, "\"");
}

static void add_shape(struct vg_text *out, int shape, double x, double y)
{
    switch (shape) {
    case 0: vg_text_add(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"", x, y); break;
    case 1: vg_text_add(out, "<path d=\"M%.1f %.1fh6v6h-6z\"", x - 3, y - 3); break;
    case 2: vg_text_add(out, "<path d=\"M%.1f %.1fl4 7h-8z\"", x, y - 4.5); break;
    case 3: vg_text_add(out, "<path d=\"M%.1f %.1fl4 4.5l-4 4.5l-4 -4.5z\"", x, y - 4.5); break;
    default: vg_text_add(out, "<path d=\"M%.1f %.1fl4 -7h-8z\"", x, y + 4.5); break;
    }
}

void plot_mark(struct vg_text *out, int color, double x, double y, const char *title,
               const char *target)
{
    if (target)
        vg_text_add(out, "<a href=\"#%s\">", target);
    add_shape(out, color % SHAPES, x, y);
    vg_text_add(out, " class=\"mark c%d\"", color % VG_PLOT_COLORS);
    if (title) {
        vg_text_add(out, "><title>");
        vg_html_text(out, title);
        vg_text_add(out, "</title></%s>", color % SHAPES == 0 ? "circle" : "path");
    } else {
        vg_text_add(out, "/>");
    }
    vg_text_add(out, target ? "</a>\n" : "\n");
}

// ---- the legend ---------------------------------------------------------------------------------

static void add_key(struct vg_text *out, const struct vg_plot_key *k)
{
    vg_text_add(out, "<li><svg width=\"26\" height=\"12\" aria-hidden=\"true\">");
    if (k->style & VG_PLOT_LINE || k->style & VG_PLOT_BOUND) {
        vg_text_add(out, "<path d=\"M1 6h24\"");
        plot_class(out, k->color, k->style);
        vg_text_add(out, "/>");
    }
    if (k->style & VG_PLOT_MARKS)
        plot_mark(out, k->color, 13, 6, NULL, NULL);
    if (k->style == 0)
        vg_text_add(out, "<path d=\"M1 1h24v10h-24z\" class=\"area c%d\"/>",
                    k->color % VG_PLOT_COLORS);
    vg_text_add(out, "</svg>");
    vg_html_name(out, k->name);
    vg_text_add(out, "</li>\n");
}

void vg_plot_legend(struct vg_text *out, const struct vg_plot_key *keys, size_t count)
{
    vg_text_add(out, "<ul class=\"legend\">\n");
    for (size_t i = 0; i < count; i++)
        if (keys[i].name)
            add_key(out, &keys[i]);
    vg_text_add(out, "</ul>\n");
}
