#pragma once

#include "method/published.h"
#include "tests/method/tiny.h"

/** Files in published layouts, written, changed and read for the tests of both methods. */

char *place(const char *name);   // in the test's own folder; free() it
struct vg_tensorfile *open_file(const char *path);

// A change of a file's tensors: the new name of one, NULL to leave it out.
typedef const char *rename_fn(struct vg_arena *a, const char *name);

struct change {
    rename_fn *rename;       // NULL: none
    const char *add;         // one more tensor of one element
    const char *transpose;   // whose two dimensions change places
};

// Names and shapes from `from`, changed; no metadata.
void rewrite(const char *from, const char *to, struct change change);

void expect_same_tensor(const struct vg_tensorfile *f, const char *name,
                        const struct vg_tensorfile *g, const char *other);

// To the layout of that name by the model g, from whatever layout the file has.
void convert(const char *from, const char *to, const struct vg_graph *g, const char *method,
             const char *layout, const char *prefix);

// The file is none of the model's weights, for a reason that names it and has the part.
void expect_file_refused(const char *path, const struct vg_graph *g, const char *method,
                         const char *part);

// SHA-256 of all weights.
void digest(const struct tiny *t, char text[65]);

// It starts from the file, and then its weights have the digest.
void expect_start(const struct tiny *t, const char *path, const char *weights);

// Whether a tensor of one has the bits of a tensor of the other.
bool same_values(const struct tiny *t, const char *name, const struct tiny *u, const char *other);
