#pragma once

#include "method/method.h"
#include "op/argsort.h"

// What MCF's files share: mcf.c trains, mcf_net.c has its networks, mcf_reconstruction.c looks at
// what the decoder makes of hidden patches.

struct mcf_size {
    int64_t batch, image, patch, grid, length, kept;   // length: patches; kept: those not hidden
};

// VG_ERR_VALUE, with the graph poisoned, where settings do not fit one another.
int mcf_size(struct vg_graph *g, const struct vg_settings *s, struct mcf_size *size);

struct mcf_masked {
    struct vg_tensor *latent;   // [N, kept + 1, D] behind the final norm, the class token first
    struct vg_order order;      // of the noise: which patches were kept, and where they go
};

/**
 * The encoder of scope `name` on the patches of least noise: patches [N, L, p p 3], noise [N, L].
 * Tokens stay in the order of the noise.
 */
struct mcf_masked mcf_encode(struct vg_graph *g, const char *name, struct vg_tensor *patches,
                             struct vg_tensor *noise, const struct vg_settings *s,
                             const struct mcf_size *size);

// Pixels of all patches [N, L, p p 3] from the tokens that were kept; mask tokens stand for the
// others.
struct vg_tensor *mcf_decode(struct vg_graph *g, struct mcf_masked x, const struct vg_settings *s,
                             const struct mcf_size *size);

// A class token's projection: [N, D] to [N, proj_dim].
struct vg_tensor *mcf_project(struct vg_graph *g, struct mcf_masked x, const char *name,
                              const struct vg_settings *s);
struct vg_tensor *mcf_predict(struct vg_graph *g, struct vg_tensor *x, const struct vg_settings *s);

/**
 * The frozen network on patches [N, L, p p 3] of the encoder's grid: the outputs of its tapped
 * blocks, each of unit length along the tokens.  Returns how many; taps has room for MCF_TAPS.
 */
enum { MCF_TAPS = 8 };

int mcf_features(struct vg_graph *g, struct vg_tensor *patches, const struct vg_settings *s,
                 const struct mcf_size *size, struct vg_tensor *taps[MCF_TAPS]);

// Frozen parameters of that network from the file that `teacher` names, if it names one.
int mcf_load_teacher(struct vg_plan *p, const struct vg_settings *s);
const char *mcf_remark(const struct vg_settings *s);

#define MCF_TEACHER "perceptual_loss.model."

// A picture of unseen faces: whole, masked, reconstructed.
int mcf_inspect(const struct vg_inspect *i);
