// Lists of files and LMDB databases: the same images as from the folder they were made of, in the
// order that is asked for; what is wrong is refused or left out, by name.

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/lmdb.h"
#include "data/reader.h"
#include "tests/data/pictures.h"

static struct vg_data *open_data(const char *kind, const char *where)
{
    struct vg_data *d = NULL;
    char *selector = vg_format("%s:%s", kind, where);
    cr_assert_eq(vg_data_open(selector, NULL, &d), VG_OK, "%s: %s", selector, vg_error());
    free(selector);
    return d;
}

static void expect_refused(const char *kind, const char *where, int code, const char *part)
{
    struct vg_data *d = NULL;
    char *selector = vg_format("%s:%s", kind, where);
    cr_expect_eq(vg_data_open(selector, NULL, &d), code, "%s: %s", selector, vg_error());
    cr_expect(strstr(vg_error(), part), "\"%s\" lacks \"%s\"", vg_error(), part);
    cr_expect_null(d);
    vg_error_clear();
    free(selector);
}

static void expect_skipped(const struct vg_data *d, int64_t at, const char *path,
                           const char *reason)
{
    int64_t n;
    const struct vg_skipped *s = vg_data_skipped(d, &n);
    cr_assert_lt(at, n, "only %d were left out", (int) n);
    cr_expect(strstr(s[at].path, path) && strstr(s[at].reason, reason), "%s: %s", s[at].path,
              s[at].reason);
}

static void write_picture(const char *dir, const char *name, int width)
{
    struct vg_image im = noise_image(width, 11, (uint32_t) width);
    free(strstr(name, ".png") ? write_png(dir, name, &im) : write_ppm(dir, name, &im));
    vg_image_finish(&im);
}

// The widths of the images, in their order, say which files they are.
static void expect_widths(const struct vg_data *d, int count, const int *widths)
{
    cr_assert_eq(vg_data_count(d), count, "%d images", (int) vg_data_count(d));
    for (int i = 0; i < count; i++) {
        struct vg_image im;
        cr_assert_eq(vg_data_image(d, i, &im), VG_OK, "%s", vg_error());
        cr_expect_eq(im.w, widths[i], "image %d is %d wide, wanted %d", i, im.w, widths[i]);
        vg_image_finish(&im);
    }
}

// ---- lists --------------------------------------------------------------------------------------

Test(list, gives_the_files_in_its_order)
{
    char *dir = temp_make();
    write_picture(dir, "b.png", 12);
    write_picture(dir, "deep/a b.ppm", 13);
    write_picture(dir, "other/c.png", 14);
    char *lines = vg_format("other/c.png\r\n\n  b.png \n%s/deep/a b.ppm\nother/c.png", dir);
    char *list = write_bytes(dir, "list.txt", lines, strlen(lines));
    struct vg_data *d = open_data("list", list);
    expect_widths(d, 4, (int[]) { 14, 12, 13, 14 });
    const char *key;
    char *data;
    size_t bytes;
    cr_assert_eq(vg_data_stored(d, 0, &key, &data, &bytes), VG_OK);
    cr_expect_str_eq(key, "other/c.png");
    cr_expect(bytes > 4 && !memcmp(data + 1, "PNG", 3));
    free(data);
    vg_data_close(&d);
    free(list);
    free(lines);
    temp_remove(dir);
}

Test(list, names_what_it_leaves_out_and_refuses)
{
    char *dir = temp_make();
    write_picture(dir, "a.png", 12);
    free(write_bytes(dir, "text.png", "text", 4));
    static const char lines[] = "gone.png\na.png\ntext.png\n", none[] = "gone.png\n";
    char *list = write_bytes(dir, "list.txt", lines, strlen(lines));
    struct vg_data *d = open_data("list", list);
    expect_widths(d, 1, (int[]) { 12 });
    expect_skipped(d, 0, "/gone.png", "No such file");
    expect_skipped(d, 1, "/text.png", "not a JPEG");
    vg_data_close(&d);
    free(list);

    list = write_bytes(dir, "list.txt", none, strlen(none));
    expect_refused("list", list, VG_ERR_FORMAT, "none of 1 images can be read");
    free(list);
    list = write_bytes(dir, "list.txt", " \n\n", 3);
    expect_refused("list", list, VG_ERR_IO, "no images in it");
    free(list);
    list = write_bytes(dir, "list.txt", "a.png\0b.png", 11);
    expect_refused("list", list, VG_ERR_FORMAT, "not a text");
    free(list);
    expect_refused("list", "", VG_ERR_USAGE, "wanted list:FILE");
    expect_refused("list", "/nonexistent/list.txt", VG_ERR_IO, "No such file");
    struct vg_data *v = NULL;
    cr_expect_eq(vg_data_open("list:x", &(struct vg_dataset_options) { .split = VG_SPLIT_VAL }, &v),
                 VG_ERR_USAGE);
    temp_remove(dir);
}

