#pragma once

#include "base/suite.h"
#include "graph/graph.h"

/**
 * One line of an operator's suite as inputs and attributes; used alike by tests, check, bench and
 * tuner.
 *
 *     conv2d   x=2x9x9x3 w=8x3x3x3 stride=2 pad=1   test
 *
 * The first word is the operator, key=4x5 a shape, key=number an attribute, a bare word a mark:
 * "test" is small enough for the reference, "bench" is timed.  A value that cannot be read poisons
 * the graph with the place of the line.
 */
struct vg_case {
    const char *where, *text, *op;
    const struct vg_line *line;
};

struct vg_case vg_case_of(const struct vg_suite_case *c);

bool vg_case_has(const struct vg_case *c, const char *key);
bool vg_case_marked(const struct vg_case *c, const char *mark);

// An input of the shape the case gives, wanting a gradient, filled with standard normal numbers
// unless ->init says otherwise.  Poisons the graph if the case has no such key.
struct vg_tensor *vg_case_input(struct vg_graph *g, const struct vg_case *c, const char *key);
// The same if the case has the key, else NULL.
struct vg_tensor *vg_case_optional(struct vg_graph *g, const struct vg_case *c, const char *key);
// Whole numbers, filled with 0 .. below-1.
struct vg_tensor *vg_case_input_i32(struct vg_graph *g, const struct vg_case *c, const char *key,
                                    int below);

int64_t vg_case_int(struct vg_graph *g, const struct vg_case *c, const char *key,
                    int64_t otherwise);
float vg_case_float(struct vg_graph *g, const struct vg_case *c, const char *key, float otherwise);
