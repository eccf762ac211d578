#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

enum { TAIL_STEP = 4096 };

static int lock(int fd, const char *path)
{
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return vg_fail_errno(VG_ERR_IO, "%s: cannot be locked", path);
    return VG_OK;
}

// Where the last line begins: behind the last line feed before size.
static off_t last_line(int fd, off_t size)
{
    char step[TAIL_STEP];
    for (off_t end = size; end > 0;) {
        const off_t begin = end > TAIL_STEP ? end - TAIL_STEP : 0;
        const ssize_t got = pread(fd, step, (size_t) (end - begin), begin);
        if (got != end - begin)
            return -1;
        const char *feed = memrchr(step, '\n', (size_t) got);
        if (feed)
            return begin + (feed - step) + 1;
        end = begin;
    }
    return 0;
}

static bool is_json(int fd, off_t begin, off_t end)
{
    const size_t bytes = (size_t) (end - begin);
    char *text = vg_alloc(bytes, 1);
    json_t *value = NULL;
    if (pread(fd, text, bytes, begin) == (ssize_t) bytes)
        value = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    const bool good = value != NULL;
    json_decref(value);
    free(text);
    return good;
}

// Makes the file end with a whole line; *feed: the line feed of that line is still to be written.
static int mend_tail(int fd, const char *path, off_t *size, bool *feed)
{
    struct stat info;
    *feed = false;
    if (fstat(fd, &info) != 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be examined", path);
    *size = info.st_size;
    const off_t begin = last_line(fd, *size);
    if (begin < 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be read", path);
    if (begin == *size)
        return VG_OK;
    if (is_json(fd, begin, *size)) {
        *feed = true;
        return VG_OK;
    }
    if (ftruncate(fd, begin) != 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be shortened", path);
    vg_warn("%s: the last line was cut short, its %jd bytes are removed", path,
            (intmax_t) (*size - begin));
    *size = begin;
    return VG_OK;
}

static int append(int fd, const char *path, const char *line, off_t size, bool feed)
{
    char *text = vg_format("%s%s\n", feed ? "\n" : "", line);
    const size_t bytes = strlen(text);
    const ssize_t put = write(fd, text, bytes);
    const int cause = put < 0 ? errno : ENOSPC;
    free(text);
    if (put == (ssize_t) bytes && fsync(fd) == 0)
        return VG_OK;
    errno = put == (ssize_t) bytes ? errno : cause;
    const int rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be written", path);
    if (ftruncate(fd, size) != 0)
        vg_warn("%s: a half-written line stays at its end", path);
    return rc;
}

int vg_json_append_line(const char *path, const char *line)
{
    assert(!strchr(line, '\n'));
    int rc = VG_OK;
    off_t size = 0;
    bool feed = false;
    const int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be opened", path);
    VG_TRY(lock(fd, path));
    VG_TRY(mend_tail(fd, path, &size, &feed));
    VG_TRY(append(fd, path, line, size, feed));
out:
    close(fd);
    return rc;
}