#ifdef VG_WITH_LMDB

#include <lmdb.h>

// ---- databases ----------------------------------------------------------------------------------

struct entry {
    const char *key;
    const void *data;
    size_t bytes;
};

// A database as any other program may write it; the list ends with a key of NULL.
static void write_lmdb(const char *path, unsigned flags, const struct entry *entries)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    cr_assert_eq(mdb_env_create(&env), 0);
    cr_assert_eq(mdb_env_set_mapsize(env, 1 << 20), 0);
    cr_assert_eq(mdb_env_open(env, path, flags | MDB_NOLOCK, 0666), 0);
    cr_assert_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    cr_assert_eq(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    for (; entries->key; entries++) {
        MDB_val k = { strlen(entries->key), (void *) entries->key };
        MDB_val v = { entries->bytes, (void *) entries->data };
        cr_assert_eq(mdb_put(txn, dbi, &k, &v, 0), 0);
    }
    cr_assert_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void pack(const char *kind, const char *where, const char *to)
{
    struct vg_data *d = open_data(kind, where);
    cr_assert_eq(vg_dir_make(to), VG_OK);
    cr_assert_eq(vg_lmdb_pack(d, to, NULL), VG_OK, "%s", vg_error());
    vg_data_close(&d);
}

// Of every batch of two epochs and a bit: which images, and every float.
static void batch_hashes(const struct vg_data *d, int count, uint64_t *out)
{
    const struct vg_reader_options o = {
        .data = d,
        .augment = { .kind = VG_AUGMENT_MCF, .size = 16, .seed = 5, .crop = 0.2 },
        .batch = 3,
        .threads = 3,
    };
    struct vg_reader *r;
    cr_assert_eq(vg_reader_create(&o, &r), VG_OK, "%s", vg_error());
    for (int i = 0; i < count; i++) {
        const struct vg_batch *b;
        cr_assert_eq(vg_reader_next(r, &b), VG_OK, "%s", vg_error());
        out[i] = bytes_hash(b->index, 3 * sizeof *b->index) * 31 +
                 bytes_hash(b->view[0], 3 * 16 * 16 * VG_CHANNELS * sizeof(float));
        vg_reader_release(r);
    }
    vg_reader_destroy(&r);
}

// Pictures of all formats and sizes, one of them broken: the broken one is in no database.
static char *make_folder(void)
{
    char *dir = temp_make(), name[32];
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, i % 2 ? "s%d/%02d.png" : "s%d/%02d.ppm", i % 3, i);
        write_picture(dir, name, 20 + i);
    }
    free(write_bytes(dir, "s1/a photo.jpg", jpeg_files[JPEG_COLOUR].data,
                     jpeg_files[JPEG_COLOUR].bytes));
    free(write_bytes(dir, "s1/bad.jpg", jpeg_files[JPEG_COLOUR].data, 100));
    return dir;
}

Test(lmdb, gives_the_batches_of_the_folder_it_was_packed_from)
{
    enum { BATCHES = 8 };
    char *dir = make_folder(), *away = temp_make(), *db = vg_path_join(away, "faces.lmdb");
    uint64_t want[BATCHES], got[BATCHES];
    pack("folder", dir, db);
    struct vg_data *folder = open_data("folder", dir), *lmdb = open_data("lmdb", db);
    cr_expect_eq(vg_data_count(folder), 10);
    cr_expect_eq(vg_data_count(lmdb), 10);
    batch_hashes(folder, BATCHES, want);
    batch_hashes(lmdb, BATCHES, got);
    cr_expect_arr_eq(got, want, sizeof want);
    vg_data_close(&lmdb);

    // Without its text of keys it has the byte order of the keys, which is the folder's.
    char *keys = vg_path_join(db, "keys.txt");
    cr_assert_eq(remove(keys), 0);
    lmdb = open_data("lmdb", db);
    batch_hashes(lmdb, BATCHES, got);
    cr_expect_arr_eq(got, want, sizeof want);
    vg_data_close(&lmdb);
    vg_data_close(&folder);
    free(keys);
    free(db);
    temp_remove(away);
    temp_remove(dir);
}

