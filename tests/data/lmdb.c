// LMDB databases: the same images as from the folder they were made of, in the order that is asked
// for; what is wrong is refused or left out, by name.

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
#include "tests/data/stored.h"

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
    struct vg_data *d = open_stored(kind, where, NULL);
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
    struct vg_data *folder = open_stored("folder", dir, NULL),
                   *lmdb = open_stored("lmdb", db, NULL);
    cr_expect_eq(vg_data_count(folder), 10);
    cr_expect_eq(vg_data_count(lmdb), 10);
    batch_hashes(folder, BATCHES, want);
    batch_hashes(lmdb, BATCHES, got);
    cr_expect_arr_eq(got, want, sizeof want);
    vg_data_close(&lmdb);

    // Without its text of keys it has the byte order of the keys, which is the folder's.
    char *keys = vg_path_join(db, "keys.txt");
    cr_assert_eq(remove(keys), 0);
    lmdb = open_stored("lmdb", db, NULL);
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
    struct vg_data *d = open_stored("lmdb", db, NULL);
    expect_widths(d, 3, (int[]) { 13, 11, 12 });
    vg_data_close(&d);

    free(write_bytes(dir, "other,keys", "b.png\nc.png \na.png\nnever read\n", 30));
    char *both = vg_format("%s,%s/list", db, dir), *odd = vg_format("%s,%s/other", db, dir);
    d = open_stored("lmdb", both, NULL);
    expect_widths(d, 3, (int[]) { 13, 11, 12 });
    vg_data_close(&d);
    expect_refused("lmdb", odd, NULL, VG_ERR_IO, "/other: ");
    free(both);
    both = vg_format("%s,%s", db, "/nonexistent");
    expect_refused("lmdb", both, NULL, VG_ERR_IO, "/nonexistent: ");
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
        struct vg_data *d = open_stored("lmdb", db, NULL);
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
    struct vg_data *d = open_stored("lmdb", file, NULL);
    expect_widths(d, 2, (int[]) { 24, 24 });
    expect_skipped(d, 0, "/one.mdb:001", "");
    expect_skipped(d, 1, "/one.mdb:002", "not a JPEG");
    expect_skipped(d, 2, "/one.mdb:003", "not a JPEG");
    vg_data_close(&d);

    free(write_bytes(dir, "keys", "004\n005\n000\n001\n002\n003", 23));
    char *both = vg_format("%s,%s/keys", file, dir);
    d = open_stored("lmdb", both, NULL);
    expect_widths(d, 2, (int[]) { 24, 24 });
    expect_skipped(d, 0, "/one.mdb:005", "no such key");
    vg_data_close(&d);

    free(write_bytes(dir, "keys", "004\n000\n", 8));
    expect_refused("lmdb", both, NULL, VG_ERR_FORMAT, "has 2 keys, 'length' of");
    free(both);
    free(file);
    temp_remove(dir);
}

static void expect_entries_refused(const char *dir, const struct entry *entries, const char *part)
{
    char *file = vg_path_join(dir, "bad.mdb");
    remove(file);
    write_lmdb(file, MDB_NOSUBDIR, entries);
    expect_refused("lmdb", file, NULL, VG_ERR_FORMAT, part);
    free(file);
}

Test(lmdb, refuses_with_one_line)
{
    const struct jpeg_file *jpeg = &jpeg_files[JPEG_COLOUR];
    char *dir = temp_make(), *empty = vg_path_join(dir, "empty");
    cr_assert_eq(vg_dir_make(empty), VG_OK);
    expect_refused("lmdb", "", NULL, VG_ERR_USAGE, "wanted lmdb:PATH or lmdb:PATH,KEYS");
    expect_refused("lmdb", "/nonexistent/x", NULL, VG_ERR_IO, "No such file");
    expect_refused("lmdb", empty, NULL, VG_ERR_IO, "empty/data.mdb: No such file");

    char *text = write_bytes(dir, "text.mdb", "text", 4), zeros[16384] = { 0 };
    expect_refused("lmdb", text, NULL, VG_ERR_FORMAT, "not an LMDB database");
    free(text);
    text = write_bytes(dir, "zeros.mdb", zeros, sizeof zeros);
    expect_refused("lmdb", text, NULL, VG_ERR_FORMAT, "not an LMDB database");
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

// Bytes of page heads and of entries changed at random: images may be lost and the database
// refused, but nothing is read that is not there.
Test(lmdb, survives_damage)
{
    enum { DATABASES = 300 };
    char *dir = make_folder(), *db = vg_path_join(dir, "db"), *data;
    char *selector = vg_format("lmdb:%s", db);
    size_t bytes;
    int refused = 0;
    for (int i = 0; i < 200; i++) {   // an index of two levels
        char name[80];
        snprintf(name, sizeof name, "many/%060d.ppm", i);
        write_picture(dir, name, 1);
    }
    pack("folder", dir, db);
    char *file = vg_path_join(db, "data.mdb");
    cr_assert_eq(vg_file_read(file, SIZE_MAX / 4, &data, &bytes), VG_OK);
    char *bad = malloc(bytes);
    for (uint32_t i = 0; i < DATABASES; i++) {
        struct vg_data *d = NULL;
        memcpy(bad, data, bytes);
        for (uint32_t k = 0; k < 1 + i % 5; k++) {
            const uint32_t page = fill_bits(3 * k, i) % (uint32_t) (bytes / 4096);
            const uint32_t reach = k % 2 ? 4096 : page < 2 ? 152 : 48;
            bad[page * 4096 + fill_bits(3 * k + 1, i) % reach] = (char) fill_bits(3 * k + 2, i);
        }
        cr_assert_eq(vg_file_write(file, bad, bytes), VG_OK);
        refused += vg_data_open(selector, NULL, &d) != VG_OK;
        cr_expect(d || *vg_error(), "database %u is refused without a word", i);
        vg_error_clear();
        vg_data_close(&d);
    }
    cr_expect(refused > DATABASES / 10 && refused < DATABASES, "%d refused", refused);
    free(bad);
    free(data);
    free(file);
    free(selector);
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
        d = open_stored("list", list, NULL);
        cr_expect_eq(vg_lmdb_pack(d, dir, NULL), VG_ERR_VALUE, "%s", cases[i].part);
        cr_expect(strstr(vg_error(), cases[i].part), "%s", vg_error());
        vg_error_clear();
        vg_data_close(&d);
        free(list);
        temp_remove(dir);
    }

    dir = make_folder();
    d = open_stored("folder", dir, NULL);
    cr_expect_eq(vg_lmdb_pack(d, dir, &(struct vg_lmdb_watch) { .stop = stop_at_once }),
                 VG_ERR_INTERRUPTED);
    vg_data_close(&d);
    free(db);
    temp_remove(dir);
}

#else

Test(lmdb, says_that_it_is_not_here)
{
    expect_refused("lmdb", "x", NULL, VG_ERR_UNSUPPORTED, "built without LMDB");
}

#endif
