#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "data/dataset.h"
#include "data/png.h"
#include "data/synthetic.h"
#include "tools/cli.h"
#include "tools/outdir.h"

static int synth_main(int argc, char **argv);

const struct command command_synth = {
    .name = "synth",
    .summary = "writes the synthetic faces in a data set's own layout",
    .usage =
        "synth OUT --count N [--format F] [--size PIXELS] [--split S] [--seed N] [--regions]\n"
        "          [--aligned]\n\n"
        "Formats:\n"
        "  folder   OUT/images/000000.png ..., which data=folder:OUT/images reads;\n"
        "           OUT/labels.csv, a line a file: file, identity, expression, twelve attributes\n"
        "           as 0 or 1, 68 landmarks as x and y in pixels; with --regions also\n"
        "           OUT/regions/000000.png, whose red, green and blue are a pixel's class, and\n"
        "           OUT/regions.csv, which names the classes\n"
        "  lmdb     the same with the images in OUT/data.mdb and OUT/keys.txt instead of\n"
        "           OUT/images, which data=lmdb:OUT reads\n\n"
        "The same arguments give the same bytes.  OUT appears when all of it is written.",
    .main = synth_main,
};

enum { MAX_THREADS = 64 };

struct synth {
    struct vg_face_set set;
    int64_t count;
    int size, threads;
    bool regions;
    struct outdir dir;

    atomic_llong next, done;
    atomic_int rc;   // the first failure of a thread
    pthread_mutex_t lock;
    char error[512];   // its message
};

// ---- one face -----------------------------------------------------------------------------------

static char *image_path(const struct synth *s, const char *folder, int64_t index)
{
    return vg_format("%s/%s/%06" PRId64 ".png", s->dir.part, folder, index);
}

static int write_image(const struct synth *s, const char *folder, int64_t index,
                       const struct vg_image *im)
{
    char *path = image_path(s, folder, index);
    const int rc = vg_image_write_png(path, im);
    free(path);
    return rc;
}

static int write_regions(const struct synth *s, int64_t index, const uint8_t *regions,
                         struct vg_image *im)
{
    for (int64_t i = 0; i < (int64_t) s->size * s->size; i++)
        memset(im->pixels + i * VG_CHANNELS, regions[i], VG_CHANNELS);
    return write_image(s, "regions", index, im);
}

static int write_face(const struct synth *s, int64_t index)
{
    int rc = VG_OK;
    struct vg_image im = { 0 };
    uint8_t *regions = s->regions ? vg_try_alloc((size_t) s->size * s->size) : NULL;
    if (s->regions && !regions)
        return vg_fail(VG_ERR_MEMORY, "no memory for a map of regions");
    VG_TRY(vg_image_init(&im, s->size, s->size));
    vg_face_draw(&s->set, index, s->size, im.pixels, NULL, regions);
    VG_TRY(write_image(s, "images", index, &im));
    if (regions)
        VG_TRY(write_regions(s, index, regions, &im));
out:
    vg_image_finish(&im);
    free(regions);
    return rc;
}

// ---- all faces ----------------------------------------------------------------------------------

static void keep_failure(struct synth *s, int rc)
{
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&s->rc) == VG_OK) {
        atomic_store(&s->rc, rc);
        snprintf(s->error, sizeof s->error, "%s", vg_error());
    }
    pthread_mutex_unlock(&s->lock);
}

static void draw_some(struct synth *s, bool talks)
{
    while (atomic_load(&s->rc) == VG_OK && !tools_interrupted()) {
        const int64_t index = atomic_fetch_add(&s->next, 1);
        if (index >= s->count)
            break;
        const int rc = write_face(s, index);
        if (rc != VG_OK)
            keep_failure(s, rc);
        const int64_t done = atomic_fetch_add(&s->done, 1) + 1;
        if (talks)
            cli_progress("%" PRId64 " of %" PRId64 " faces", done, s->count);
    }
}

static void *draw_thread(void *arg)
{
    draw_some(arg, false);
    vg_error_clear();
    return NULL;
}

static int draw_all(struct synth *s)
{
    pthread_t thread[MAX_THREADS];
    int started = 0;
    while (started < s->threads - 1 && !pthread_create(&thread[started], NULL, draw_thread, s))
        started++;
    draw_some(s, true);   // this thread too, so it works where no other can be made
    while (started > 0)
        pthread_join(thread[--started], NULL);
    cli_progress_end();
    vg_error_clear();
    if (tools_interrupted())
        return vg_fail(VG_ERR_INTERRUPTED, "interrupted");
    return s->rc == VG_OK ? VG_OK : vg_fail(s->rc, "%s", s->error);
}

// ---- labels -------------------------------------------------------------------------------------

static void print_header(FILE *f)
{
    fprintf(f, "file,identity,expression");
    for (int i = 0; i < VG_ATTRIBUTES; i++)
        fprintf(f, ",%s", vg_face_attribute_name[i]);
    for (int i = 0; i < VG_LANDMARKS; i++)
        fprintf(f, ",x%d,y%d", i, i);
    fprintf(f, "\n");
}

static void print_face(FILE *f, const struct synth *s, int64_t index)
{
    struct vg_face_truth t;
    vg_face_draw(&s->set, index, s->size, NULL, &t, NULL);
    fprintf(f, "images/%06" PRId64 ".png,%" PRId64 ",%s", index, t.identity,
            vg_face_expression_name[t.expression]);
    for (int i = 0; i < VG_ATTRIBUTES; i++)
        fprintf(f, ",%d", t.attribute[i]);
    for (int i = 0; i < VG_LANDMARKS; i++)
        fprintf(f, ",%.3f,%.3f", t.landmark[i][0], t.landmark[i][1]);
    fprintf(f, "\n");
}