Test(lmdb, keeps_the_order_of_a_list_and_takes_another)
{
    char *dir = temp_make(), *db = vg_path_join(dir, "db");
    write_picture(dir, "a.png", 11);
    write_picture(dir, "b.png", 12);
    write_picture(dir, "c.png", 13);
    char *list = write_bytes(dir, "list", "c.png\na.png\nb.png\n", 18);
    pack("list", list, db);
    struct vg_data *d = open_data("lmdb", db);
    expect_widths(d, 3, (int[]) { 13, 11, 12 });
    vg_data_close(&d);

    free(write_bytes(dir, "other,keys", "b.png\nc.png \na.png\nnever read\n", 30));
    char *both = vg_format("%s,%s/list", db, dir), *odd = vg_format("%s,%s/other", db, dir);
    d = open_data("lmdb", both);
    expect_widths(d, 3, (int[]) { 13, 11, 12 });
    vg_data_close(&d);
    expect_refused("lmdb", odd, VG_ERR_IO, "/other: ");
    free(both);
    both = vg_format("%s,%s", db, "/nonexistent");
    expect_refused("lmdb", both, VG_ERR_IO, "/nonexistent: ");
    free(both);
    free(odd);
    free(list);
    free(db);
    temp_remove(dir);
}

Test(lmdb, packs_more_than_a_transaction_the_same_way_twice)
{
    enum { IMAGES = 30, SIDE = 900 };   // 2.4 MB each: several transactions and larger maps
    char *dir = temp_make(), name[32];
    for (int i = 0; i < IMAGES; i++) {
        struct vg_image im = noise_image(SIDE, SIDE, (uint32_t) i);
        snprintf(name, sizeof name, "in/%02d.ppm", i);
        free(write_ppm(dir, name, &im));
        vg_image_finish(&im);
    }
    char *in = vg_path_join(dir, "in"), *data[2];
    size_t bytes[2];
    for (int k = 0; k < 2; k++) {
        char *db = vg_format("%s/db%d", dir, k), *file = vg_path_join(db, "data.mdb");
        pack("folder", in, db);
        struct vg_data *d = open_data("lmdb", db);
        cr_expect_eq(vg_data_count(d), IMAGES);
        vg_data_close(&d);
        cr_assert_eq(vg_file_read(file, SIZE_MAX / 4, &data[k], &bytes[k]), VG_OK);
        free(file);
        free(db);
    }
    cr_expect_gt(bytes[0], (size_t) IMAGES * SIDE * SIDE * 3);
    cr_assert_eq(bytes[0], bytes[1]);
    cr_expect_not(memcmp(data[0], data[1], bytes[0]));
    free(data[0]);
    free(data[1]);
    free(in);
    temp_remove(dir);
}

Test(lmdb, reads_what_others_write_and_names_what_it_leaves_out)
{
    char *dir = temp_make(), *file = vg_path_join(dir, "one.mdb");
    const struct jpeg_file *jpeg = &jpeg_files[JPEG_COLOUR];
    const struct entry entries[] = {
        { "000", jpeg->data, jpeg->bytes },
        { "001", jpeg->data, jpeg->bytes - 20 },
        { "002", "text", 4 },
        { "003", "", 0 },
        { "004", jpeg->data, jpeg->bytes },
        { "length", "5", 1 },
        { NULL },
    };
    write_lmdb(file, MDB_NOSUBDIR, entries);
    struct vg_data *d = open_data("lmdb", file);
    expect_widths(d, 2, (int[]) { 24, 24 });
    expect_skipped(d, 0, "/one.mdb:001", "");
    expect_skipped(d, 1, "/one.mdb:002", "not a JPEG");
    expect_skipped(d, 2, "/one.mdb:003", "not a JPEG");
    vg_data_close(&d);

    free(write_bytes(dir, "keys", "004\n005\n000\n001\n002\n003", 23));
    char *both = vg_format("%s,%s/keys", file, dir);
    d = open_data("lmdb", both);
    expect_widths(d, 2, (int[]) { 24, 24 });
    expect_skipped(d, 0, "/one.mdb:005", "no such key");
    vg_data_close(&d);

    free(write_bytes(dir, "keys", "004\n000\n", 8));
    expect_refused("lmdb", both, VG_ERR_FORMAT, "has 2 keys, 'length' of");
    free(both);
    free(file);
    temp_remove(dir);
}

static void expect_entries_refused(const char *dir, const struct entry *entries, const char *part)
{
    char *file = vg_path_join(dir, "bad.mdb");
    remove(file);
    write_lmdb(file, MDB_NOSUBDIR, entries);
    expect_refused("lmdb", file, VG_ERR_FORMAT, part);
    free(file);
}

