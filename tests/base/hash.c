#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"

// The examples of FIPS 180 for SHA-256, and the empty message.
Test(hash, known_answers)
{
    static const struct {
        const char *message, *digest;
    } known[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[VG_SHA256_TEXT];
        vg_sha256_text(known[i].message, strlen(known[i].message), text);
        cr_expect_str_eq(text, known[i].digest);
    }
}

// A million times 'a', also of FIPS 180, in pieces that begin and end anywhere in a block.
Test(hash, a_long_message_in_pieces)
{
    char a[131], text[VG_SHA256_TEXT];
    struct vg_sha256 h;
    memset(a, 'a', sizeof a);
    vg_sha256_init(&h);
    size_t left = 1000000;
    for (size_t piece = 0; left > 0; piece = (piece + 1) % sizeof a) {
        const size_t bytes = piece < left ? piece : left;
        vg_sha256_update(&h, a, bytes);
        left -= bytes;
    }
    vg_sha256_finish_text(&h, text);
    cr_expect_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// Lengths around the places where the padding needs another block: all digests differ, and the
// digest in one piece is that byte by byte.
Test(hash, padding_at_every_length)
{
    char message[130], whole[VG_SHA256_TEXT], bytewise[VG_SHA256_TEXT], before[VG_SHA256_TEXT] = "";
    memset(message, 'x', sizeof message);
    for (size_t length = 0; length <= sizeof message; length++) {
        struct vg_sha256 h;
        vg_sha256_init(&h);
        for (size_t i = 0; i < length; i++)
            vg_sha256_update(&h, message + i, 1);
        vg_sha256_finish_text(&h, bytewise);
        vg_sha256_text(message, length, whole);
        cr_expect_str_eq(whole, bytewise);
        cr_expect_str_neq(whole, before);
        strcpy(before, whole);
    }
}

// FIPS 180-4's first example, from a file.
Test(hash, of_a_file)
{
    char text[VG_SHA256_TEXT], path[] = "/tmp/visage-hash-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "abc", 3), 3);
    close(fd);
    cr_assert_eq(vg_sha256_file(path, text), VG_OK);
    cr_expect_str_eq(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    remove(path);
    cr_expect_eq(vg_sha256_file(path, text), VG_ERR_IO);
}
