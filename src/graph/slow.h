#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * A slowdown planted in one operator, so that a comparison can be tried on a known answer: a second
 * pass over a part of each of its launches, which computes again what is there already.
 *
 * Only in a build with -Dtest_switches=true, and only where VISAGE_TEST_SLOW=OPERATOR:PERCENT is
 * set.  The operator's programs get a parameter of their own, as those of changed code would, and
 * rows say that it was on (engaged.planted).  0 percent changes the programs and not their work: a
 * difference that is none, and looks like one.  It is meant for operators whose groups each do
 * their own part and whose launches may be repeated (matmul): not for those that add to a state.
 */

// "matmul:3" where the switch is on, NULL where it is off or not built in.
const char *vg_slow_text(void);
bool vg_slow_built(void);
bool vg_slow_valid(const char *text);   // OPERATOR:PERCENT, 0 to 100

// Whether op is the one, and by how many percent.
bool vg_slow_of(const char *op, double *percent);

// The size of the second pass: that part of the groups along the longest dimension, at least one.
void vg_slow_pass(const size_t global[3], const size_t local[3], double percent, size_t pass[3]);
