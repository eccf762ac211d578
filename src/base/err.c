#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[2048];

// One line, whatever file names and drivers put into it.
static void keep_one_line(void)
{
    for (char *c = message; *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f)
            *c = '?';
}

int vg_fail(int code, const char *format, ...)
{
    if (message[0])
        return code;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    keep_one_line();
    return code;
}

int vg_fail_errno(int code, const char *format, ...)
{
    const int cause = errno;
    if (message[0])
        return code;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (length >= 0 && length < (int) sizeof message)
        snprintf(message + length, sizeof message - length, ": %s", strerror(cause));
    keep_one_line();
    return code;
}

int vg_fail_within(int code, const char *where)
{
    char inner[sizeof message];
    memcpy(inner, message, sizeof inner);
    message[0] = 0;
    return vg_fail(code, "%s: %s", where, inner);
}

const char *vg_error(void)
{
    return message;
}

void vg_error_clear(void)
{
    message[0] = 0;
}

const char *vg_error_name(int code)
{
    switch (code) {
    case VG_OK: return "VG_OK";
    case VG_ERR_USAGE: return "VG_ERR_USAGE";
    case VG_ERR_IO: return "VG_ERR_IO";
    case VG_ERR_FORMAT: return "VG_ERR_FORMAT";
    case VG_ERR_SHAPE: return "VG_ERR_SHAPE";
    case VG_ERR_VALUE: return "VG_ERR_VALUE";
    case VG_ERR_MEMORY: return "VG_ERR_MEMORY";
    case VG_ERR_DEVICE: return "VG_ERR_DEVICE";
    case VG_ERR_DEVICE_MEMORY: return "VG_ERR_DEVICE_MEMORY";
    case VG_ERR_BUILD: return "VG_ERR_BUILD";
    case VG_ERR_UNSUPPORTED: return "VG_ERR_UNSUPPORTED";
    case VG_ERR_INTERRUPTED: return "VG_ERR_INTERRUPTED";
    }
    return "unknown error";
}
