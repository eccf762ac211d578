#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * What the numbers of a tensor are.  Device tensors are VG_F32 or VG_I32; the others occur in
 * files.  The names are those of the safetensors format: "F32", "BF16", "BOOL".
 */
enum vg_dtype {
    VG_F32,   // zero, so that it is what a struct means that does not say
    VG_I32,
    VG_F64,
    VG_F16,
    VG_BF16,
    VG_I64,
    VG_I16,
    VG_I8,
    VG_U8,
    VG_BOOL,
    VG_DTYPES,   // how many
};

size_t vg_dtype_size(enum vg_dtype d);        // bytes of one element
const char *vg_dtype_name(enum vg_dtype d);   // "F32"

// The type called name, VG_DTYPES if there is none.
enum vg_dtype vg_dtype_find(const char *name);

// The value of IEEE 754 binary16 bits and of bfloat16 bits (a float's upper half); exact.
float vg_float_of_half(uint16_t bits);
float vg_float_of_bfloat(uint16_t bits);

// Element i of data, as the nearest double; data need not be aligned.
double vg_dtype_value(enum vg_dtype d, const void *data, size_t i);
