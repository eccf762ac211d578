#include <criterion/criterion.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "report/accepted.h"
#include "tests/base/scratch.h"

TestSuite(accepted, .fini = scratch_clean);

static int read_text(struct vg_accepted *a, const char *text)
{
    const char *path = scratch("accepted");
    cr_assert_eq(vg_file_write(path, text, strlen(text)), VG_OK);
    return vg_accepted_read(a, path);
}

Test(accepted, a_line_speaks_of_its_case_device_and_commits)
{
    struct vg_accepted a;
    cr_assert_eq(read_text(&a, "# looked at\n\n"
                               "case=\"add x=3\" device=d1 commits=aaaa..bbbb reason=\"why not\"\n"
                               "case=* device=d2 commits=..cccc reason=driver   # all of it\n"),
                 VG_OK, "%s", vg_error());
    cr_assert_eq(a.count, 2);
    const struct vg_accepted_change *c = vg_accepted_find(&a, "add x=3", "d1", "aaaa12", "bbbb34");
    cr_assert(c);
    cr_expect_str_eq(c->reason, "why not");
    cr_expect_eq(c->line, 3);
    cr_expect_null(vg_accepted_find(&a, "add x=4", "d1", "aaaa12", "bbbb34"));
    cr_expect_null(vg_accepted_find(&a, "add x=3", "d3", "aaaa12", "bbbb34"));
    cr_expect_null(vg_accepted_find(&a, "add x=3", "d1", "aaa", "bbbb34"));
    cr_expect_null(vg_accepted_find(&a, "add x=3", "d1", "aaaa12", "bbb"));
    cr_expect_null(vg_accepted_find(&a, "add x=3", "d1", NULL, NULL));
    cr_expect(vg_accepted_find(&a, "anything", "d2", NULL, "cccc"));
    cr_expect_null(vg_accepted_find(NULL, "anything", "d2", NULL, "cccc"));
    vg_accepted_finish(&a);
}

Test(accepted, a_malformed_line_is_refused_with_its_place)
{
    static const struct {
        const char *line, *what;
    } bad[] = {
        { "case=a device=d commits=aaaa..bbbb", "reason= is missing" },
        { "case=a device=d reason=r", "commits= is missing" },
        { "case=a device=d commits=aaaa reason=r", "commits=aaaa is not FROM..TO" },
        { "case=a device=d commits=aaa..bbbb reason=r", "is not FROM..TO" },
        { "case=a device=d commits=main..bbbb reason=r", "is not FROM..TO" },
        { "case=a device=d commits=aaaa..bbbb reason=", "reason= is missing" },
        { "case=a device=d commits=aaaa..bbbb reason=r by=me", "'by'" },
        { "case=\"a device=d", "quote" },
        { "nonsense", "'nonsense'" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vg_accepted a;
        char text[200];
        snprintf(text, sizeof text, "# first\n%s\n", bad[i].line);
        cr_expect_eq(read_text(&a, text), VG_ERR_USAGE, "%s", bad[i].line);
        cr_expect(strstr(vg_error(), "accepted:2: ") && strstr(vg_error(), bad[i].what), "%s: %s",
                  bad[i].line, vg_error());
        vg_error_clear();
        vg_accepted_finish(&a);
    }
    struct vg_accepted a;
    cr_expect_eq(vg_accepted_read(&a, "/no/such"), VG_ERR_IO);
    vg_accepted_finish(&a);
}
