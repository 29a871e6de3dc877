/* Logs as JSON: one object per line (JSON lines) or an array of objects, into a panel. */
#ifndef JSON_ROWS_H
#define JSON_ROWS_H

#include "detect/detect.h"
#include "json.h"

/* Reads the text without building a tree; memory as panel_builder says. Objects hold numbers,
 * texts, true, false, null; nested values are ignored except that a row must be an object.
 * Errors: as panel_builder_end, and invalid_json. */
status json_rows(slice text, const struct panel_options *options, struct arena *arena,
                 struct panel **ret, struct row_errors *ret_errors, struct error *err);

/* The same from an array that was parsed already. */
status json_rows_from_tree(const struct json *array, const struct panel_options *options,
                           struct arena *arena, struct panel **ret, struct row_errors *ret_errors,
                           struct error *err);

#endif
