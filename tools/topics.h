#pragma once

#include "base/settings.h"

/**
 * What `visage help` knows beside commands and operators: one entry for each thing that users name
 * in a setting.  A kind of thing is one line of the list in topics.c.
 */
struct topic {
    const char *kind;                 // "data set"
    const char *name;                 // "synthetic"
    const char *help;                 // a line
    struct vg_settings_of settings;   // tables is NULL where it has none
};

// The topic of that number, in groups of one kind; false past the last.
bool topic_at(int index, struct topic *t);
bool topic_find(const char *name, struct topic *t);
