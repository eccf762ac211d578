// Tables of positions on another grid against PyTorch: interpolate(size, mode="bicubic",
// align_corners=False) of its version 2.15 in double precision.

#include "net/position_table.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

enum { MOST = 128 };

// The class token's row is -7, the patch at (y, x) holds ((7 y + 3 x + 5 d) mod 11) / 4 - 1.
static void fill(float *table, int grid, int width)
{
    for (int d = 0; d < width; d++)
        *table++ = -7;
    for (int y = 0; y < grid; y++)
        for (int x = 0; x < grid; x++)
            for (int d = 0; d < width; d++)
                *table++ = (float) ((7 * y + 3 * x + 5 * d) % 11) / 4 - 1;
}

static const struct {
    int from, to, width;
    double want[32];
} cases[] = {
    { 3,
      4,
      1,
      { -1.1794433594, -0.7499571443, 0.0481797457, 0.6397783160, 0.1754150391, 0.8530324101,
        0.5891679525, -0.4260205626, 0.5280761719, 1.2056935430, 0.9418290854, -0.0733594298,
        -0.3756103516, 0.0538758636, 0.8520127535, 1.4436113238 } },
    { 4,
      3,
      1,
      { -0.6291825408, 0.1678331163, 1.0146916393, 0.4099663628, 0.9936523438, -0.3964391638,
        0.9872380428, -0.1543059172, 0.7011876152 } },
    { 2, 5, 1, { -1.2756250000, -1.1314375000, -0.8179375000, -0.5044375000, -0.3602500000,
                 -0.9391875000, -0.7950000000, -0.4815000000, -0.1680000000, -0.0238125000,
                 -0.2076875000, -0.0635000000, 0.2500000000,  0.5635000000,  0.7076875000,
                 0.5238125000,  0.6680000000,  0.9815000000,  1.2950000000,  1.4391875000,
                 0.8602500000,  1.0044375000,  1.3179375000,  1.6314375000,  1.7756250000 } },
    { 5,
      2,
      2,
      { 1.2148780823, 0.0830078125, 0.7204856873, 0.9104080200, 0.1553039551, 0.3932723999,
        0.6900215149, -0.3560371399 } },
};

// Ten decimals, and one rounding to single precision.
Test(position_table, another_grid_is_what_pytorch_makes_of_it)
{
    float in[MOST], out[MOST];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const int to = cases[c].to, width = cases[c].width;
        fill(in, cases[c].from, width);
        vg_position_table_resize(in, cases[c].from, to, width, out);
        for (int d = 0; d < width; d++)
            cr_expect_eq(out[d], -7, "the class token's row is copied");
        for (int i = 0; i < to * to * width; i++) {
            const double want = cases[c].want[i];
            cr_expect_leq(fabs(out[width + i] - want), 1e-10 + FLT_EPSILON / 2 * fabs(want),
                          "%d to %d, value %d: %.10f, wanted %.10f", cases[c].from, to, i,
                          out[width + i], want);
        }
    }
}

Test(position_table, the_same_grid_is_the_same_table)
{
    float in[MOST], out[MOST];
    fill(in, 5, 3);
    vg_position_table_resize(in, 5, 5, 3, out);
    cr_expect_arr_eq(out, in, 26 * 3 * sizeof *in);
}

Test(position_table, rows_that_are_no_square_and_one_have_no_grid)
{
    static const int64_t rows[] = { 0, 1, 2, 3, 5, 10, 16, 17, 197, 196 };
    static const int grids[] = { 0, 0, 1, 0, 2, 3, 0, 4, 14, 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(vg_position_table_grid(rows[i]), grids[i], "%d rows", (int) rows[i]);
}
