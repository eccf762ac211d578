#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/**
 * Result rows: JSON objects of one line, over jansson.
 *
 * Setting a key again replaces its value in its place.  Text that is not UTF-8 (a driver's idea of
 * a name) has '?' for each wrong byte.  Numbers that are not finite become null.  Unknown fields of
 * a row that was read stay in it.
 */
void vg_json_string(json_t *object, const char *key, const char *value);   // NULL becomes null
void vg_json_int(json_t *object, const char *key, int64_t value);
void vg_json_real(json_t *object, const char *key, double value);
void vg_json_bool(json_t *object, const char *key, bool value);
void vg_json_null(json_t *object, const char *key);
void vg_json_reals(json_t *object, const char *key, const double *values, size_t count);

// A new empty object or array under the key, which belongs to object.
json_t *vg_json_object(json_t *object, const char *key);
json_t *vg_json_array(json_t *object, const char *key);

// What lies at a path of keys, "time_ns.median"; NULL if a key is missing.  _real and _text give
// the default where there is no number or no text.
json_t *vg_json_at(const json_t *object, const char *path);
double vg_json_real_at(const json_t *object, const char *path, double otherwise);
const char *vg_json_text_at(const json_t *object, const char *path, const char *otherwise);

// The value as one line without line feed, keys in the order they were set; free() it.
char *vg_json_line(const json_t *value);

enum { VG_JSON_REAL = 32 };

// The least of 15, 16 or 17 digits that read back as the same double, with a ".0" or an exponent
// that keeps it a real; "null" if it is not finite.
void vg_json_real_text(double value, char text[VG_JSON_REAL]);

// One JSON value and nothing else; *value is the caller's to json_decref.  VG_ERR_FORMAT with a
// message that begins with where; a key given twice is refused.
int vg_json_parse(const char *where, const char *text, json_t **value);

/**
 * One text for a value, however it was written: keys sorted by their bytes, no blanks, numbers that
 * are whole and below 2^53 as integers and other reals as vg_json_real_text has them.  free() it.
 */
char *vg_json_canonical(const json_t *value);

// The key under which a row carries the SHA-256 of its canonical text without this key, so that an
// edited row is noticed.
#define VG_JSON_DIGEST "row_sha256"
void vg_json_digest(const json_t *object, char text[VG_SHA256_TEXT]);

/**
 * Appends line and a line feed to the file, whole: locked against others that do so, in one write,
 * and on the disk when it returns.  A last line without a line feed is what a crash left: if it is
 * JSON it gets its line feed, else it is cut off with a warning (base/log.h).
 *
 * line has no line feed in it.  VG_ERR_IO, after which the file is as it was.
 */
int vg_json_append_line(const char *path, const char *line);
