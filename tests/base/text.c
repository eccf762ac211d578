#include <criterion/criterion.h>
#include <string.h>

#include "base/table.h"
#include "base/text.h"

Test(text, grows_by_what_is_added)
{
    struct vg_text t = { 0 };
    cr_expect_str_eq(vg_text_string(&t), "");
    for (int i = 0; i < 1000; i++)
        vg_text_add(&t, "%d,", i);
    // 10 of one digit, 90 of two, 900 of three, and as many commas.
    cr_expect_eq(t.length, 10 + 2 * 90 + 3 * 900 + 1000);
    cr_expect_eq(strlen(t.data), t.length);
    cr_expect_str_eq(t.data + t.length - 8, "998,999,");
    vg_text_finish(&t);
    cr_expect(!t.data && !t.length && !t.room);

    vg_text_add_bytes(&t, "abcd", 3);
    vg_text_add_bytes(&t, NULL, 0);
    vg_text_pad(&t, '.', 2);
    cr_expect_str_eq(vg_text_string(&t), "abc..");
    vg_text_finish(&t);
}

Test(text, width_counts_columns_of_a_terminal)
{
    cr_expect_eq(vg_text_width(""), 0);
    cr_expect_eq(vg_text_width("abc"), 3);
    cr_expect_eq(vg_text_width("\xc2\xb5s \xc3\x97"), 4);   // micro sign, times sign
    cr_expect_eq(vg_text_width("e\xcc\x81"), 1);            // e with a combining acute
    cr_expect_eq(vg_text_width("\xe9\xa1\x94"), 2);         // the ideograph of a face
    cr_expect_eq(vg_text_width("\xf0\x9f\x98\x80"), 2);     // an emoji
    cr_expect_eq(vg_text_width("\xff\xc2"), 2);             // no UTF-8: a byte, a column
}

Test(text, only_valid_sequences_have_a_code)
{
    static const struct {
        const char *bytes;
        size_t length;
        unsigned code;
    } known[] = {
        { "A", 1, 0x41 },
        { "\xc2\x80", 2, 0x80 },
        { "\xe0\xa0\x80", 3, 0x800 },
        { "\xef\xbf\xbf", 3, 0xffff },
        { "\xf0\x90\x80\x80", 4, 0x10000 },
        { "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
        { "\x80", 0, 0 },               // a continuation alone
        { "\xc2", 0, 0 },               // cut
        { "\xe0\x9f\xbf", 0, 0 },       // three bytes where two do
        { "\xc1\xbf", 0, 0 },           // two where one does
        { "\xf0\x8f\xbf\xbf", 0, 0 },   // four where three do
        { "\xed\xa0\x80", 0, 0 },       // half of a pair
        { "\xf4\x90\x80\x80", 0, 0 },   // beyond the last
        { "\xf5\x80\x80\x80", 0, 0 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned code = 0;
        cr_expect_eq(vg_text_code(known[i].bytes, &code), known[i].length, "sequence %zu", i);
        cr_expect_eq(code, known[i].code, "sequence %zu", i);
    }
}

Test(text, distances_of_known_pairs)
{
    cr_expect_eq(vg_text_distance("", ""), 0);
    cr_expect_eq(vg_text_distance("", "abc"), 3);
    cr_expect_eq(vg_text_distance("abc", ""), 3);
    cr_expect_eq(vg_text_distance("kitten", "sitting"), 3);   // k-s, e-i, +g
    cr_expect_eq(vg_text_distance("batch", "bach"), 1);
    cr_expect_eq(vg_text_distance("ab", "ba"), 2);
}

Test(text, the_nearest_name_is_suggested_if_any_is_near)
{
    static const char *const names[] = { "batch", "image", "arch", "lr" };
    cr_expect_str_eq(vg_text_nearest("bacth", (const char *const[]) { "batch" }, 1) ?: "none",
                     "none");   // a swap is two steps, and a third of five is one
    cr_expect_str_eq(vg_text_nearest("batchs", names, 4), "batch");
    cr_expect_str_eq(vg_text_nearest("imgae", (const char *const[]) { "imgage", "image" }, 2),
                     "imgage");
    cr_expect_str_eq(vg_text_nearest("ar", names, 4), "lr");
    cr_expect_null(vg_text_nearest("teacher", names, 4));
    cr_expect_null(vg_text_nearest("x", names, 0));
}

Test(table, columns_are_aligned_and_lines_have_no_blanks_at_the_end)
{
    struct vg_table *t = vg_table_create();
    struct vg_text out = { 0 };
    vg_table_column(t, "case", false);
    vg_table_column(t, "time", true);
    vg_table_column(t, "unit", false);
    vg_table_column(t, "note", false);
    vg_table_cell(t, "conv\t%d", 1);
    vg_table_cell(t, "%.1f", 12345.6);
    vg_table_cell(t, "\xc2\xb5s");
    vg_table_cell(t, "slow");
    vg_table_cell(t, "e\xcc\x81");
    vg_table_cell(t, "%d", 7);
    vg_table_cell(t, "ns");
    vg_table_cell(t, "%s", "");
    vg_table_cell(t, "cut");
    vg_table_print(t, &out);
    cr_expect_str_eq(vg_text_string(&out), "case       time  unit  note\n"
                                           "conv?1  12345.6  \xc2\xb5s    slow\n"
                                           "e\xcc\x81             7  ns\n"
                                           "cut\n");
    vg_text_finish(&out);
    vg_table_destroy(&t);
    cr_expect_null(t);
}
