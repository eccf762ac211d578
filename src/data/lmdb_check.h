#pragma once

/**
 * Whether a file is an LMDB database (format version 1, of 64-bit programs of this byte order)
 * whose index can be walked: the two heads, then every page of the main tree from its root.
 *
 * The library maps the file and follows what it finds there, so a damaged page would end the
 * program.  Looked at is what it relies on: kinds and numbers of pages, the depth, that entries lie
 * inside their page and large values inside the file.  Values themselves are not read.
 *
 * Errors  VG_ERR_IO; VG_ERR_FORMAT for another file, one that ends before its last page, or a
 *         damaged page, by its number; VG_ERR_UNSUPPORTED for keys that have several values or an
 *         order of their own.
 * Source  the layout of mdb.c, liblmdb 0.9.
 */
int vg_lmdb_check(const char *file);
