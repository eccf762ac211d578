#include "bench/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

// The text behind the key in a file of "key<mark>text" lines, without quotes and outer blanks.
static const char *line_of(const char *path, const char *key, char mark, char *out, size_t size)
{
    char line[512];
    FILE *f = fopen(path, "r");
    const char *found = NULL;
    while (f && !found && fgets(line, sizeof line, f)) {
        char *value = strchr(line, mark);
        if (strncmp(line, key, strlen(key)) != 0 || !value)
            continue;
        value += 1 + strspn(value + 1, " \t\"");
        value[strcspn(value, "\"\n")] = 0;
        snprintf(out, size, "%s", value);
        found = out;
    }
    if (f)
        fclose(f);
    return found;
}

void vg_host_json(json_t *object)
{
    char cpu[200], os[200];
    struct utsname system;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
    vg_json_string(object, "cpu", line_of("/proc/cpuinfo", "model name", ':', cpu, sizeof cpu));
    vg_json_int(object, "cores", cores);
    vg_json_int(object, "memory_bytes", (int64_t) pages * sysconf(_SC_PAGESIZE));
    vg_json_string(object, "os", line_of("/etc/os-release", "PRETTY_NAME", '=', os, sizeof os));
    vg_json_string(object, "kernel", uname(&system) == 0 ? system.release : NULL);
}
