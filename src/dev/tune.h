#pragma once

#include "dev/dev.h"

/**
 * Tuned kernel parameters.
 *
 * Each embedded cl/tune/<name>.tune holds lines "op NAME=VALUE ... # where from".  Looked up in the
 * order: what was forced in this process, <device id>.tune, <vendor slug>.tune, <type>-<floats in a
 * register>.tune ("cpu-8": a register tile for AVX-512 spills there), <type>.tune.
 */
bool vg_tune_find(const struct vg_dev *dev, const char *op, const char *name, int *value);

// Forces a value for this process, for the tuner and for tests, until it is lifted.
void vg_tune_force(const char *op, const char *name, int value);
void vg_tune_lift(const char *op, const char *name);

// From now on nothing is found, neither forced nor tuned: plans run with the operators' defaults.
void vg_tune_ignore(bool ignore);
