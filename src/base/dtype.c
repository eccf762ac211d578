#include "base/dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[VG_DTYPES] = {
    [VG_F32] = { "F32", 4 },   [VG_I32] = { "I32", 4 }, [VG_F64] = { "F64", 8 },
    [VG_F16] = { "F16", 2 },   [VG_I64] = { "I64", 8 }, [VG_BF16] = { "BF16", 2 },
    [VG_I16] = { "I16", 2 },   [VG_I8] = { "I8", 1 },   [VG_U8] = { "U8", 1 },
    [VG_BOOL] = { "BOOL", 1 },
};

size_t vg_dtype_size(enum vg_dtype d)
{
    assert(d < VG_DTYPES);
    return types[d].size;
}

const char *vg_dtype_name(enum vg_dtype d)
{
    assert(d < VG_DTYPES);
    return types[d].name;
}

enum vg_dtype vg_dtype_find(const char *name)
{
    int d = 0;
    while (d < VG_DTYPES && strcmp(types[d].name, name) != 0)
        d++;
    return (enum vg_dtype) d;
}

float vg_float_of_half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float value;
    if (exponent == 31)
        value = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexpf((float) fraction, -24);
    else
        value = ldexpf((float) (fraction + 1024), exponent - 25);
    return bits & 0x8000 ? -value : value;
}

float vg_float_of_bfloat(uint16_t bits)
{
    const uint32_t wide = (uint32_t) bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

// memcpy, because the bytes of a file lie where they lie.
#define LOAD(type, data, i)                                                                        \
    ({                                                                                             \
        type load_value;                                                                           \
        memcpy(&load_value, (const char *) (data) + (i) * sizeof load_value, sizeof load_value);   \
        load_value;                                                                                \
    })

double vg_dtype_value(enum vg_dtype d, const void *data, size_t i)
{
    switch (d) {
    case VG_F32: return LOAD(float, data, i);
    case VG_I32: return LOAD(int32_t, data, i);
    case VG_F64: return LOAD(double, data, i);
    case VG_F16: return vg_float_of_half(LOAD(uint16_t, data, i));
    case VG_BF16: return vg_float_of_bfloat(LOAD(uint16_t, data, i));
    case VG_I64: return (double) LOAD(int64_t, data, i);
    case VG_I16: return LOAD(int16_t, data, i);
    case VG_I8: return LOAD(int8_t, data, i);
    case VG_U8: return LOAD(uint8_t, data, i);
    case VG_BOOL: return LOAD(uint8_t, data, i) != 0;
    case VG_DTYPES: break;
    }
    assert(!"a type");
    return 0;
}
