#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dtype.h"
#include "base/err.h"

/**
 * The tape: tensors, nodes, parameters by name, the sticky error.
 *
 * A net is built once, as a flat list of operator nodes; vg_graph_backward() appends the backward
 * nodes and an optimiser its own.  Nothing here needs a device.  The first wrong model (shapes,
 * values) poisons the graph: its message stays, every later operator returns a placeholder, and
 * vg_plan_create() reports it, so model code has no checks between its lines.
 */

enum { VG_MAX_RANK = 5, VG_MAX_IN = 16, VG_MAX_OUT = 8 };

enum vg_kind {
    VG_PARAM,   // trained by the optimiser
    VG_GRAD,    // the gradient of a parameter
    VG_STATE,   // written in place across steps: statistics, momenta, a moving average
    VG_INPUT,   // written by the host: batches, scalars, constants
    VG_TEMP,    // lives within a step, shares memory
    VG_KINDS,
};

struct vg_graph;
struct vg_node;
struct vg_plan;
struct vg_case;

// How a parameter or state starts.
enum vg_init_how {
    VG_INIT_CONST,
    VG_INIT_NORMAL,
    VG_INIT_UNIFORM,
    VG_INIT_POSITIVE,   // (0, scale): probabilities, variances in the cases of operators
    VG_INIT_TABLE,      // the numbers of `table`
};

struct vg_init {
    enum vg_init_how how;
    double scale;       // the constant, the standard deviation, or the bound of U(-scale, scale)
    const char *twin;   // draws the numbers that the tensor of this full name draws; NULL: its own
    const float *table;   // outlives the graph, as vg_graph_copy's does
    uint64_t seed;        // set by the graph, see vg_graph_draws
};

struct vg_tensor {
    const char *name;   // full name; NULL for a temporary
    enum vg_kind kind;
    enum vg_dtype dtype;   // VG_F32 (VG_F64 in a graph of such) or VG_I32
    int rank;
    int64_t dim[VG_MAX_RANK];   // the last is contiguous
    int index;                  // in the graph's list
    bool needs_grad;
    bool keep;                     // its value can be read after a step
    struct vg_tensor *base;        // a view: the tensor whose memory it is; NULL: its own
    struct vg_tensor *grad;        // what vg_grad_add has gathered so far
    struct vg_tensor *grad_slot;   // parameters: the VG_GRAD tensor the gradient ends in
    struct vg_tensor *second;      // parameters: what waits to be added there (graph/grad_join.h)
    bool is_weight;                // made by vg_param, trained or frozen
    bool is_grad;                  // it is the gradient of an activation
    struct vg_init init;
    const void *data;   // constants: what the plan uploads
    // A parameter's shape in checkpoints, where it differs: OIHW kernels, trailing ones.
    int file_rank;
    int64_t file_dim[VG_MAX_RANK];
    bool file_oihw;   // stored [O][I][H][W] in files, [O][H][W][I] here
};

struct vg_cost {
    double flops;   // exact: a multiply-add is two
    double bytes;   // least traffic: every operand moved once
};

struct vg_tunable {
    const char *name;
    int cpu, gpu;        // the value before any tuning, by the device's type
    int candidates[8];   // what the tuner tries; 0 ends the list
};

struct vg_source {
    const char *parts[6];            // .cl files joined in this order, without the suffix
    struct vg_tunable tunables[8];   // an entry without a name ends the list
};

struct vg_op {
    const char *name;
    const struct vg_source *source;
    int (*infer)(struct vg_graph *g, struct vg_node *n);        // check inputs, make outputs
    int (*emit)(struct vg_plan *p, const struct vg_node *n);    // append launches
    int (*grad)(struct vg_graph *g, const struct vg_node *n);   // append backward nodes
    struct vg_cost (*cost)(const struct vg_node *n);            // exact flops, least bytes
    struct vg_tensor *(*from_case)(struct vg_graph *g, const struct vg_case *c);
    int in_place;   // 1 + the input whose memory output 0 may take over if nobody reads it later
    // What a node decided, where it decides by comparing: an output that is zero or not (a
    // rectifier) or says which (a pooling).  NULL: its operator is smooth, or this node is.
    struct vg_tensor *(*decision)(const struct vg_node *n);
    bool by_sign;   // an optimiser whose first steps hang on a gradient's sign, not on its size
};

// Of a step; what is to be done once before the batches of an accumulated one is VG_PREPARE.
enum vg_pass { VG_FORWARD, VG_BACKWARD, VG_UPDATE, VG_PREPARE, VG_PASSES };

struct vg_node {
    const struct vg_op *op;
    const void *attr;
    const char *scope;   // where in the model: "online_net.backbone.layer1.0"
    enum vg_pass pass;
    int index;
    int ins, outs;   // one more than the last that is not NULL; any may be NULL between
    struct vg_tensor *in[VG_MAX_IN], *out[VG_MAX_OUT];
};

struct vg_node_desc {
    const struct vg_op *op;
    struct vg_tensor *in[VG_MAX_IN];
    const void *attr;   // copied
    size_t attr_bytes;
};

#define VG_ATTR(value) .attr = &(value), .attr_bytes = sizeof(value)

struct vg_graph *vg_graph_create(uint64_t seed);   // seed: parameters, dropout
void vg_graph_destroy(struct vg_graph **g);
uint64_t vg_graph_seed(const struct vg_graph *g);

int vg_graph_status(const struct vg_graph *g);          // VG_OK or the code that poisoned it
const char *vg_graph_error(const struct vg_graph *g);   // its message, "" if none
int vg_graph_poison(struct vg_graph *g, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define VG_REQUIRE(g, cond, code, ...)                                                             \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return vg_graph_poison(g, code, __VA_ARGS__);                                          \
    } while (0)

