#include <criterion/criterion.h>

#include "bench/ceiling.h"
#include "dev/gemm.h"
#include "dev/buf.h"
#include "dev/probe.h"

Test(ceiling, percent_is_the_longer_of_arithmetic_and_memory)
{
    const struct vg_ceiling c = { .gflops = 10, .gbps = 5 };
    cr_expect_float_eq(vg_ceiling_percent(&c, 1000, 100, 200), 50, 1e-12);   // 100 ns, 20 ns
    cr_expect_float_eq(vg_ceiling_percent(&c, 100, 1000, 400), 50, 1e-12);   // 10 ns, 200 ns
}

Test(probe, sums_come_out_right_and_the_clock_steps)
{
    struct vg_dev *dev;
    struct vg_probe p;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_assert_eq(vg_probe(dev, &p), VG_OK, "%s", vg_error());
    cr_expect(p.sums, "%s", p.sums_message);
    cr_expect_gt(p.launch_ns, 0);
    cr_expect_gt(p.timer_step_ns, 0);
    cr_expect_eq(dev->count.bytes, 0, "all buffers are given back");
    vg_dev_close(&dev);
}

// Rows against columns where m, n and k differ, so that no transposition can hide.
Test(gemm, gives_the_product)
{
    enum { M = 2, N = 3, K = 4 };
    struct vg_dev *dev;
    if (!vg_gemm_here())
        cr_skip("built without CLBlast");
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    float a[M][K], bt[N][K], c[M][N];
    for (int k = 0; k < K; k++) {
        for (int i = 0; i < M; i++)
            a[i][k] = (float) (i + 2 * k);
        for (int j = 0; j < N; j++)
            bt[j][k] = (float) (3 * j - k);
    }
    cl_mem am, bm, cm;
    double ns = 0;
    cr_assert_eq(vg_buf_create(dev, sizeof a, &am), VG_OK);
    cr_assert_eq(vg_buf_create(dev, sizeof bt, &bm), VG_OK);
    cr_assert_eq(vg_buf_create(dev, sizeof c, &cm), VG_OK);
    cr_assert_eq(vg_buf_write(dev, am, 0, sizeof a, a), VG_OK);
    cr_assert_eq(vg_buf_write(dev, bm, 0, sizeof bt, bt), VG_OK);
    const struct vg_gemm g = { .trans_b = true, .m = M, .n = N, .k = K, .alpha = 1 };
    cr_assert_eq(vg_gemm(dev, &g, am, bm, cm, &ns), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_buf_read(dev, cm, 0, sizeof c, c), VG_OK);
    cr_expect_gt(ns, 0);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            float want = 0;   // whole numbers: exact in float
            for (int k = 0; k < K; k++)
                want += a[i][k] * bt[j][k];
            cr_expect_float_eq(c[i][j], want, 0, "c[%d][%d]", i, j);
        }
    vg_buf_destroy(dev, &am, sizeof a);
    vg_buf_destroy(dev, &bm, sizeof bt);
    vg_buf_destroy(dev, &cm, sizeof c);
    vg_dev_close(&dev);
}
