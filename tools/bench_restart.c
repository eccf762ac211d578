#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "tools/bench.h"
#include "tools/cli.h"

// A record comes from several processes, since where memory came to lie, what the driver compiled
// and which cores its threads got is drawn once in each.  They run one after the other, all lines
// in each, so that a line's samples are spread over the whole time.

struct rows {
    struct vg_row **row;
    int count;
};

// ---- a process ----------------------------------------------------------------------------------

enum { WORDS_MOST = 24 };

static void put(char **words, int *n, char *text)
{
    words[(*n)++] = text;
}

// The same command with rows as its output.  What is not of the times is asked of the first only.
static void words_of(const struct bench *b, bool first, char *words[WORDS_MOST])
{
    int n = 0;
    put(words, &n, vg_strdup("visage"));
    put(words, &n, vg_strdup("bench"));
    if (b->pattern)
        put(words, &n, vg_strdup(b->pattern));
    put(words, &n, vg_strdup("--json"));
    put(words, &n, vg_format("--seconds=%.17g", b->seconds));
    put(words, &n, vg_format("--width=%.17g", b->width));
    put(words, &n, vg_format("--samples=%lld", (long long) b->samples));
    if (b->device)
        put(words, &n, vg_format("--device=%s", b->device));
    if (b->only)
        put(words, &n, vg_format("--only=%s", b->only));
    if (b->cold)
        put(words, &n, vg_strdup("--cold"));
    if (b->alone || !first)
        put(words, &n, vg_strdup("--alone"));
    words[n] = NULL;
}

static int begin(const struct bench *b, bool first, pid_t *child, FILE **rows)
{
    int ends[2];
    char *words[WORDS_MOST];
    if (pipe(ends) != 0)
        return vg_fail_errno(VG_ERR_IO, "pipe");
    words_of(b, first, words);
    fflush(NULL);
    *child = fork();
    if (*child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv("/proc/self/exe", words);
        _exit(EXIT_CANNOT);
    }
    for (char **w = words; *w; w++)
        free(*w);
    close(ends[1]);
    *rows = *child > 0 ? fdopen(ends[0], "r") : NULL;
    if (*rows)
        return VG_OK;
    close(ends[0]);
    return vg_fail_errno(VG_ERR_IO, "a process to measure in");
}

// ---- its rows -----------------------------------------------------------------------------------

static struct vg_row *row_like(const struct rows *all, const struct vg_row *r)
{
    const char *name = vg_json_text_at(vg_row_json((struct vg_row *) r), "case", "");
    for (int i = 0; i < all->count; i++)
        if (!strcmp(vg_json_text_at(vg_row_json(all->row[i]), "case", ""), name))
            return all->row[i];
    return NULL;
}

// A line that failed in one process has a row without a track there: it stands beside the others.
static int take_row(struct rows *all, const char *line)
{
    int rc = VG_OK;
    json_t *json = NULL;
    struct vg_row *row = NULL, *same;
    VG_TRY(vg_json_parse("a row of another process", line, &json));
    VG_TRY(vg_row_take(&row, json));
    same = row_like(all, row);
    if (same) {
        rc = vg_row_merge(same, row);
        vg_row_destroy(&row);
    } else {
        all->row = vg_grow(all->row, all->count + 1, sizeof *all->row);
        all->row[all->count++] = row;
    }
out:
    return rc;
}

static int take_rows(struct rows *all, FILE *from)
{
    int rc = VG_OK;
    char *line = NULL;
    size_t room = 0;
    while (rc == VG_OK && getline(&line, &room, from) > 0) {
        line[strcspn(line, "\n")] = 0;
        rc = take_row(all, line);
    }
    free(line);
    return rc;
}

static int end(struct bench *b, pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    b->wrong |= code == EXIT_WRONG;
    if (code == EXIT_INTERRUPTED || tools_interrupted())
        return vg_fail(VG_ERR_INTERRUPTED, "interrupted");
    return code == EXIT_DONE || code == EXIT_WRONG
               ? VG_OK
               : vg_fail(VG_ERR_DEVICE, "a process that measures ended with %s %d",
                         code < 0 ? "signal" : "exit code", code < 0 ? WTERMSIG(status) : code);
}

static int one_process(struct bench *b, struct rows *all, bool first)
{
    pid_t child = -1;
    FILE *rows;
    int rc = begin(b, first, &child, &rows);
    if (rc != VG_OK)
        return rc;
    rc = take_rows(all, rows);
    fclose(rows);   // a process that still writes ends with it
    const int ended = end(b, child);
    return rc == VG_OK ? ended : rc;
}

// ---- all of them --------------------------------------------------------------------------------

// Rows of one line: of equal words.
static int of_one_line(const struct rows *all, int from)
{
    int to = from + 1;
    const json_t *words = vg_json_at(vg_row_json(all->row[from]), "settings");
    while (to < all->count && to - from < BENCH_ROWS &&
           json_equal(words, vg_json_at(vg_row_json(all->row[to]), "settings")) &&
           !strcmp(vg_json_text_at(vg_row_json(all->row[from]), "suite", ""),
                   vg_json_text_at(vg_row_json(all->row[to]), "suite", "")))
        to++;
    return to - from;
}

int bench_restart(struct bench *b)
{
    int rc = VG_OK;
    struct rows all = { 0 };
    int at = 0;
    for (int i = 0; i < b->restarts; i++)
        VG_TRY(one_process(b, &all, i == 0));
    while (at < all.count) {
        const int count = of_one_line(&all, at);
        rc = bench_emit(b, all.row + at, count);
        at += count;
        if (rc != VG_OK)
            goto out;
    }
out:
    for (; at < all.count; at++)
        vg_row_destroy(&all.row[at]);
    free(all.row);
    return rc;
}
