#pragma once

/**
 * Warnings and progress of the library, which never prints: they go to the sink that a tool sets,
 * and nowhere without one.  Any thread may write; the sink is called by one at a time, with one
 * line of text without its line feed (control characters are replaced by '?'), and must not write
 * itself.
 */
enum vg_log_level {
    VG_LOG_WARN,     // something is not as asked, and the work goes on
    VG_LOG_NOTE,     // progress: what has begun or is done
    VG_LOG_DETAIL,   // what helps to find out why
};

void vg_log_set(void (*sink)(enum vg_log_level level, const char *text, void *user), void *user);

void vg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vg_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vg_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
