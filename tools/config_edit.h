/* Changes one key of INI text and leaves every other byte alone. */
#ifndef TOOLS_CONFIG_EDIT_H
#define TOOLS_CONFIG_EDIT_H

#include "base/buf.h"

/* Writes `text` with `[section] key = value` set: the key's line (and its indented continuation)
 * is replaced, else the line goes to the end of the section, else to a new section at the end. */
void config_edit(struct buf *out, slice text, const char *section, const char *key,
                 const char *value);

#endif
