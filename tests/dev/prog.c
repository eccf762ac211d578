#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "dev/dev.h"
#include "dev/prog.h"

static const char *const parts[] = { "common", "reduce", "l2norm", NULL };
static char folder[] = "/tmp/visage-cache-XXXXXX";

static struct vg_dev *open_with_cache(void)
{
    struct vg_dev *dev;
    if (!mkdtemp(folder))
        cr_assert_fail("no temporary folder");
    setenv("VISAGE_CACHE", folder, 1);
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    return dev;
}

static char *only_entry(void)
{
    DIR *d = opendir(folder);
    char *path = NULL;
    for (struct dirent *e; (e = readdir(d));)
        if (strstr(e->d_name, ".bin"))
            path = vg_path_join(folder, e->d_name);
    closedir(d);
    return path;
}

static void build(struct vg_dev *dev, int compiled, int cached)
{
    struct vg_prog *p;
    cr_assert_eq(vg_prog_get(dev, parts, "-DWG=16", &p), VG_OK, "%s", vg_error());
    cr_expect_eq(dev->count.compiled, compiled);
    cr_expect_eq(dev->count.cached, cached);
}

static struct vg_dev *again(struct vg_dev *dev)
{
    vg_dev_close(&dev);
    cr_assert_eq(vg_dev_open(&dev, NULL), VG_OK);
    return dev;
}

static void drop_folder(void)
{
    char *path = only_entry();
    if (path)
        remove(path);
    free(path);
    remove(folder);
}

Test(prog, a_program_is_built_once_and_found_on_disk_later)
{
    struct vg_dev *dev = open_with_cache();
    build(dev, 1, 0);
    build(dev, 1, 0);   // in memory
    dev = again(dev);
    build(dev, 0, 1);
    vg_dev_close(&dev);
    drop_folder();
}

Test(prog, a_corrupt_entry_is_rebuilt)
{
    struct vg_dev *dev = open_with_cache();
    build(dev, 1, 0);
    char *path = only_entry();
    cr_assert_not_null(path);
    vg_file_write(path, "not a program", 13);
    dev = again(dev);
    build(dev, 1, 0);
    dev = again(dev);
    build(dev, 0, 1);   // the entry was mended
    free(path);
    vg_dev_close(&dev);
    drop_folder();
}

Test(prog, a_cache_that_cannot_be_written_only_costs_time)
{
    struct vg_dev *dev;
    setenv("VISAGE_CACHE", "/proc/nowhere", 1);
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    build(dev, 1, 0);
    cr_expect_str_eq(vg_error(), "");
    vg_dev_close(&dev);
}

Test(prog, a_failed_build_shows_its_log)
{
    struct vg_dev *dev = open_with_cache();
    struct vg_prog *p;
    cr_expect_eq(vg_prog_get(dev, parts, "-DWG=oops", &p), VG_ERR_BUILD);
    cr_expect_not_null(strstr(vg_error(), "l2norm.cl does not build"), "%s", vg_error());
    cr_expect_not_null(strstr(vg_error(), "oops"), "%s", vg_error());
    vg_dev_close(&dev);
    drop_folder();
}

Test(dev, an_unknown_device_is_refused_with_those_there_are)
{
    struct vg_dev *dev;
    cr_expect_eq(vg_dev_open(&dev, "no such device"), VG_ERR_DEVICE);
    cr_expect_null(dev);
    cr_expect_not_null(strstr(vg_error(), "'no such device'"), "%s", vg_error());
}

Test(dev, ids_open_their_own_device)
{
    struct vg_dev_info *list;
    int count;
    cr_assert_eq(vg_dev_list(&list, &count), VG_OK);
    for (int i = 0; i < count; i++) {
        struct vg_dev *dev;
        cr_assert_eq(vg_dev_open(&dev, list[i].id), VG_OK, "%s", vg_error());
        cr_expect_str_eq(dev->info.id, list[i].id);
        vg_dev_close(&dev);
    }
    free(list);
}
