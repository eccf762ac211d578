#include "report/html.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

// ---- text ---------------------------------------------------------------------------------------

static const char *entity(unsigned code)
{
    switch (code) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

// Characters without a shape of their own that move or hide others.
static bool acts(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

void vg_html_text(struct vg_text *out, const char *s)
{
    while (*s) {
        unsigned code;
        const size_t length = vg_text_code(s, &code);
        const char *name = length ? entity(code) : "\xef\xbf\xbd";
        if (name)
            vg_text_add(out, "%s", name);
        else if (acts(code))
            vg_text_add(out, "\\u%04x", code);
        else
            vg_text_add_bytes(out, s, length);
        s += length ? length : 1;
    }
}

void vg_html_name(struct vg_text *out, const char *s)
{
    bool plain = true;
    for (const char *c = s; *c; c++)
        plain &= isascii((unsigned char) *c);
    vg_text_add(out, "%s", plain ? "" : "<bdi>");
    vg_html_text(out, s);
    vg_text_add(out, "%s", plain ? "" : "</bdi>");
}

void vg_html_id(char id[VG_HTML_ID], const char *prefix, const char *s, const char *key)
{
    enum { MOST = 24, DIGITS = 8 };
    char digest[VG_SHA256_TEXT], shown[MOST + 1];
    size_t n = 0;
    for (const char *c = s; *c && n < MOST; c++) {
        const bool plain = isascii((unsigned char) *c) && isalnum((unsigned char) *c);
        if (plain || (n > 0 && shown[n - 1] != '-'))
            shown[n++] = plain ? (char) tolower((unsigned char) *c) : '-';
    }
    while (n > 0 && shown[n - 1] == '-')
        n--;
    shown[n] = 0;
    vg_sha256_text(key, strlen(key), digest);
    snprintf(id, VG_HTML_ID, "%.8s-%s%s%.*s", prefix, shown, n > 0 ? "-" : "", DIGITS, digest);
}

// ---- pictures -----------------------------------------------------------------------------------

void vg_html_data_uri(struct vg_text *out, const char *type, const void *data, size_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = data;
    vg_text_add(out, "data:%s;base64,", type);
    for (size_t i = 0; i < bytes; i += 3) {
        const size_t left = bytes - i;
        const uint32_t three = (uint32_t) b[i] << 16 | (left > 1 ? (uint32_t) b[i + 1] << 8 : 0) |
                               (left > 2 ? b[i + 2] : 0);
        const char four[4] = { digits[three >> 18], digits[three >> 12 & 63],
                               left > 1 ? digits[three >> 6 & 63] : '=',
                               left > 2 ? digits[three & 63] : '=' };
        vg_text_add_bytes(out, four, sizeof four);
    }
}

// ---- quantities ---------------------------------------------------------------------------------

const char *vg_html_number(char text[VG_HTML_NUMBER], double value, int digits)
{
    if (!isfinite(value)) {
        snprintf(text, VG_HTML_NUMBER, "missing");
        return text;
    }
    const double size = fabs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e15)) {
        snprintf(text, VG_HTML_NUMBER, "%.*g", digits, value);
        return text;
    }
    // The exponent of what is left after rounding: 999.9 has four digits before the point.
    snprintf(text, VG_HTML_NUMBER, "%.*e", digits - 1, value);
    const int decimals = size == 0 ? 0 : digits - 1 - atoi(strchr(text, 'e') + 1);
    snprintf(text, VG_HTML_NUMBER, "%.*f", decimals > 0 ? decimals : 0, value);
    return text;
}

struct step {
    double factor;
    const char *unit;
};

static const struct step times[] = {
    { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "\u00b5s" }, { 1, "ns" }, { 0, NULL }
};
static const struct step sizes[] = {
    { 0x1p40, "TiB" }, { 0x1p30, "GiB" }, { 0x1p20, "MiB" },
    { 0x1p10, "KiB" }, { 1, "bytes" },    { 0, NULL },
};

const char *vg_html_unit(double value, const char *unit, double *factor)
{
    const struct step *s = !strcmp(unit, "ns") ? times : !strcmp(unit, "bytes") ? sizes : NULL;
    *factor = 1;
    if (!s || !isfinite(value))
        return unit;
    while (s[1].unit && fabs(value) < s->factor * 0.9995)
        s++;
    *factor = s->factor;
    return s->unit;
}

const char *vg_html_quantity(char text[VG_HTML_NUMBER], double value, const char *unit)
{
    double factor;
    char number[VG_HTML_NUMBER];
    const char *shown = vg_html_unit(value, unit, &factor);
    if (!shown[0] && value == floor(value) && fabs(value) < 1e6)
        snprintf(number, sizeof number, "%.0f", value);   // a count
    else
        vg_html_number(number, value / factor, 3);
    snprintf(text, VG_HTML_NUMBER, isfinite(value) && shown[0] ? "%.36s\u00a0%.24s" : "%.36s",
             number, shown);
    return text;
}
