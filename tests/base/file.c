#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/file.h"
#include "tests/base/scratch.h"

TestSuite(file, .fini = scratch_clean);

static int visited;

static int visit(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void) path, (void) info, (void) at;
    visited += type == FTW_F;
    return 0;
}

static int files_in_scratch(void)
{
    visited = 0;
    nftw(scratch_dir, visit, 8, FTW_PHYS);
    return visited;
}

Test(file, what_was_written_is_read_and_nothing_else_is_left)
{
    const struct vg_span spans[] = { { "ab", 2 }, { NULL, 0 }, { "c\0d", 3 } };
    char *data;
    size_t bytes;
    cr_assert_eq(vg_file_write(scratch("f"), "before", 6), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_file_write_spans(scratch("f"), spans, 3), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_file_read(scratch("f"), 5, &data, &bytes), VG_OK, "%s", vg_error());
    cr_expect_eq(bytes, 5);
    cr_expect_arr_eq(data, "abc\0d", 6);
    free(data);
    cr_expect_eq(files_in_scratch(), 1);
}

Test(file, a_failed_write_leaves_the_old_file)
{
    cr_assert_eq(vg_dir_make(scratch("taken")), VG_OK);
    cr_assert_eq(vg_file_write(scratch("taken/f"), "x", 1), VG_OK);
    cr_expect_eq(vg_file_write(scratch("taken"), "y", 1), VG_ERR_IO);   // a directory has the name
    cr_expect(strstr(vg_error(), "taken: cannot be replaced: Is a directory"), "%s", vg_error());
    cr_expect_eq(files_in_scratch(), 1);
}

// A limit on a file's size fails the write half way, as a full disk does.
Test(file, a_write_cut_short_leaves_the_old_file)
{
    char *data;
    cr_assert_eq(vg_file_write(scratch("f"), "old", 3), VG_OK);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit) { 4, 4 });
    cr_expect_eq(vg_file_write(scratch("f"), "newer", 5), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "/f: cannot be written: "), "%s", vg_error());
    cr_assert_eq(vg_file_read(scratch("f"), 9, &data, NULL), VG_OK);
    cr_expect_str_eq(data, "old");
    free(data);
    cr_expect_eq(files_in_scratch(), 1);
}

Test(file, what_is_not_there_is_named)
{
    char *data;
    cr_expect_eq(vg_file_write(scratch("no/f"), "x", 1), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "no/f: cannot be created: No such file"), "%s", vg_error());
    vg_error_clear();
    cr_expect_eq(vg_file_read(scratch("no/f"), 9, &data, NULL), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "no/f: cannot be opened: No such file"), "%s", vg_error());
    vg_error_clear();
    cr_expect_eq(vg_file_read(scratch_dir, 9, &data, NULL), VG_ERR_IO);
    cr_expect(strstr(vg_error(), ": cannot be read: Is a directory"), "%s", vg_error());
    cr_expect_null(data);
}

Test(file, a_file_over_the_bound_is_refused)
{
    char *data;
    cr_assert_eq(vg_file_write(scratch("f"), "abc", 3), VG_OK);
    cr_expect_eq(vg_file_read(scratch("f"), 2, &data, NULL), VG_ERR_VALUE);
    cr_expect_null(data);
    cr_expect(strstr(vg_error(), "has 3 bytes, at most 2 are accepted"));
}

// Files of /proc say that they have no bytes.
Test(file, a_file_without_a_size_is_read_to_its_end)
{
    char *data;
    size_t bytes;
    cr_assert_eq(vg_file_read("/proc/self/status", 1 << 20, &data, &bytes), VG_OK);
    cr_expect_gt(bytes, 100);
    cr_expect_eq(strlen(data), bytes);
    free(data);
    cr_expect_eq(vg_file_read("/dev/zero", 1 << 20, &data, &bytes), VG_ERR_VALUE);
}

Test(file, directories_are_made_with_those_above)
{
    cr_expect_eq(vg_dir_make(scratch("a/b//c/")), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_dir_make(scratch("a/b/c")), VG_OK, "%s", vg_error());
    cr_expect(vg_file_exists(scratch("a/b/c")));
    cr_expect_not(vg_file_exists(scratch("a/b/d")));
    cr_expect_eq(vg_dir_make("/"), VG_OK);

    cr_assert_eq(vg_file_write(scratch("a/f"), "", 0), VG_OK);
    cr_expect_eq(vg_dir_make(scratch("a/f/g")), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "a/f: cannot be made: Not a directory"), "%s", vg_error());
}

static void expect_text(char *got, const char *wanted)
{
    cr_expect_str_eq(got, wanted);
    free(got);
}

Test(file, paths_are_joined_and_taken_apart)
{
    expect_text(vg_path_join("a", "b"), "a/b");
    expect_text(vg_path_join("a/", "b"), "a/b");
    expect_text(vg_path_join("", "b"), "b");
    expect_text(vg_path_join("a", "/b"), "/b");
    expect_text(vg_path_dir("a/b/c"), "a/b");
    expect_text(vg_path_dir("c"), ".");
    expect_text(vg_path_dir("/c"), "/");
    cr_expect_str_eq(vg_path_base("a/b.c"), "b.c");
    cr_expect_str_eq(vg_path_base("b.c"), "b.c");
}
