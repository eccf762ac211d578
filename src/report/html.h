#pragma once

#include <stddef.h>

#include "base/text.h"

/**
 * What a page is made of: text that stays text whatever it says, names for link targets, pictures
 * within the page, and quantities as people write them.  All append to a vg_text.
 */

/**
 * Text for an element or a quoted attribute.  & < > " ' become entities; control characters and
 * those that change the direction or the line (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to
 * U+2069) are shown by code, "\u202e"; a byte that is not UTF-8 becomes U+FFFD.  So nothing in it
 * ends an element, an attribute or a line, or turns round what stands beside it.
 */
void vg_html_text(struct vg_text *out, const char *s);

// The same, within <bdi> if it is not ASCII: a name in a right-to-left script leaves what is around
// it as it is.
void vg_html_name(struct vg_text *out, const char *s);

// A name for an id or a fragment: the prefix, the text's letters and digits in lower case, the rest
// '-', at most 24 of them, and 8 digits of the key's SHA-256: other keys have other ids.
enum { VG_HTML_ID = 48 };
void vg_html_id(char id[VG_HTML_ID], const char *prefix, const char *s, const char *key);

// "data:<type>;base64,..." (RFC 2397, RFC 4648 section 4).
void vg_html_data_uri(struct vg_text *out, const char *type, const void *data, size_t bytes);

/**
 * Quantities with three or four digits that count and a unit of fitting size; "missing" where the
 * value is not finite.  The units are those of the rows:
 *
 *     ns   12.5 us, 1.20 s         bytes  1.50 GiB           op/byte, MHz, W ...  as they are
 *
 * Whole numbers without a unit, up to a million, are counts and have all their digits.
 */
enum { VG_HTML_NUMBER = 64 };
const char *vg_html_quantity(char text[VG_HTML_NUMBER], double value, const char *unit);

// The unit such a quantity is written in and how many of the row's units it is.
const char *vg_html_unit(double value, const char *unit, double *factor);

// Up to `digits` digits that count, without an exponent between 1e-4 and 1e15, "1.2e-7" beyond.
const char *vg_html_number(char text[VG_HTML_NUMBER], double value, int digits);
