#include "graph/slow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef VG_TEST_SWITCHES

bool vg_slow_built(void)
{
    return true;
}

const char *vg_slow_text(void)
{
    const char *text = getenv("VISAGE_TEST_SLOW");
    return text && *text ? text : NULL;
}

#else

bool vg_slow_built(void)
{
    return false;
}

const char *vg_slow_text(void)
{
    return NULL;
}

#endif

// The percent behind the operator's name and a colon; -1 where the text is something else.
static double percent_of(const char *text, size_t *name)
{
    char *end;
    *name = strcspn(text, ":");
    if (*name == 0 || !text[*name])
        return -1;
    const double percent = strtod(text + *name + 1, &end);
    return end > text + *name + 1 && !*end && percent >= 0 && percent <= 100 ? percent : -1;
}

bool vg_slow_valid(const char *text)
{
    size_t name;
    return percent_of(text, &name) >= 0;
}

bool vg_slow_of(const char *op, double *percent)
{
    size_t name;
    const char *text = vg_slow_text();
    *percent = text ? percent_of(text, &name) : -1;
    return *percent >= 0 && strlen(op) == name && !strncmp(op, text, name);
}

void vg_slow_pass(const size_t global[3], const size_t local[3], double percent, size_t pass[3])
{
    int longest = 0;
    for (int i = 0; i < 3; i++) {
        pass[i] = global[i];
        if (global[i] / local[i] > global[longest] / local[longest])
            longest = i;
    }
    const double groups = (double) (global[longest] / local[longest]);
    pass[longest] = local[longest] * (size_t) fmax(1, rint(groups * percent / 100));
}
