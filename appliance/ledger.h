/* The run ledger: what evaluation tools really log, one row per run, task and metric.
 *
 * Importers (import/) fill it, diff.c compares its rows, ledger_panel.c hands it to detect/. A
 * field that a log does not mention is absent here: absent means unknown, never unchanged. All text
 * lives in the arena of the ledger; rows are sorted and complete after ledger_finish. */
#ifndef APPLIANCE_LEDGER_H
#define APPLIANCE_LEDGER_H

#include "base/arena.h"
#include "base/json_out.h"
#include "base/text.h"

enum {
    LEDGER_ROWS_MAX = 1000000, /* rows of one ledger */
    LEDGER_FIELDS_MAX = 96,    /* protocol or settings fields of one row */
    LEDGER_EXCLUDED_MAX = 100000,
    LEDGER_TEXT_MAX = 4096, /* bytes of one field's value; longer ones are kept as their hash */
};

enum run_status { RUN_COMPLETED, RUN_FAILED, RUN_RUNNING };
enum run_split { SPLIT_UNKNOWN, SPLIT_DEV, SPLIT_TEST };
enum run_direction { DIRECTION_UNKNOWN, DIRECTION_HIGHER, DIRECTION_LOWER };
enum field_role { ROLE_PROTOCOL, ROLE_SETTINGS, ROLE_IGNORE };
enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_NULL };

/* One recorded setting. FIELD_NULL is a known "none" (no limit), not an unknown value. */
struct ledger_field {
    slice name;
    slice text;    /* canonical text of the value, in every kind */
    double number; /* FIELD_NUMBER, FIELD_BOOL (0 or 1) */
    enum field_kind kind;
};

struct ledger_fields {
    struct ledger_field *at; /* sorted bytewise by name, no name twice */
    size_t count;
};

struct ledger_row {
    slice run_id;    /* as the tool names it, else the name of its file */
    int64_t time_ms; /* start of the run, UTC */
    slice lineage;   /* what counts as one line of development; the system when nothing was said */
    slice system;
    slice task;
    slice metric;
    double value;        /* meaningful when has_value */
    double stderr_value; /* standard error of value, meaningful when has_stderr */
    int64_t n;           /* samples; -1 = unknown */
    bool has_value;
    bool has_stderr;
    enum run_direction direction;
    enum run_status status;
    enum run_split split;
    struct ledger_fields protocol; /* how it was measured */
    struct ledger_fields settings; /* what was measured */
    slice source_path;
    slice source_sha256; /* 64 hex digits */
    slice note;          /* transformation of the value, empty when there was none */
    bool status_assumed; /* the log does not tell how the run ended: taken as completed, and said
                            wherever runs are compared; null in JSON */
    bool is_new;         /* of the addition that a project is judging; not written */
    uint32_t round;      /* 1.. within its task and lineage; 0 = does not count (failed) */
};

struct ledger_excluded {
    slice path;
    slice reason; /* English */
    slice reason_zh;
};

struct ledger_source {
    slice path;
    slice sha256;
    slice format;  /* "lm-eval", "inspect", … */
    slice version; /* of the format, as found */
};

struct ledger {
    struct arena *arena;
    struct ledger_row *rows;
    struct ledger_excluded *excluded;
    struct ledger_source *sources;
    size_t row_count, row_cap;
    size_t excluded_count, excluded_cap;
    size_t source_count, source_cap;
    struct fields_builder *builder; /* of the reader of JSON, made at its first row */
    char grade; /* 'A' captured at run time, 'B' tool files with hashes, 'C' hand-made table */
};

enum round_by { ROUND_BY_RUN, ROUND_BY_DAY, ROUND_BY_TAG, ROUND_BY_COMMIT };

struct role_choice {
    slice name;
    enum field_role role;
};

/* What the user asked for: all optional. */
struct ledger_options {
    enum round_by round_by;
    slice lineage_pattern; /* POSIX extended regular expression over the system's name: the
                              first group (else the match) is the lineage */
    slice metric;          /* keep only this metric */
    enum run_split split;  /* split of rows that do not tell */
    const struct role_choice *roles; /* overrides of the default roles */
    size_t role_count;
};

/* Empty ledger whose memory is the arena's. */
void ledger_init(struct ledger *ledger, struct arena *arena);

/* A new zeroed row with n = -1, or ST_TOO_LARGE / ST_NO_MEMORY. The pointer is valid until the next
 * add. */
status ledger_add(struct ledger *ledger, struct ledger_row **ret, struct error *err);
status ledger_exclude(struct ledger *ledger, slice path, const struct error *why,
                      struct error *err);
status ledger_add_source(struct ledger *ledger, const struct ledger_source *source,
                         struct error *err);

/* Field lists grow in the arena; the same name twice keeps the first value. */
struct fields_builder {
    struct ledger_field at[LEDGER_FIELDS_MAX];
    size_t count;
    size_t dropped; /* fields beyond the limit: reported as a warning by the importer */
};
void fields_add(struct fields_builder *b, slice name, struct ledger_field value);
void fields_add_text(struct fields_builder *b, slice name, slice text);
void fields_add_number(struct fields_builder *b, struct arena *arena, slice name, double number);
/* A JSON scalar as a field; arrays and objects are the importer's business and are skipped. */
struct json;
void ledger_field_from_json(struct fields_builder *b, slice name, const struct json *value);
status fields_build(const struct fields_builder *b, struct arena *arena, struct ledger_fields *ret,
                    struct error *err);
/* NULL when the field is absent. */
const struct ledger_field *fields_find(const struct ledger_fields *fields, slice name);
bool field_eq(const struct ledger_field *a, const struct ledger_field *b);

/* Splits mixed fields by role (defaults of roles.def, overridden by options) into the row. */
status ledger_assign_roles(struct ledger_row *row, const struct fields_builder *all,
                           const struct ledger_options *options, struct arena *arena,
                           struct error *err);
/* Does the name fit a pattern of roles.def or diff_rules.def: '*' at one end matches any rest. */
bool ledger_name_matches(slice pattern, slice name);
enum field_role role_of(slice name, const struct ledger_options *options);

/* Applies options, derives lineages, drops runs that are there twice (same run, task, metric and
 * source hash), sorts by task, lineage, metric, time, run, and numbers the rounds of completed
 * runs. */
status ledger_finish(struct ledger *ledger, const struct ledger_options *options,
                     struct error *err);

/* Same task, lineage and metric: the rows that are compared with each other. */
bool ledger_same_line(const struct ledger_row *a, const struct ledger_row *b);

/* Names for JSON and tables: "completed", "dev", "higher", "protocol", … */
const char *run_status_name(enum run_status state);
const char *run_split_name(enum run_split split);
const char *run_direction_name(enum run_direction direction); /* "unknown" → null in JSON */
const char *field_role_name(enum field_role role);

/* One row as a JSON object; the whole ledger as JSON lines (ledger_json.c). */
void ledger_row_json(struct json_out *w, const struct ledger_row *row);
void ledger_write_jsonl(const struct ledger *ledger, struct buf *buf);
/* Reads JSON lines that ledger_write_jsonl wrote; errors name the line. Follow with ledger_finish.
 */
status ledger_read_jsonl(struct ledger *ledger, slice text, struct error *err);
/* The same from one object that was parsed already. */
status ledger_read_row(struct ledger *ledger, const struct json *object, struct error *err);

#endif
