#pragma once

#include "graph/graph.h"

/**
 * Scaled dot-product attention with several heads, without a score matrix in memory.
 *
 *     s[i][j] = <q[i], k[j]> / sqrt(d)         within one image and head, d = D / heads
 *     p[i]    = softmax(s[i]) over the keys
 *     y[i]    = sum_j m[i][j] p[i][j] v[j]     m = 0 or 1 / (1 - rate), dropout on p
 *
 * Shapes    q [N, Tq, D], k and v [N, Tk, D], y [N, Tq, D]; head h owns channels h d .. h d + d -
 *           1.
 * Packed    q, k and v may be one tensor [N, T, 3 D], the three beside one another in each row, as
 *           one projection to all of them makes it; its gradient is then one tensor too.
 * Dropout   m of ((n heads + h) Tq + i) Tk + j is drawn by cl/rng.cl from the graph's seed, the
 *           step input and the node's index as stream: kept where uniform >= rate.  Rate 0: no
 *           mask.
 * Gradient  dv[j] = sum_i m p dy[i];  ds = p (m <dy[i], v[j]> - <dy[i], y[i]>);
 *           dq[i] = sum_j ds k[j] / sqrt(d);  dk[j] = sum_i ds q[i] / sqrt(d).  The scores are
 *           computed again from what is kept: log(sum exp s[i]), one number an image, head, query.
 * Cost      forward 4 d + 4 flops a score, backward 8 d + 6; scores computed again do not count.
 * Errors    VG_ERR_SHAPE if shapes do not fit or heads does not divide D, VG_ERR_VALUE if the rate
 *           is not in [0, 1) or there are 2^32 scores to mask.
 * Source    Vaswani et al., "Attention is all you need", NeurIPS 2017, equation 1; running maximum:
 *           Milakov, Gimelshein, arXiv 1805.02867; recomputing backward: Dao et al., arXiv
 *           2205.14135.
 */
struct vg_tensor *vg_attention(struct vg_graph *g, struct vg_tensor *q, struct vg_tensor *k,
                               struct vg_tensor *v, int heads, double dropout_rate);
struct vg_tensor *vg_attention_packed(struct vg_graph *g, struct vg_tensor *qkv, int heads,
                                      double dropout_rate);

extern const struct vg_op vg_op_attention;
