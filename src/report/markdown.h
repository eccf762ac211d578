#pragma once

struct vg_text;

// Text that means itself, whatever is in it.
void vg_markdown_text(struct vg_text *out, const char *text);

// A cell of a Markdown table and the bar behind it; NULL is an empty one.  Numbers have four
// digits that count, NAN is empty.
void vg_markdown_cell(struct vg_text *out, const char *text);
void vg_markdown_number(struct vg_text *out, double value);
