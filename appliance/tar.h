/* Headers of plain files in a POSIX tar (ustar), as a bundle needs them: no links, no directories,
 * no extensions. Any thread, no allocation. */
#ifndef TAR_H
#define TAR_H

#include "base/slice.h"
#include "base/status.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 100 };
#define TAR_SIZE_MAX ((uint64_t)8 << 30) /* eleven octal digits, exclusive */

/* A header with mode 0644, owner 0, time 0: the same bytes for the same file everywhere. */
void tar_header_write(unsigned char ret[static TAR_BLOCK], const char *name, uint64_t bytes);

/* ST_INVALID, code "bundle_invalid": wrong sum, not ustar, not a plain file, size out of range.
 * The name borrows from the block. */
status tar_header_read(const unsigned char block[static TAR_BLOCK], slice *ret_name,
                       uint64_t *ret_bytes, struct error *err);
/* A block of zeroes ends an archive. */
bool tar_is_end(const unsigned char block[static TAR_BLOCK]);
/* Rounded up to whole blocks. */
uint64_t tar_padded(uint64_t bytes);

#endif
