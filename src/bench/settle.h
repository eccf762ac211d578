#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * Whether more samples would show anything new: the entropy of their histogram has settled.
 *
 *     H_n = log2(n) - sum over bins of c log2(c) / n     bits, after n samples
 *
 * A straight line through the last 299 entropies (or all, at least 10) rises or falls by no more
 * than tan(0.048 degrees) bits a sample, and explains at least 0.36 of what they vary by, unless
 * they stay within 0.02 bits (root mean square) of their mean, which is flat however they scatter.
 * Bins are of a fixed width: times of a fine clock are all different, and their exact values never
 * settle.
 *
 * Source: nvbench's criterion "entropy", whose defaults are max-angle 0.048 and min-r2 0.36; its
 * clock is so coarse that it needs no bins, and it has no exception for the calm.
 */
struct vg_settle;

struct vg_settle *vg_settle_create(double bin);   // bin > 0, in units of the samples
void vg_settle_destroy(struct vg_settle **s);

void vg_settle_add(struct vg_settle *s, double x);
bool vg_settle_done(const struct vg_settle *s);
double vg_settle_entropy(const struct vg_settle *s);   // H_n, 0 before the first
