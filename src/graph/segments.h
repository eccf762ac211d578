#pragma once

#include "graph/plan.h"

/**
 * Passes over many tensors at once: optimisers, moving averages.
 *
 * A segment is one tensor, seen in up to three places that have its shape: a parameter, which
 * stands for its gradient too (the slabs of both are laid out alike), and the states that go with
 * it. Segments are cut into chunks of at most VG_CHUNK elements, and a kernel gets whole slabs and
 * the table of chunks, one work-group a chunk: so a step over hundreds of tensors is one launch,
 * and no tensor is too large or too small for it.
 *
 * A chunk's length is rounded up to whole vectors of VG_CHUNK_WIDE: tensors of a slab start at
 * multiples of 64 bytes or more (dev/dev.c sees to it),
 * and what lies between them starts as zero and stays zero under any update of the form
 * f(0, 0, ..) = 0.
 */
enum { VG_CHUNK = 16384, VG_CHUNK_WIDE = 16, VG_SEGMENT_PLACES = 3 };

// Of every kernel over chunks: a CPU walks one alone in whole vectors, a GPU shares it out.
// clang-format off
#define VG_SEGMENT_TUNABLES                                                                        \
    { { "WG", 1, 256, { 1, 4, 64, 128, 256 } }, { "WIDE", 16, 4, { 4, 8, 16 } } }
// clang-format on

struct vg_segment {
    const struct vg_tensor *at[VG_SEGMENT_PLACES];   // NULL where not used
    int flags;                                       // of the operator's own meaning
    double decay, rate;                              // handed to the kernel as they are
};

struct vg_segments {
    struct vg_segment *list;
    int count;
};

// Every parameter that vg_graph_backward has given a gradient, rate 1; belongs to the graph.
struct vg_segments vg_segments_trained(struct vg_graph *g);

// A state for each segment at `place`: zero at first, named "<prefix>.<name of the parameter>".
void vg_segments_add_state(struct vg_graph *g, struct vg_segments *s, int place,
                           const char *prefix);

int64_t vg_segments_elems(const struct vg_segments *s);
int64_t vg_segments_chunks(const struct vg_segments *s);

// Uploads the tables for cl/segments.cl: chunks, and the first chunk and number of chunks of every
// segment.  VG_ERR_UNSUPPORTED where an offset does not fit 31 bits.
int vg_segments_tables(struct vg_plan *p, const struct vg_segments *s, int *chunks, int *segments);
