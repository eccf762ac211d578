#include <criterion/criterion.h>

#include "base/comm.h"
#include "base/err.h"

Test(comm, a_single_rank_keeps_what_it_has)
{
    float f[3] = { 1, 2, 3 };
    double d[1] = { 4 };
    char one[2] = { 5, 6 }, all[3] = { 0, 0, 7 };
    struct vg_comm *c = vg_comm_create();
    cr_assert_eq(vg_comm_size(c), 1);
    cr_assert_eq(vg_comm_rank(c), 0);
    cr_expect_eq(vg_comm_barrier(c), VG_OK);
    cr_expect_eq(vg_comm_sum_floats(c, f, 3), VG_OK);
    cr_expect_eq(vg_comm_sum_doubles(c, d, 1), VG_OK);
    cr_expect_eq(vg_comm_broadcast(c, 0, one, 2), VG_OK);
    cr_expect_eq(vg_comm_gather(c, one, 2, all), VG_OK);
    cr_expect_arr_eq(f, ((float[]) { 1, 2, 3 }), sizeof f);
    cr_expect_eq(d[0], 4);
    cr_expect_arr_eq(one, ((char[]) { 5, 6 }), 2);
    cr_expect_arr_eq(all, ((char[]) { 5, 6, 7 }), 3);
    vg_comm_destroy(&c);
    cr_expect_null(c);
    vg_comm_destroy(&c);
}