Test(lmdb, refuses_with_one_line)
{
    const struct jpeg_file *jpeg = &jpeg_files[JPEG_COLOUR];
    char *dir = temp_make(), *empty = vg_path_join(dir, "empty");
    cr_assert_eq(vg_dir_make(empty), VG_OK);
    expect_refused("lmdb", "", VG_ERR_USAGE, "wanted lmdb:PATH or lmdb:PATH,KEYS");
    expect_refused("lmdb", "/nonexistent/x", VG_ERR_IO, "No such file");
    expect_refused("lmdb", empty, VG_ERR_IO, "not an LMDB database");

    char *text = write_bytes(dir, "text.mdb", "text", 4), zeros[16384] = { 0 };
    expect_refused("lmdb", text, VG_ERR_FORMAT, "not an LMDB database");
    free(text);
    text = write_bytes(dir, "zeros.mdb", zeros, sizeof zeros);
    expect_refused("lmdb", text, VG_ERR_FORMAT, "not an LMDB database");
    free(text);

    expect_entries_refused(dir, (struct entry[]) { { "0", jpeg->data, jpeg->bytes }, { NULL } },
                           "no key 'length'");
    expect_entries_refused(dir,
                           (struct entry[]) {
                               { "0", jpeg->data, jpeg->bytes }, { "length", "two", 3 }, { NULL } },
                           "does not hold decimal digits");
    expect_entries_refused(
        dir, (struct entry[]) { { "0", jpeg->data, jpeg->bytes }, { "length", "2", 1 }, { NULL } },
        "'length' says 2 images and the database has 1 other keys");
    expect_entries_refused(dir,
                           (struct entry[]) { { "0", "text", 4 }, { "length", "1", 1 }, { NULL } },
                           "none of 1 images can be read");
    free(empty);
    temp_remove(dir);
}

// Every length the file may be cut to, a page at a time: refused, and never read beyond its end.
Test(lmdb, refuses_a_database_that_is_cut)
{
    char *dir = make_folder(), *db = vg_path_join(dir, "db"), *data;
    size_t bytes;
    pack("folder", dir, db);
    char *file = vg_path_join(db, "data.mdb");
    cr_assert_eq(vg_file_read(file, SIZE_MAX / 4, &data, &bytes), VG_OK);
    for (size_t keep = 0; keep < bytes; keep += 4096) {
        struct vg_data *d = NULL;
        cr_assert_eq(vg_file_write(file, data, keep), VG_OK);
        char *selector = vg_format("lmdb:%s", db);
        cr_expect_neq(vg_data_open(selector, NULL, &d), VG_OK, "%zu of %zu bytes", keep, bytes);
        cr_expect(strstr(vg_error(), "/db"), "%s", vg_error());
        vg_error_clear();
        free(selector);
    }
    free(data);
    free(file);
    free(db);
    temp_remove(dir);
}

static bool stop_at_once(void *user)
{
    return true;
}

Test(lmdb, packs_what_can_be_packed)
{
    char *dir = temp_make(), *db = vg_path_join(dir, "db");
    struct vg_data *d = NULL;
    cr_assert_eq(vg_dir_make(db), VG_OK);
    cr_assert_eq(vg_data_open("synthetic:3", NULL, &d), VG_OK);
    cr_expect_eq(vg_lmdb_pack(d, db, NULL), VG_ERR_UNSUPPORTED);
    cr_expect(strstr(vg_error(), "draws its images"), "%s", vg_error());
    vg_error_clear();
    vg_data_close(&d);
    temp_remove(dir);

    static const struct {
        const char *list, *part;
    } cases[] = {
        { "a.png\nb.png\na.png\n", "two images are called 'a.png'" },
        { "length\n", "holds the number of images" },
        { "a\tb.png\n", "control character" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dir = temp_make();
        write_picture(dir, "a.png", 11);
        write_picture(dir, "b.png", 12);
        write_picture(dir, "length", 13);
        write_picture(dir, "a\tb.png", 14);
        char *list = write_bytes(dir, "list", cases[i].list, strlen(cases[i].list));
        d = open_data("list", list);
        cr_expect_eq(vg_lmdb_pack(d, dir, NULL), VG_ERR_VALUE, "%s", cases[i].part);
        cr_expect(strstr(vg_error(), cases[i].part), "%s", vg_error());
        vg_error_clear();
        vg_data_close(&d);
        free(list);
        temp_remove(dir);
    }

    dir = make_folder();
    d = open_data("folder", dir);
    cr_expect_eq(vg_lmdb_pack(d, dir, &(struct vg_lmdb_watch) { .stop = stop_at_once }),
                 VG_ERR_INTERRUPTED);
    vg_data_close(&d);
    free(db);
    temp_remove(dir);
}

#else

Test(lmdb, says_that_it_is_not_here)
{
    expect_refused("lmdb", "x", VG_ERR_UNSUPPORTED, "built without LMDB");
}

#endif