static void print_labels(FILE *f, const struct synth *s)
{
    print_header(f);
    for (int64_t i = 0; i < s->count && !tools_interrupted(); i++)
        print_face(f, s, i);
}

static void print_classes(FILE *f, const struct synth *s)
{
    fprintf(f, "class,name\n");
    for (int i = 0; i < VG_FACE_REGIONS; i++)
        fprintf(f, "%d,%s\n", i, vg_face_region_name[i]);
}

static void print_images(FILE *f, const struct synth *s)
{
    for (int64_t i = 0; i < s->count; i++)
        fprintf(f, "images/%06" PRId64 ".png\n", i);
}

// Plain stdio: the folder around it takes its name last, so nobody sees half a file.
static int write_text(const struct synth *s, const char *name,
                      void (*print)(FILE *, const struct synth *))
{
    int rc = VG_OK;
    char *path = vg_path_join(s->dir.part, name);
    FILE *f = fopen(path, "w");
    if (f)
        print(f, s);
    const bool wrong = !f || ferror(f);
    if ((f && fclose(f) != 0) || wrong)
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be written", path);
    free(path);
    return rc;
}

// ---- formats ------------------------------------------------------------------------------------

static int write_labels(const struct synth *s)
{
    int rc;
    VG_TRY(write_text(s, "labels.csv", print_labels));
    if (s->regions)
        VG_TRY(write_text(s, "regions.csv", print_classes));
    if (tools_interrupted())
        rc = vg_fail(VG_ERR_INTERRUPTED, "interrupted");
out:
    return rc;
}

static int write_folder(struct synth *s)
{
    int rc;
    VG_TRY(outdir_folder(&s->dir, "images"));
    if (s->regions)
        VG_TRY(outdir_folder(&s->dir, "regions"));
    VG_TRY(draw_all(s));
    VG_TRY(write_labels(s));
out:
    return rc;
}

// The folder, its images then packed under the names that labels.csv has for them.
static int write_lmdb(struct synth *s)
{
    int rc;
    struct vg_data *images = NULL;
    char *list = NULL;
    VG_TRY(write_folder(s));
    VG_TRY(write_text(s, "images.txt", print_images));
    list = vg_format("list:%s/images.txt", s->dir.part);
    VG_TRY(vg_data_open(list, &(struct vg_dataset_options) { .trust = true }, &images));
    VG_TRY(outdir_pack(&s->dir, images));
    outdir_remove(&s->dir, "images.txt");
    outdir_remove(&s->dir, "images");
out:
    vg_data_close(&images);
    free(list);
    return rc;
}

// ---- the command --------------------------------------------------------------------------------

// A format is a name here and how it is written.
static const char *const format_names[] = { "folder", "lmdb" };
static int (*const format_write[])(struct synth *) = { write_folder, write_lmdb };
enum { FORMATS = sizeof format_names / sizeof *format_names };

static int synthesise(struct synth *s, const char *out, size_t format)
{
    int rc;
    VG_TRY(outdir_begin(&s->dir, out));
    VG_TRY(format_write[format](s));
    VG_TRY(outdir_commit(&s->dir));
out:
    outdir_end(&s->dir);
    return rc;
}

static int thread_count(int64_t wanted)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int64_t n = wanted > 0 ? wanted : cores > 0 ? cores : 1;
    return n < MAX_THREADS ? (int) n : MAX_THREADS;
}

static int synth_main(int argc, char **argv)
{
    static const char *const splits[] = { "train", "val", "test" };
    const char *format_name = "folder", *split_name = "train";
    int64_t count = 0, size = 64, seed = 1, threads = 0;
    struct synth s = { .lock = PTHREAD_MUTEX_INITIALIZER };
    const struct cli_option options[] = {
        { "format", CLI_TEXT, &format_name, "F", "folder (default) or lmdb", 0, 0 },
        { "count", CLI_INT, &count, "N", "faces; eight of a person", 1, 1e9 },
        { "size", CLI_INT, &size, "PIXELS", "width and height, 16 to 4096 (default 64)",
          VG_FACE_SIZE_MIN, VG_FACE_SIZE_MAX },
        { "split", CLI_TEXT, &split_name, "S", "train (default), val or test: different people", 0,
          0 },
        { "seed", CLI_INT, &seed, "N", "of people and photographs (default 1)", 0, 1e15 },
        { "regions", CLI_FLAG, &s.regions, NULL, "write the maps of facial regions too" },
        { "aligned", CLI_FLAG, &s.set.aligned, NULL, "close and upright: data=synthetic:aligned" },
        { "threads", CLI_INT, &threads, "N", "that draw (default one a core)", 1, MAX_THREADS },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_synth, options, argc, argv, &words, 1, 1);
    if (done != CLI_GO_ON)
        return done;
    if (count == 0)
        return cli_usage(&command_synth, "wants --count N, how many faces");

    int rc = VG_OK;
    size_t format, split;
    VG_TRY(vg_parse_choice("synth: --format", format_name, format_names, FORMATS, &format));
    VG_TRY(vg_parse_choice("synth: --split", split_name, splits, 3, &split));
    s.set.seed = (uint64_t) seed;
    s.set.split = (enum vg_split) split;
    s.count = count;
    s.size = (int) size;
    s.threads = thread_count(threads);
    VG_TRY(synthesise(&s, words.item[0], format));
    printf("%" PRId64 " faces of %" PRId64 " people in %s\n", count,
           (count + VG_FACE_IMAGES - 1) / VG_FACE_IMAGES, words.item[0]);
out:
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