// ---- scope: prefixes of names ------------------------------------------------------------------

void vg_scope_push(struct vg_graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vg_scope_pop(struct vg_graph *g);
const char *vg_graph_scope(const struct vg_graph *g);   // "online_net.backbone"; the graph's

/**
 * What real numbers are stored and computed as, VG_F32 unless said otherwise before the first node:
 * VG_F64 runs the same kernels with double for float, on a device that has it, for a replay whose
 * rounding is beyond doubt.  The host reads and writes float either way.
 */
void vg_graph_real(struct vg_graph *g, enum vg_dtype real);
enum vg_dtype vg_graph_real_of(const struct vg_graph *g);

// Parameters made from now on are frozen: VG_STATE without gradient (a momentum branch, a teacher).
void vg_graph_freeze(struct vg_graph *g, bool frozen);
// Layers made from now on evaluate: norms use their running statistics, dropout is off.
void vg_graph_eval(struct vg_graph *g, bool eval);
bool vg_graph_is_eval(const struct vg_graph *g);
// Parameters made from now on are drawn from this seed; 0: from the graph's.
void vg_graph_draws(struct vg_graph *g, uint64_t seed);
// What nodes made from now on count as; backward and update nodes set it themselves.
void vg_graph_pass(struct vg_graph *g, enum vg_pass pass);

// ---- tensors -----------------------------------------------------------------------------------

struct vg_tensor *vg_input(struct vg_graph *g, const char *name, int rank, const int64_t *dim);
struct vg_tensor *vg_input_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim);
struct vg_tensor *vg_temp(struct vg_graph *g, int rank, const int64_t *dim);
struct vg_tensor *vg_temp_like(struct vg_graph *g, const struct vg_tensor *x);
struct vg_tensor *vg_temp_i32(struct vg_graph *g, int rank, const int64_t *dim);

// A constant: data is copied and uploaded with the plan.
struct vg_tensor *vg_const(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           const float *data);
struct vg_tensor *vg_const_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                               const int32_t *data);
struct vg_tensor *vg_zeros(struct vg_graph *g, int rank, const int64_t *dim);

// A parameter under the current scope; the same name gives the same tensor (shared weights).
// Another shape under a known name poisons the graph.
struct vg_tensor *vg_param(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           struct vg_init init);
// A convolution kernel [O][H][W][I], stored as [O][I][H][W].
struct vg_tensor *vg_param_oihw(struct vg_graph *g, const char *name, const int64_t dim[4],
                                struct vg_init init);
// The shape files have, where it only adds or drops ones.
void vg_param_file_shape(struct vg_tensor *t, int rank, const int64_t *dim);

struct vg_tensor *vg_state(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           struct vg_init init);
struct vg_tensor *vg_state_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim);

// Views share all of x's memory.
struct vg_tensor *vg_reshape(struct vg_graph *g, struct vg_tensor *x, int rank, const int64_t *dim);
struct vg_tensor *vg_detach(struct vg_graph *g, struct vg_tensor *x);   // no gradient flows back

// Keeps the value readable after a step; with a name, vg_graph_find finds it.
struct vg_tensor *vg_keep(struct vg_graph *g, struct vg_tensor *x, const char *name);

int64_t vg_elems(const struct vg_tensor *x);
int64_t vg_cols(const struct vg_tensor *x);   // the last dimension, 1 for a scalar
int64_t vg_rows(const struct vg_tensor *x);   // all others
size_t vg_bytes(const struct vg_tensor *x);   // on the device
bool vg_is_real(const struct vg_tensor *x);   // not whole numbers
bool vg_same_shape(const struct vg_tensor *a, const struct vg_tensor *b);
bool vg_has_shape(const struct vg_tensor *x, int rank, const int64_t *dim);
const char *vg_shape_text(struct vg_graph *g, const struct vg_tensor *x);   // "[8, 256]"

// ---- nodes -------------------------------------------------------------------------------------

struct vg_node *vg_node(struct vg_graph *g, const struct vg_node_desc *d);   // never NULL
#define VG_NODE(g, ...) vg_node(g, &(struct vg_node_desc) { __VA_ARGS__ })
bool vg_is_placeholder(const struct vg_graph *g, const struct vg_tensor *t);

int vg_graph_nodes(const struct vg_graph *g);
const struct vg_node *vg_graph_node(const struct vg_graph *g, int index);
// The last node of the pass being built that ran op with the weight t as its input `input`, and
// behind which no node has changed weights; NULL if there is none.  For what a node makes of a
// weight alone, and need not make again.
const struct vg_node *vg_graph_earlier(const struct vg_graph *g, const struct vg_op *op, int input,
                                       const struct vg_tensor *t);
int vg_graph_tensors(const struct vg_graph *g);
struct vg_tensor *vg_graph_tensor(const struct vg_graph *g, int index);
struct vg_tensor *vg_graph_find(const struct vg_graph *g, const char *full_name);   // or NULL

// One int that the host sets before a step, for randomness keyed by the step.
struct vg_tensor *vg_step_input(struct vg_graph *g);

// Keeps what nodes decided, and the values it gave, readable after a step.
void vg_graph_keep_decisions(struct vg_graph *g);

// Copied into the graph's memory, for attributes that hold lists.
void *vg_graph_copy(struct vg_graph *g, const void *data, size_t bytes);

// ---- costs in the usual forms ------------------------------------------------------------------

// flops and values moved for each element of x.
struct vg_cost vg_cost_each(const struct vg_tensor *x, double flops, double values);
// flops as given, every input read once and every output written once.
struct vg_cost vg_cost_node(const struct vg_node *n, double flops);
