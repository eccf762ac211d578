#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*current_sink)(enum vg_log_level level, const char *text, void *user);
static void *current_user;

void vg_log_set(void (*sink)(enum vg_log_level level, const char *text, void *user), void *user)
{
    pthread_mutex_lock(&lock);
    current_sink = sink;
    current_user = user;
    pthread_mutex_unlock(&lock);
}

static void put(enum vg_log_level level, const char *format, va_list args)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f)
            *c = '?';
    pthread_mutex_lock(&lock);
    if (current_sink)
        current_sink(level, text, current_user);
    pthread_mutex_unlock(&lock);
}

void vg_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(VG_LOG_WARN, format, args);
    va_end(args);
}

void vg_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(VG_LOG_NOTE, format, args);
    va_end(args);
}

void vg_detail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(VG_LOG_DETAIL, format, args);
    va_end(args);
}
