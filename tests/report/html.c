#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "report/html.h"

static void expect_text(const char *given, const char *wanted)
{
    struct vg_text t = { 0 };
    vg_html_text(&t, given);
    cr_expect_str_eq(vg_text_string(&t), wanted);
    vg_text_finish(&t);
}

Test(html, text_stays_text)
{
    expect_text("<script>alert(\"1\")</script> & 'x'",
                "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;");
    expect_text("", "");
    expect_text("caf\u00e9 \u6f22\u5b57 \U0001F600", "caf\u00e9 \u6f22\u5b57 \U0001F600");
}

Test(html, what_acts_is_shown_by_its_code)
{
    expect_text("a\nb\tc\r\x7f", "a\\u000ab\\u0009c\\u000d\\u007f");
    expect_text("\u202eevil\u202c \u2066x\u2069 \u2028",
                "\\u202eevil\\u202c \\u2066x\\u2069 \\u2028");
    expect_text("\xc2\x85\ufeff\uffff", "\\u0085\\ufeff\\uffff");
}

Test(html, bytes_that_are_not_utf8_are_replaced)
{
    expect_text("a\xff"
                "b\xc3",
                "a\ufffd"
                "b\ufffd");
}

Test(html, ids_differ_and_are_plain)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    static const char *const names[] = {
        "gelu x=3x5: forward",    "gelu x=3x5; forward", "\u6f22\"><script>", "", "   ",
        "a very long name indeed"
    };
    enum { NAMES = sizeof names / sizeof *names };
    char id[NAMES][VG_HTML_ID];
    for (int i = 0; i < NAMES; i++) {
        vg_html_id(id[i], "case", names[i], names[i]);
        cr_expect_eq(strspn(id[i], plain), strlen(id[i]), "%s", id[i]);
        cr_expect_eq(strncmp(id[i], "case-", 5), 0);
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(id[i], id[k]);
    }
    cr_expect_eq(strncmp(id[0], "case-gelu-x-3x5-forward-", 24), 0, "%s", id[0]);
}

// RFC 4648, section 10.
Test(html, base64)
{
    static const char *const known[][2] = {
        { "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
        { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "foobar", "Zm9vYmFy" }
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct vg_text t = { 0 };
        vg_html_data_uri(&t, "image/png", known[i][0], strlen(known[i][0]));
        cr_expect_str_eq(vg_text_string(&t) + strlen("data:image/png;base64,"), known[i][1]);
        vg_text_finish(&t);
    }
}

static void expect_quantity(double value, const char *unit, const char *wanted)
{
    char text[VG_HTML_NUMBER];
    cr_expect_str_eq(vg_html_quantity(text, value, unit), wanted);
}

Test(html, quantities)
{
    expect_quantity(12500, "ns", "12.5\u00a0\u00b5s");
    expect_quantity(999.9, "ns", "1.00\u00a0\u00b5s");
    expect_quantity(3, "ns", "3.00\u00a0ns");
    expect_quantity(2.5e9, "ns", "2.50\u00a0s");
    expect_quantity(1536, "bytes", "1.50\u00a0KiB");
    expect_quantity(0, "bytes", "0\u00a0bytes");
    expect_quantity(117.4, "GFLOP/s", "117\u00a0GFLOP/s");
    expect_quantity(0.5, "", "0.500");
    expect_quantity(12345, "", "12345");
    expect_quantity(-0.0123, "", "-0.0123");
    expect_quantity(1e-9, "", "1e-09");
    expect_quantity(NAN, "ns", "missing");
    expect_quantity(INFINITY, "", "missing");
}
