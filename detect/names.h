/* Names from outside, made safe and short enough to show.
 *
 * Control characters, direction marks, invisible characters and invalid UTF-8 become U+FFFD, so
 * that a name can neither move a cursor, colour a terminal, reverse a line nor look empty; a long
 * name is cut with an ellipsis. Escaping for HTML, JSON or Markdown comes after this. */
#ifndef DETECT_NAMES_H
#define DETECT_NAMES_H

#include "base/arena.h"

enum {
    NAME_COLUMNS_MAX = 40,    /* as shown in sentences and tables */
    NAME_BYTES_MAX = 4 * 256, /* no name needs more, whatever its width says */
};

/* A copy of at most `columns` terminal columns (wide characters take two); never empty: a missing
 * or blank name becomes "–". {NULL, 0} only when the arena is exhausted. */
slice name_shown(struct arena *arena, slice name, size_t columns);

#endif
