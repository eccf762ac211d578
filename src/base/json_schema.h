#pragma once

#include <jansson.h>
#include <stddef.h>

/**
 * Whether a value is what a JSON Schema (draft 2020-12) describes.  These keywords are understood:
 *
 *     $ref ("#/$defs/NAME")  type  const  enum  allOf  if/then/else
 *     properties  required  additionalProperties  items
 *     minimum  exclusiveMinimum  maximum  minLength  pattern (POSIX extended)
 *
 * and $schema, $comment, $defs, title, description are passed over.  A schema with another keyword
 * is refused rather than half understood.
 */

// VG_ERR_UNSUPPORTED naming the keyword, if the schema has one that is not understood.
int vg_schema_check(const json_t *schema);

// Calls what_is_wrong for each offence: where it is ("device.name", "time_ns.samples[3]", "" for
// the value itself), and what it is.  Returns their number.
size_t vg_schema_offences(const json_t *schema, const json_t *value,
                          void (*what_is_wrong)(const char *path, const char *what, void *user),
                          void *user);
