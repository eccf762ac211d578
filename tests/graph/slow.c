#include <criterion/criterion.h>
#include <stdlib.h>

#include "graph/slow.h"

Test(slow, only_an_operator_and_a_percent_are_valid)
{
    cr_expect(vg_slow_valid("matmul:3"));
    cr_expect(vg_slow_valid("matmul:0.5"));
    cr_expect(vg_slow_valid("matmul:0"));
    static const char *const wrong[] = { "",          "matmul",     "matmul:",  ":3",
                                         "matmul:-3", "matmul:101", "matmul:3x" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(vg_slow_valid(wrong[i]), "%s", wrong[i]);
}

// In a build without the switch the variable does nothing.
Test(slow, acts_only_where_it_was_built_in)
{
    double percent;
    setenv("VISAGE_TEST_SLOW", "matmul:3", 1);
    cr_expect_eq(vg_slow_of("matmul", &percent), vg_slow_built());
    cr_expect_eq(vg_slow_text() != NULL, vg_slow_built());
    cr_expect_not(vg_slow_of("mat", &percent));
    cr_expect_not(vg_slow_of("matmul2", &percent));
    unsetenv("VISAGE_TEST_SLOW");
    cr_expect_not(vg_slow_of("matmul", &percent));
    cr_expect_null(vg_slow_text());
}

Test(slow, the_second_pass_is_a_part_of_the_longest_dimension)
{
    size_t pass[3];
    vg_slow_pass((size_t[]) { 6400, 10, 1 }, (size_t[]) { 64, 1, 1 }, 3, pass);
    cr_expect_eq(pass[0], 192, "3 of 100 groups of 64");
    cr_expect_eq(pass[1], 10);
    cr_expect_eq(pass[2], 1);
    vg_slow_pass((size_t[]) { 8, 200, 1 }, (size_t[]) { 8, 1, 1 }, 2, pass);
    cr_expect_eq(pass[0], 8);
    cr_expect_eq(pass[1], 4);
    vg_slow_pass((size_t[]) { 2, 1, 1 }, (size_t[]) { 1, 1, 1 }, 3, pass);
    cr_expect_eq(pass[0], 1, "at least one");
}
