/* What a request for a detection asks for, whatever its media type. */
#ifndef API_DETECT_INPUT_H
#define API_DETECT_INPUT_H

#include "base/crypt.h"
#include "detect/detect.h"
#include "json.h"
#include "ledger_panel.h"

struct call;

enum { DETECT_LABEL_MAX = 200, DETECT_TAGS_MAX = 20, DETECT_MAP_MAX = 32 };

enum detect_source { DETECT_CSV, DETECT_LINES, DETECT_ROWS, DETECT_LEDGER };

struct detect_input {
    enum detect_source source;
    slice text;              /* CSV, JSON lines; borrowed from the call; of a ledger its lines */
    const struct json *rows; /* DETECT_ROWS */
    struct ledger *ledger;   /* DETECT_LEDGER: logs of evaluation tools, finished; else NULL */
    struct detect_options options;
    struct panel_options panel;
    struct column_map map[DETECT_MAP_MAX];
    bool validate_only;
    bool store;     /* keep in the history */
    bool use_cache; /* false: compute again; what was counted this month is not counted again */
    slice label, tags, file_id;
    bool has_file; /* the log is a file of the user: text is empty, these say which */
    struct crypt_hash file_sha256;
    uint64_t file_bytes;
    enum lang lang;
};

/* What a report says about its input beside the panel. */
struct detect_logs_facts {
    char grade[2];
    struct report_runs runs; /* of a ledger */
};

/* Reads body and query by the call's content type and checks them against the plan. Text and trees
 * live in `arena`. Takes as long as the body is: in a work stage unless the body is small. */
status detect_input_read(struct call *call, struct arena *arena, struct detect_input *ret,
                         struct error *err);

/* The same for one that stands inside another body: an item of a batch, the input of a job. */
status detect_input_read_tree(struct call *call, struct arena *arena, const struct json *root,
                              struct detect_input *ret, struct error *err);

/* The same without the log, which comes from elsewhere. */
status detect_input_options(struct call *call, struct arena *arena, const struct json *root,
                            struct detect_input *ret, struct error *err);

/* The options alone, from an object of members; ST_INVALID sets "Validation error". */
status detect_options_read(struct call *call, struct arena *arena, const struct json *root,
                           struct detect_input *ret, struct error *err);

/* A list of tags as comma-separated text in the arena. */
status detect_tags_read(struct arena *arena, const struct json *list, slice *ret,
                        struct error *err);

/* The log as a panel; a refusal carries the row errors as problem members. */
status detect_input_panel(struct call *call, const struct detect_input *in, struct arena *arena,
                          struct panel **ret, struct detect_logs_facts *ret_facts,
                          struct error *err);

/* --- logs of evaluation tools (detect_logs.c) --- */

/* One file, or the rows of a ledger in JSON; then finish. Archives are unpacked: work stage. */
status detect_logs_file(struct arena *arena, slice name, slice bytes, struct detect_input *ret,
                        struct error *err);
status detect_logs_rows(struct arena *arena, const struct json *rows, struct detect_input *ret,
                        struct error *err);
status detect_logs_finish(struct arena *arena, struct detect_input *ret, struct error *err);
/* ST_INVALID says why no panel comes out of them. */
status detect_logs_panel(const struct detect_input *in, struct arena *arena, struct panel **ret,
                         struct detect_logs_facts *ret_facts, struct error *err);

/* Hash of everything that decides the answer: input, options, language, engine version. */
void detect_input_hash(const struct detect_input *in, struct crypt_hash *ret_input,
                       struct crypt_hash *ret_all);

#endif
