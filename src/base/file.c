#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

// Until the end of the file rather than as long as stat says: files of /proc and /sys say zero.
static int read_all(int fd, const char *path, size_t max_bytes, char **data, size_t *bytes)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be examined", path);
    if (S_ISREG(info.st_mode) && (uintmax_t) info.st_size > max_bytes)
        return vg_fail(VG_ERR_VALUE, "%s: has %jd bytes, at most %zu are accepted", path,
                       (intmax_t) info.st_size, max_bytes);

    size_t room = (size_t) info.st_size + 1, used = 0;
    for (;;) {
        // One byte more than has been seen, so that the end is met and the NUL has its place.
        if (!*data || used + 1 >= room) {
            room = used ? 2 * room : room + 4096;
            char *grown = realloc(*data, room);
            if (!grown)
                return vg_fail(VG_ERR_MEMORY, "%s: no memory for %zu bytes", path, room);
            *data = grown;
        }
        const ssize_t got = read(fd, *data + used, room - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vg_fail_errno(VG_ERR_IO, "%s: cannot be read", path);
        if (got == 0)
            break;
        used += (size_t) got;
        if (used > max_bytes)
            return vg_fail(VG_ERR_VALUE, "%s: has more than the %zu bytes accepted", path,
                           max_bytes);
    }
    (*data)[used] = 0;
    *bytes = used;
    return VG_OK;
}

int vg_file_read(const char *path, size_t max_bytes, char **data, size_t *bytes)
{
    size_t unused;
    *data = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be opened", path);
    const int rc = read_all(fd, path, max_bytes, data, bytes ? bytes : &unused);
    if (rc != VG_OK) {
        free(*data);
        *data = NULL;
    }
    close(fd);
    return rc;
}

static int write_all(int fd, const char *path, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        const ssize_t put = write(fd, at, bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return vg_fail_errno(VG_ERR_IO, "%s: cannot be written", path);
        at += put;
        bytes -= (size_t) put;
    }
    return VG_OK;
}

// So that the new name outlives a power cut.  Some file systems refuse, and then do it anyway.
static void sync_dir_of(const char *path)
{
    char *dir = vg_path_dir(path);
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

int vg_file_write_spans(const char *path, const struct vg_span *spans, size_t count)
{
    int rc = VG_OK;
    // The process's number keeps two that write the same file out of each other's parts.
    char *part = vg_format("%s.%ld.part", path, (long) getpid());
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be created", path);
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        VG_TRY(write_all(fd, path, spans[i].data, spans[i].bytes));
    if (fsync(fd) != 0) {
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be written", path);
        goto out;
    }
    const int closed = close(fd);
    fd = -1;
    if (closed != 0 || rename(part, path) != 0) {
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be replaced", path);
        goto out;
    }
    sync_dir_of(path);
out:
    if (fd >= 0)
        close(fd);
    if (rc != VG_OK)
        unlink(part);
    free(part);
    return rc;
}

int vg_file_write(const char *path, const void *data, size_t bytes)
{
    return vg_file_write_spans(path, &(struct vg_span) { data, bytes }, 1);
}

bool vg_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return VG_OK;
    const int cause = errno;
    if (cause == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return VG_OK;
    errno = cause == EEXIST ? ENOTDIR : cause;
    return vg_fail_errno(VG_ERR_IO, "%s: cannot be made", path);
}

int vg_dir_make(const char *path)
{
    int rc = VG_OK;
    char *prefix = vg_strdup(path);
    for (char *c = prefix + 1; *prefix && *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        VG_TRY(make_one(prefix));
        *c = '/';
    }
    VG_TRY(make_one(prefix));
out:
    free(prefix);
    return rc;
}

char *vg_path_join(const char *dir, const char *name)
{
    const size_t length = strlen(dir);
    if (length == 0 || name[0] == '/')
        return vg_strdup(name);
    return vg_format("%s%s%s", dir, dir[length - 1] == '/' ? "" : "/", name);
}

char *vg_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return vg_strdup(".");
    if (slash == path)
        return vg_strdup("/");
    return vg_format("%.*s", (int) (slash - path), path);
}

const char *vg_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
