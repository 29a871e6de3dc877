/* Names and values out of a query string; percent-decoding. Pure; any thread. */
#ifndef QUERY_H
#define QUERY_H

#include "base/arena.h"
#include "call.h"

/* %41 → A, and + → blank in queries; the text ends with a NUL that is not counted. False: broken
 * escape, control byte, not UTF-8, no memory. */
bool percent_decode(struct arena *arena, slice raw, bool plus_is_blank, slice *ret);

/* "a=1&b=x%20y": pairs in their order, names that occur twice included; one without '=' has an
 * empty value. ST_INVALID, code "invalid_query". */
status query_parse(slice text, struct arena *arena, struct call_pair ret[static LIMIT_QUERY_PAIRS],
                   size_t *ret_count, struct error *err);

#endif
