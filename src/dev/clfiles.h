#pragma once

/**
 * The kernels and the tuned parameters as texts within the program, so that it runs from anywhere.
 *
 * tools/embed_cl.py writes the tables at build time: vg_cl_files from cl/<name>.cl, vg_tune_files
 * from cl/tune/<name>.tune, each sorted by name and followed by an entry whose name is NULL.
 * Texts are ASCII and end with a line feed.
 */
struct vg_cl_file {
    const char *name;   // the file's name without its ending: "l2norm"
    const char *text;
};

extern const struct vg_cl_file vg_cl_files[];
extern const int vg_cl_file_count;

extern const struct vg_cl_file vg_tune_files[];
extern const int vg_tune_file_count;
