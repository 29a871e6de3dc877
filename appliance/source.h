/* What people write for "where the data is": `zenodo://17637303/v3.1/file.csv`, `doi:10.5281/…`, a
 * bare id, `bundle://name/file`, `dataset:name/file`, a path, `-`. Any thread, no allocation. */
#ifndef SOURCE_H
#define SOURCE_H

#include "base/slice.h"
#include "base/status.h"

enum source_kind {
    SOURCE_ZENODO,  /* record, perhaps version and file */
    SOURCE_DATASET, /* a stored data set by its name, perhaps a file */
    SOURCE_PATH,    /* a file or directory of this machine */
    SOURCE_STDIN,
};

/* Members borrow from the text; empty = not given. */
struct source {
    enum source_kind kind;
    slice record; /* digits of the record or concept id */
    slice version;
    slice file; /* as written; not percent-decoded */
    slice name; /* SOURCE_DATASET; SOURCE_PATH: the path */
};

enum { SOURCE_RECORD_MAX = 15, SOURCE_VERSION_MAX = 64, SOURCE_FILE_MAX = 255 };

/* The whole grammar. ST_INVALID, code "invalid_source", names the text. A number alone is a record,
 * unless is_file says that there is such a file (NULL = nothing is). */
status source_parse(slice text, bool (*is_file)(slice path), struct source *ret, struct error *err);

/* "10.5281/zenodo.17637303" or "10.5072/zenodo.…" (the sandbox) → the digits; false otherwise. */
bool source_record_of_doi(slice doi, slice *ret);

/* A file name out of a record or a bundle that may be joined to a directory: relative, no ".." or
 * empty segment, no backslash or control byte, valid UTF-8, at most SOURCE_FILE_MAX bytes. */
bool source_file_is_safe(slice key);

#endif
