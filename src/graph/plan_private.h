#pragma once

#include "graph/plan.h"

// What plan.c and run.c share of a plan's inside.

struct slab {
    cl_mem *buf;
    int count;
    size_t piece;   // bytes of each but the last
};

struct window {
    enum vg_kind kind;
    int piece;
    size_t offset, bytes;
    cl_mem mem;
};

struct table {
    cl_mem mem;
    size_t bytes;
};

struct launch {
    cl_kernel kernel;
    struct vg_plan_step step;
};

struct vg_plan {
    struct vg_graph *graph;
    struct vg_dev *dev;
    struct vg_arena *arena;
    struct vg_memory *memory;
    struct slab slab[VG_KINDS];
    struct window *window;
    struct table *table;
    struct launch *launch;
    int window_count, window_room, table_count, launch_count, launch_room;
    size_t group_limit;   // of the node being emitted
    bool again;           // it must be emitted anew, with smaller groups
};
