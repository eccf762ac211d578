#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dev/dev.h"
#include "graph/case.h"

/**
 * What an operator means, in plain loops and double precision, and the three questions every
 * operator is asked: does the device agree with the reference, is the reference's gradient its
 * slope, are wrong inputs refused by name.  tests/op/<op>.c holds one struct oracle; the tests and
 * `visage check` ask.
 */

// A tensor of one trial.  The reference sets terms, how many roundings an element gathers (the
// length of its sum, a few more for a quotient or an exponential): the device may be off by
// 8 FLT_EPSILON sqrt(terms) of the tensor's largest value (of `scale` where the reference sets it,
// because terms larger than the result cancel in it).
struct array {
    const char *name;
    int rank;
    int64_t dim[VG_MAX_RANK], elems;
    double *v;
    double terms, scale;
};

enum { MAX_ARRAYS = 16 };

struct trial {
    struct vg_graph *g;
    const struct vg_case *c;
    struct vg_tensor *in_t[MAX_ARRAYS], *out_t[MAX_ARRAYS];
    int ins, outs;
    // Inputs and states before the step; whole numbers as doubles.
    struct array in[MAX_ARRAYS];
    // What the operator returns, then states after the step and kept tensors by name.  The
    // reference fills every one.
    struct array out[MAX_ARRAYS];
    struct array dy;                // what arrives at out[0]
    struct array din[MAX_ARRAYS];   // what the reference fills: the gradient of in[i]; v is NULL
                                    // where the input has none
};

typedef void reference_fn(struct trial *t);

struct oracle {
    const struct vg_op *op;
    reference_fn *reference;
    const char *slopes[12];   // case lines, small; without kinks within 1e-4 of the inputs drawn
    struct {
        const char *line, *message;
    } refusals[16];
};

// By name; ends the program if there is none, since that is a mistake in the reference.
struct array *trial_in(struct trial *t, const char *name);
bool trial_has(const struct trial *t, const char *name);
struct array *trial_out(struct trial *t, const char *name);
struct array *trial_din(struct trial *t, const char *name);   // NULL where no gradient is wanted
double trial_number(const struct trial *t, const char *key, double otherwise);

struct verdict {
    bool passed;
    char worst[64];   // which tensor, "y" or "dx"
    double error, allowed;
    char message[512];   // what is wrong, "" if nothing
};

// Builds the case, runs it forward and backward on the device, twice, and compares.
int oracle_agrees(const struct oracle *o, const struct vg_case *c, struct vg_dev *dev,
                  uint64_t seed, struct verdict *v);
int oracle_slope(const struct oracle *o, const char *line, struct verdict *v);
int oracle_refuses(const char *line, const char *message, const struct oracle *o,
                   struct verdict *v);

// Every operator's, in the order of meson's list; ends with NULL.
extern const struct oracle *const oracles[];
