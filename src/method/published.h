#pragma once

#include "method/method.h"
#include "net/weightmap.h"

/**
 * The layouts in which the methods' weights are published: whole pre-training checkpoints, and
 * backbones as other programs train and take them.
 *
 *     fra  published   module.online_net.backbone.conv1.weight ...; below encoder_q. is the
 *                      backbone again
 *     fra  backbone    conv1.weight ...; also below encoder_q. or backbone., and torchvision's
 *     mcf  published   online_encoder.blocks.0.norm1.weight ...; the teacher's norm and head,
 *                      which no loss uses, are left and not written
 *     mcf  backbone    blocks.0.norm1.weight ... as in timm; also below online_encoder., MoCo v3's
 *                      base_encoder. and MAE's, whose heads and decoders are left
 *     mcf  teacher     the frozen network in timm's names
 *
 * Sources  FRA's specification, section 1.7; MCF's, section 7.
 */
extern const struct vg_layout *const vg_layouts[];   // ends with NULL

// The one of that name that is written for the method, or NULL.
const struct vg_layout *vg_layout_find(const char *method, const char *name);

// What a file is: this program's own checkpoint, or the layout whose signs it has.  method may be
// NULL.  VG_ERR_FORMAT, naming the layouts there are.
int vg_layout_guess(const struct vg_tensorfile *f, const char *path, const char *method,
                    const struct vg_layout **layout);
