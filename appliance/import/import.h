/* From files of evaluation tools to ledger rows: one reader per tool, chosen by what is inside.
 *
 * A reader looks at the parsed content, never at hopes: an unknown version is refused with the
 * fields that were expected. Files that are refused stand in ledger->excluded with the reason; only
 * a full arena or an impossible option ends an import. */
#ifndef APPLIANCE_IMPORT_IMPORT_H
#define APPLIANCE_IMPORT_IMPORT_H

#include "ledger.h"

struct json;

enum {
    IMPORT_FILE_BYTES_MAX = 64 << 20,     /* one log file */
    IMPORT_ARCHIVE_BYTES_MAX = 512 << 20, /* unpacked content of one archive */
    IMPORT_ENTRIES_MAX = 20000,           /* files of one directory or archive */
    IMPORT_DEPTH_MAX = 16,                /* nested directories */
    IMPORT_SCRATCH_BYTES = 512 << 20,     /* memory while one file is read */
};

/* One file to read; everything is borrowed for the call. */
struct import_file {
    slice path; /* as the user knows it */
    slice bytes;
    char sha256[65];
    const struct json *json; /* the parsed content when it is JSON, else NULL */
    struct arena *scratch;   /* gone after the file */
};

struct import {
    struct ledger *ledger;
    const struct ledger_options *options;
    void (*progress)(void *context, size_t files, size_t rows); /* may be NULL */
    void *context;
    size_t file_count;
};

/* Reads one file's content: a log, a ledger (JSON lines), a table, or an archive of those.
 * A file that no reader understands is excluded, which is not an error. */
status import_bytes(struct import *import, slice path, slice bytes, struct error *err);

/* Reads a file or walks a directory (sorted by name; symbolic links are not followed). */
status import_path(struct import *import, const char *path, struct error *err);

/* The log files of a directory tree, sorted, and its directories, the root first: what import_path
 * walks. Hidden names and symbolic links are left out. Paths live in the arena. */
struct import_listing {
    slice *files;
    size_t file_count;
    slice *dirs;
    size_t dir_count;
};
status import_list(const char *path, struct arena *arena, struct import_listing *ret,
                   struct error *err);

/* --- for the readers -----------------------------------------------------------------------------
 */

struct importer {
    const char *format; /* "lm-eval" */
    /* Does this look like ours at all, whatever the version? */
    bool (*recognise)(const struct import_file *file);
    /* Adds rows. ST_INVALID: the file is excluded with the sentence. */
    status (*read)(struct import *import, const struct import_file *file, struct error *err);
};

extern const struct importer importer_lm_eval;
extern const struct importer importer_inspect;
extern const struct importer importer_mlflow;
extern const struct importer importer_wandb;
extern const struct importer importer_opencompass_table;
extern const struct importer importer_opencompass_json;
extern const struct importer importer_eee;
extern const struct importer importer_table; /* hand-made CSV: time_period, algorithm, … */
extern const struct importer importer_ledger;

/* A row with source, run id (empty: the name of the file) and time set; text is copied into the
 * ledger's arena. */
status import_row(struct import *import, const struct import_file *file, slice run_id,
                  int64_t time_ms, struct ledger_row **ret, struct error *err);
/* Notes file and format in ledger->sources. */
status import_source(struct import *import, const struct import_file *file, const char *format,
                     slice version, struct error *err);
/* Copies text into the ledger's arena. */
slice import_copy(struct import *import, slice text);
/* "sha256:" + 16 hex digits of a JSON value's canonical text: for comparing whole configurations.
 */
slice import_hash(struct import *import, const struct json *value);
/* Adds every scalar of an object as "prefix.name", nested objects flattened, arrays hashed. */
void import_flatten(struct import *import, struct fields_builder *b, slice prefix,
                    const struct json *object);
/* Adds the value at `path` of `object` under `name` when it is there: scalars as they are, others
 * by their hash. */
void import_field(struct import *import, struct fields_builder *b, const char *name,
                  const struct json *object, const char *path);
/* A number that may have been written as text; false when it is not one. */
bool import_number(const struct json *value, double *ret);
/* Text of a scalar: strings and numbers; empty for other kinds and NULL. */
slice import_text(const struct json *value);
/* "20260102_030405" or "2026-01-02T03-04-05.123" anywhere in a file name. */
bool import_time_in_name(slice path, int64_t *ret_ms);
/* A whole number of samples, -1 when it is not one (unknown). */
int64_t import_count(const struct json *value);
/* A table's cell as a field: a number, as it was written where JSON can say it, else text. Empty
 * cells were not recorded. */
void import_cell(struct import *import, struct fields_builder *b, slice name, slice cell);
/* ST_INVALID when there is no row from `first` on, or one has no run, system or task, holds bytes
 * that are not text, or could not be read back from a written ledger (import_check.c). */
status import_check_rows(struct import *import, size_t first, struct error *err);
/* The last component of a path, without directories. */
slice import_base_name(slice path);

/* Rows of a comma-separated file with a header line (csv_rows.c). */
enum { CSV_COLUMNS_MAX = 2048 };
struct csv_rows {
    slice rest;
    struct arena *arena;
    slice *header;
    slice *cells; /* [column_count] of the current row; missing ones are empty */
    size_t column_count;
    size_t line; /* of the row in cells */
    bool whole;  /* rows are as wide as the header, and the text is not cut */
};
status csv_rows_begin(struct csv_rows *rows, slice text, struct arena *arena, struct error *err);
/* The same for what a program exported: UTF-8, every row as wide as the header, and a last row that
 * ends with a newline or a quote. A file that was cut, or lost a comma, is refused: its numbers
 * would stand in the wrong place or miss their last digits. */
status csv_rows_begin_export(struct csv_rows *rows, slice text, struct arena *arena,
                             struct error *err);
/* The next row; false at the end and on a bad row, which sets *ret and err. */
bool csv_rows_next(struct csv_rows *rows, status *ret, struct error *err);
/* Index of a header name; false when there is none. */
bool csv_rows_column(const struct csv_rows *rows, const char *name, size_t *ret);
/* Index of a name that stands once in the header; the error says whether it is missing or there
 * twice. */
status csv_rows_only_column(const struct csv_rows *rows, slice name, size_t *ret,
                            struct error *err);
/* The cell of that column in the current row; empty when the column does not exist. */
slice csv_rows_cell(const struct csv_rows *rows, const char *name);
/* Does the first line of the text hold this name between commas? Cheap, for recognise. */
bool csv_header_has(slice text, const char *name);

#endif
