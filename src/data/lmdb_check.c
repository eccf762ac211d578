#include "data/lmdb_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum {
    HEAD_BYTES = 16,   // of every page
    NODE_BYTES = 8,    // of every entry, before its key
    MIN_PAGE = 512,
    MAX_PAGE = 65536,
    MAX_DEPTH = 32,   // the library's stack of pages
    FIRST_PAGE = 2,   // behind the two heads of the file
};

// Fields by their place in a page.
enum { PAGE_NUMBER = 0, PAGE_FLAGS = 10, PAGE_LOWER = 12, PAGE_UPPER = 14, PAGE_COUNT = 12 };
enum { BRANCH = 0x01, LEAF = 0x02, OVERFLOW = 0x04, META = 0x08, KINDS = 0xff & ~0x10 };

// Fields of a head of the file, by their place in its page.
enum {
    META_MAGIC = 16,
    META_VERSION = 20,
    META_PAGE_BYTES = 40,
    META_TREE_FLAGS = 92,
    META_TREE_DEPTH = 94,
    META_TREE_ROOT = 128,
    META_LAST_PAGE = 136,
    META_TRANSACTION = 144,
    META_BYTES = 152,
};

static const uint32_t magic = 0xBEEFC0DE;

// Flags of an entry.
enum { BIG = 0x01, DUPLICATES = 0x04 };

struct tree {
    const char *file;
    const uint8_t *bytes;   // the whole file
    size_t size, page_bytes;
    uint64_t pages;     // numbers below this one are pages
    uint64_t visited;   // a tree has no page twice
    int depth;
};

