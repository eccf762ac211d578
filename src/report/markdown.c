#include "report/markdown.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

// What Markdown or the HTML below it would take for its own; a line feed would end the row.
static void add_char(struct vg_text *out, char c)
{
    if ((unsigned char) c < 0x20 || c == 0x7f)
        vg_text_add(out, " ");
    else if (c == '<')
        vg_text_add(out, "&lt;");
    else if (c == '&')
        vg_text_add(out, "&amp;");
    else
        vg_text_add(out, "%s%c", strchr("\\`*_[]|~", c) ? "\\" : "", c);
}

void vg_markdown_text(struct vg_text *out, const char *text)
{
    for (; *text; text++)
        add_char(out, *text);
}

void vg_markdown_cell(struct vg_text *out, const char *text)
{
    vg_text_add(out, " ");
    vg_markdown_text(out, text ? text : "");
    vg_text_add(out, " |");
}

void vg_markdown_number(struct vg_text *out, double value)
{
    if (isnan(value))
        vg_text_add(out, " |");
    else
        vg_text_add(out, " %.4g |", value);
}
