#pragma once

#include "graph/graph.h"

// What graph.c, tensor.c and grad.c share of a graph's inside.

enum { MAX_SCOPES = 32 };

struct vg_graph {
    struct vg_arena *arena;
    uint64_t seed, draws;   // draws: of parameters, 0: seed
    int status;
    const char *error;
    const char *scope, *scope_stack[MAX_SCOPES];
    int scope_depth;
    bool frozen, eval;
    enum vg_dtype real;   // what VG_F32 is stored and computed as
    enum vg_pass pass;
    int batches;   // whose gradients are summed
    struct vg_tensor *placeholder, *step;
    struct vg_tensor **tensors;
    struct vg_node **nodes;
    int tensor_count, tensor_room, node_count, node_room;
};

struct vg_tensor *graph_tensor(struct vg_graph *g, enum vg_kind kind, enum vg_dtype dtype, int rank,
                               const int64_t *dim);
