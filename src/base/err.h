#pragma once

/**
 * Error codes and the one message that says what went wrong, where.
 *
 * A function that can fail because of the world (a file, a driver, memory) returns VG_OK or one of
 * the negative codes.  The message is written once, where the failure was seen, by vg_fail(); the
 * callers pass the code up with VG_TRY and only main() prints the message.  The first message
 * stays until vg_error_clear(): what fails while cleaning up does not hide the cause.
 *
 * The message belongs to the calling thread and is one line: control characters in it are
 * replaced by '?'.
 */
enum vg_error_code {
    VG_OK = 0,
    VG_ERR_USAGE = -1,           // a command line, a setting, a suite: what the user wrote
    VG_ERR_IO = -2,              // a file or directory that cannot be read, written, made
    VG_ERR_FORMAT = -3,          // a file that is not what it says it is
    VG_ERR_SHAPE = -4,           // tensors that do not fit together
    VG_ERR_VALUE = -5,           // a number outside its range
    VG_ERR_MEMORY = -6,          // host memory
    VG_ERR_DEVICE = -7,          // no such device, or a call to the driver failed
    VG_ERR_DEVICE_MEMORY = -8,   // device memory
    VG_ERR_BUILD = -9,           // a kernel that does not compile
    VG_ERR_UNSUPPORTED = -10,    // this device or build cannot do it
    VG_ERR_INTERRUPTED = -11,    // the user pressed Ctrl-C
};

// Records the message (unless one is there already) and returns code.
int vg_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// As vg_fail with ": " and the text of errno behind the message.
int vg_fail_errno(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Puts "where: " before the message that is there, and returns code.
int vg_fail_within(int code, const char *where);

const char *vg_error(void);   // the message, "" if there is none
void vg_error_clear(void);
const char *vg_error_name(int code);   // "VG_ERR_SHAPE"

// Passes a failure up: needs a variable `int rc` and a label `out` in the function.
#define VG_TRY(call)                                                                               \
    do {                                                                                           \
        rc = (call);                                                                               \
        if (rc != VG_OK)                                                                           \
            goto out;                                                                              \
    } while (0)
