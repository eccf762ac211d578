#include <criterion/criterion.h>

#include "dev/dev.h"
#include "dev/tune.h"

// Where parameters come from, for a device that does not exist: cl/tune/cpu-8.tune is about
// processors without AVX-512, and about nothing else.

static bool rows_of(const char *type, int vector, int *rows)
{
    struct vg_dev *dev = vg_dev_dry(type);
    dev->info.vector = vector;
    const bool found = vg_tune_find(dev, "conv2d", "ROWS", rows);
    vg_dev_close(&dev);
    return found;
}

Test(tune, a_processor_with_short_registers_has_a_file_of_its_own)
{
    int rows = 0;
    cr_assert(rows_of("cpu", 8, &rows));
    cr_expect_eq(rows, 6, "12 sums, 2 vectors of B and one of A fill 16 registers of 8; found %d",
                 rows);
    cr_expect_not(rows_of("cpu", 16, &rows));
    cr_expect_not(rows_of("gpu", 8, &rows));
}

Test(tune, what_is_forced_comes_first_until_it_is_lifted)
{
    int rows = 0;
    vg_tune_force("conv2d", "ROWS", 12);
    cr_assert(rows_of("cpu", 8, &rows));
    cr_expect_eq(rows, 12);
    vg_tune_lift("conv2d", "ROWS");
    cr_assert(rows_of("cpu", 8, &rows));
    cr_expect_eq(rows, 6);
}

Test(tune, nothing_is_found_while_it_is_ignored)
{
    int rows = 0;
    vg_tune_ignore(true);
    cr_expect_not(rows_of("cpu", 8, &rows));
    vg_tune_ignore(false);
    cr_expect(rows_of("cpu", 8, &rows));
}
