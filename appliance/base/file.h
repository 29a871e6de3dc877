/* Whole files in, whole files out: bounded reads, and writes that are either there or not. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"

/* Reads all of a file ("-" = standard input) into the arena, NUL-terminated behind the end.
 * ST_NOT_FOUND, ST_TOO_LARGE above max_bytes, ST_IO. */
status file_read(const char *path, size_t max_bytes, struct arena *arena, slice *ret,
                 struct error *err);

/* Creates or replaces `path` atomically: temporary name beside it, fsync, rename, fsync of the
 * directory. After ST_OK the bytes survive a power cut; after an error the old file is intact. */
status file_replace(const char *path, slice bytes, unsigned mode, struct error *err);

/* Writes everything to a descriptor, whatever short writes and EINTR do. */
status file_write_all(int fd, slice bytes, const char *name, struct error *err);

/* Makes the directory and its missing parents with that mode; a new one survives a power cut. */
status file_make_dirs(const char *path, unsigned mode, struct error *err);

/* Closes and sets to -1; a descriptor of -1 is allowed. */
void fd_close(int *fd);

#endif
