#pragma once

// Which program this is: meson.build's version, and `git describe` at build time ("-dirty" behind
// it if the tree had changes, "unknown" outside a repository).
extern const char vg_version[];
extern const char vg_commit[];
