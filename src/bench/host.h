#pragma once

#include "base/json.h"

// The machine around the device, into an object: cpu, cores, memory_bytes, os, kernel; null where
// the system does not say.
void vg_host_json(json_t *object);
