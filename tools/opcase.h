#pragma once

#include "base/suite.h"
#include "graph/case.h"
#include "graph/plan.h"

/**
 * A line of an operator's suite as something to run: what check, bench, tune and ops share.
 */
enum { OPCASE_MOST = 32 };

struct opcase {
    struct vg_graph *g;
    struct vg_plan *plan;
    struct vg_tensor *in[OPCASE_MOST];    // what is drawn: inputs, states, dy
    struct vg_tensor *out[OPCASE_MOST];   // what is compared: outputs, then gradients, then states
    const char *out_name[OPCASE_MOST];
    int ins, outs;
};

// By the operator's name, in the order of meson's list; ends with NULL.
extern const struct vg_op *const opcase_ops[];

// NULL matches all, "op/NAME" one operator, anything else is a part of a name.
bool opcase_matches(const char *op, const char *pattern);
// VG_ERR_USAGE, with the names there are, if the pattern matches no operator.
int opcase_pattern(const char *pattern);

// The suite op/NAME; a line of another operator is refused.
int opcase_suite(struct vg_suite **s, const char *op);

// Elements of the tensors that a line names: how large a case is.  0 if it cannot be read.
int64_t opcase_elems(const struct vg_case *c);

/**
 * The tape of a line, forward and backward, and its plan on dev.  The gradient arrives at the first
 * output.  Inputs are filled by opcase_fill, the same numbers for the same seed.
 */
int opcase_create(struct opcase *o, const struct vg_op *op, const struct vg_case *c,
                  struct vg_dev *dev);
void opcase_finish(struct opcase *o);
int opcase_fill(struct opcase *o, uint64_t seed);

// What the step left in o->out: copies of each, free() every one; sizes are vg_elems.
int opcase_read(struct opcase *o, void *values[OPCASE_MOST]);

// VG_ERR_VALUE naming the tensor, unless all numbers are finite.
int opcase_finite(const struct opcase *o, void *const values[OPCASE_MOST]);

/**
 * VG_ERR_VALUE naming the tensor, unless b is what another choice of parameters may give where a
 * was computed: both gather a rounding for each of the terms of an element, in another order.  So
 * they may part by 2 * 8 FLT_EPSILON sqrt(terms) of the tensor's largest value, where terms is a
 * half of the floating-point operations of the costliest node for each element of its smallest
 * output.  `worst`, unless NULL, gets the largest deviation as a part of that.
 */
int opcase_same(const struct opcase *o, void *const a[OPCASE_MOST], void *const b[OPCASE_MOST],
                double *worst);
