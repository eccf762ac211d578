#pragma once

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// A directory of one test's own, made on first use and gone when the test ends.  A Test is a
// process, so the statics are its own too.
static char scratch_dir[64];

__attribute__((unused)) static const char *scratch(const char *name)
{
    static char path[256];
    if (!scratch_dir[0]) {
        snprintf(scratch_dir, sizeof scratch_dir, "%s/visage-test-XXXXXX", P_tmpdir);
        cr_assert_not_null(mkdtemp(scratch_dir));
    }
    snprintf(path, sizeof path, "%s/%s", scratch_dir, name);
    return path;
}

static int scratch_remove(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void) info, (void) type, (void) at;
    return remove(path);
}

__attribute__((unused)) static void scratch_clean(void)
{
    if (scratch_dir[0])
        nftw(scratch_dir, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}