static uint16_t u16(const uint8_t *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint32_t u32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t u64(const uint8_t *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static int damaged(const struct tree *t, uint64_t page, const char *what)
{
    return vg_fail(VG_ERR_FORMAT, "%s: a damaged LMDB database: page %llu %s", t->file,
                   (unsigned long long) page, what);
}

static const uint8_t *page_at(const struct tree *t, uint64_t page)
{
    return t->bytes + page * t->page_bytes;
}

// ---- entries ------------------------------------------------------------------------------------

static int check_big(const struct tree *t, uint64_t page, const uint8_t *value, uint32_t bytes)
{
    const uint64_t first = u64(value);
    const uint64_t wanted = (HEAD_BYTES + (uint64_t) bytes + t->page_bytes - 1) / t->page_bytes;
    if (first < FIRST_PAGE || first >= t->pages || wanted > t->pages - first)
        return damaged(t, page, "has a value outside the file");
    const uint8_t *at = page_at(t, first);
    if (!(u16(at + PAGE_FLAGS) & OVERFLOW) || u32(at + PAGE_COUNT) < wanted)
        return damaged(t, first, "is not the beginning of a value");
    return VG_OK;
}

static int check_leaf_entry(const struct tree *t, uint64_t page, const uint8_t *entry, size_t room)
{
    const uint16_t flags = u16(entry + 4), key_bytes = u16(entry + 6);
    const uint32_t bytes = u32(entry);
    const size_t inside = NODE_BYTES + (size_t) key_bytes + (flags & BIG ? 8 : bytes);
    if (flags & DUPLICATES)
        return damaged(t, page, "has a key with several values");
    if (inside > room)
        return damaged(t, page, "has an entry that leaves it");
    return flags & BIG ? check_big(t, page, entry + NODE_BYTES + key_bytes, bytes) : VG_OK;
}

static int check_page(struct tree *t, uint64_t page, int level);

static int check_branch_entry(struct tree *t, uint64_t page, const uint8_t *entry, size_t room,
                              int level)
{
    const uint64_t child = u32(entry) | (uint64_t) u16(entry + 4) << 32;
    if (NODE_BYTES + (size_t) u16(entry + 6) > room)
        return damaged(t, page, "has an entry that leaves it");
    return check_page(t, child, level + 1);
}

// ---- pages --------------------------------------------------------------------------------------

static int check_entries(struct tree *t, uint64_t page, size_t lower, size_t upper, int level)
{
    const uint8_t *at = page_at(t, page);
    int rc = VG_OK;
    for (size_t place = HEAD_BYTES; rc == VG_OK && place < lower; place += 2) {
        const size_t entry = u16(at + place);
        if (entry < upper || entry + NODE_BYTES > t->page_bytes)
            return damaged(t, page, "has an entry that leaves it");
        const size_t room = t->page_bytes - entry;
        rc = level + 1 < t->depth ? check_branch_entry(t, page, at + entry, room, level)
                                  : check_leaf_entry(t, page, at + entry, room);
    }
    return rc;
}

// As deep as the tree says and no deeper; the branches are above the leaves.
static int check_page(struct tree *t, uint64_t page, int level)
{
    if (page < FIRST_PAGE || page >= t->pages)
        return damaged(t, page, "is outside the file");
    const uint8_t *at = page_at(t, page);
    const size_t lower = u16(at + PAGE_LOWER), upper = u16(at + PAGE_UPPER);
    const bool branch = level + 1 < t->depth;
    if (++t->visited > t->pages)
        return damaged(t, page, "is in the index twice");
    if (u64(at + PAGE_NUMBER) != page)
        return damaged(t, page, "has another page's number");
    if ((u16(at + PAGE_FLAGS) & KINDS) != (branch ? BRANCH : LEAF))
        return damaged(t, page, branch ? "is no branch of the index" : "is no leaf of the index");
    if (lower < HEAD_BYTES || lower % 2 || lower > upper || upper > t->page_bytes)
        return damaged(t, page, "has no place for its entries");
    if ((lower - HEAD_BYTES) / 2 < (branch ? 2u : 1u))
        return damaged(t, page, "has too few entries");
    return check_entries(t, page, lower, upper, level);
}

// ---- the file -----------------------------------------------------------------------------------

static bool is_head(const struct tree *t, size_t at)
{
    const uint8_t *head = t->bytes + at;
    return at + META_BYTES <= t->size && u16(head + PAGE_FLAGS) & META &&
           u32(head + META_MAGIC) == magic && (u32(head + META_VERSION) & 0xffff) == 1;
}

// The later of the two heads is in force.
static int find_head(struct tree *t, const uint8_t **head)
{
    if (!is_head(t, 0))
        return vg_fail(VG_ERR_FORMAT, "%s: not an LMDB database", t->file);
    const uint32_t bytes = u32(t->bytes + META_PAGE_BYTES);
    if (bytes < MIN_PAGE || bytes > MAX_PAGE || (bytes & (bytes - 1)) != 0)
        return vg_fail(VG_ERR_FORMAT, "%s: a damaged LMDB database: pages of %u bytes", t->file,
                       bytes);
    t->page_bytes = bytes;
    if (!is_head(t, bytes) || u32(t->bytes + bytes + META_PAGE_BYTES) != bytes)
        return vg_fail(VG_ERR_FORMAT, "%s: not an LMDB database: it has no second head", t->file);
    const uint8_t *first = t->bytes, *second = t->bytes + bytes;
    *head = u64(first + META_TRANSACTION) < u64(second + META_TRANSACTION) ? second : first;
    return VG_OK;
}

static int check_tree(struct tree *t)
{
    int rc;
    const uint8_t *head = NULL;
    VG_TRY(find_head(t, &head));
    const uint64_t last = u64(head + META_LAST_PAGE), root = u64(head + META_TREE_ROOT);
    t->depth = u16(head + META_TREE_DEPTH);
    t->pages = t->size / t->page_bytes;
    if (last >= t->pages)
        return vg_fail(VG_ERR_FORMAT, "%s: is cut: %zu bytes, and page %llu of %zu is its last",
                       t->file, t->size, (unsigned long long) last, t->page_bytes);
    t->pages = last + 1;
    if (u16(head + META_TREE_FLAGS) != 0)
        return vg_fail(VG_ERR_UNSUPPORTED, "%s: keys with several values or an order of their own",
                       t->file);
    if (root == UINT64_MAX)
        return VG_OK;   // an empty database
    if (t->depth < 1 || t->depth > MAX_DEPTH)
        return damaged(t, root, "is the root of a tree of an impossible depth");
    rc = check_page(t, root, 0);
out:
    return rc;
}

int vg_lmdb_check(const char *file)
{
    int rc = VG_OK;
    struct stat st;
    struct tree t = { .file = file };
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        rc = vg_fail_errno(VG_ERR_IO, "%s", file);
    } else if (st.st_size < META_BYTES) {
        rc = vg_fail(VG_ERR_FORMAT, "%s: not an LMDB database", file);
    } else {
        t.size = (size_t) st.st_size;
        void *map = mmap(NULL, t.size, PROT_READ, MAP_SHARED, fd, 0);
        t.bytes = map;
        rc = map == MAP_FAILED ? vg_fail_errno(VG_ERR_IO, "%s: cannot be mapped", file)
                               : check_tree(&t);
        if (map != MAP_FAILED)
            munmap(map, t.size);
    }
    if (fd >= 0)
        close(fd);
    return rc;
}
