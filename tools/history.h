#pragma once

#include <stdbool.h>

// `visage history PATH --sql [QUERY]`: the answer as a table or, with json, as an object a line;
// without a query, the shell of SQLite in place of this program.  Returns an exit code.
int history_sql(const char *path, const char *query, bool json);
