/* Unpacks ZIP and tar archives from memory (libarchive) with every size bounded.
 *
 * Names that leave the archive ("..", absolute), links and special files are refused; nothing is
 * ever written to a file system. */
#ifndef APPLIANCE_ARCHIVE_H
#define APPLIANCE_ARCHIVE_H

#include "base/slice.h"
#include "base/status.h"

struct archive_limits {
    size_t entries_max;
    size_t entry_bytes_max;     /* unpacked */
    size_t total_bytes_max;     /* unpacked, all entries that were asked for */
    bool (*wanted)(slice name); /* NULL = all; others are skipped without unpacking */
};

/* ZIP, tar, or gzip by the first bytes. */
bool archive_recognise(slice bytes);

/* Calls `visit` for each wanted regular file, in the order of the archive; its bytes live only
 * during the call. ST_INVALID for a bad archive or name, ST_LIMIT beyond a limit (the sentence says
 * which); what visit returns ends the walk when it is not ST_OK. */
status archive_each(slice bytes, const struct archive_limits *limits,
                    status (*visit)(void *context, slice name, slice bytes, struct error *err),
                    void *context, struct error *err);

#endif
