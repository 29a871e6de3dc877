/* What changed between the runs that are being compared: certain findings, no statistics.
 *
 * Rows of one task, lineage and metric are compared with the row before them, in the order of
 * time. A table (diff_rules.def) says what a change of a field means: whether the two scores can
 * still be compared, and the sentence for a reader. */
#ifndef APPLIANCE_DIFF_H
#define APPLIANCE_DIFF_H

#include "ledger.h"

#include "base/clock.h"

enum diff_effect {
    DIFF_EXPECTED, /* a setting of the system under test: that is what is being measured */
    DIFF_NOTE,     /* worth knowing; the scores stay comparable */
    DIFF_BREAKS,   /* the scores measure different things */
};

struct diff_change {
    const struct ledger_row *row;      /* the later run */
    const struct ledger_row *previous; /* what it is compared with */
    slice field;                       /* "limit", "n", "stderr", "split", … */
    slice from;                        /* text of the values; ptr NULL = not recorded */
    slice to;
    enum field_role role;
    enum diff_effect effect;
    const char *kind; /* key of the rule: "limit", "harness", "prompt", … */
    const char *text; /* English sentence of the rule; tr() gives the Chinese one */
};

struct diff_task {
    slice task;
    slice lineage;
    slice metric;
    struct diff_change *changes;
    size_t change_count;
    size_t run_count;    /* completed runs that were compared */
    size_t failed_count; /* runs that did not complete */
    bool comparable;
};

struct diff_warning {
    const char *code;
    slice text; /* in both languages */
    slice text_zh;
};

/* Warnings of one code and detail, for a reader: one line, however many runs it is about. */
struct diff_note {
    const char *code;
    slice detail;              /* the limit's value; empty otherwise */
    size_t failed, seen;       /* failed_runs: of each task */
    size_t run_count;          /* different runs */
    size_t task_count;         /* different tasks */
    slice task;                /* the first */
    slice first_run, last_run; /* by time */
};

/* Tasks of one lineage whose runs and changes are the same, for a reader. */
struct diff_group {
    const struct diff_task **tasks; /* in the order of the ledger */
    size_t task_count;
    struct diff_change *changes; /* of the first task; values that differ between the tasks are
                                    a range, or diff_varies */
    size_t change_count;
};

enum { DIFF_CHANGES_MAX = 200000, DIFF_WARNINGS_MAX = 1000 };

struct diff {
    struct diff_task *tasks;
    size_t task_count;
    struct diff_warning *warnings;
    size_t warning_count;
    struct diff_note *notes; /* all warnings, also those beyond DIFF_WARNINGS_MAX */
    size_t note_count;
    struct diff_group *groups; /* all tasks */
    size_t group_count;
    size_t change_count; /* of all tasks, expected ones included */
    bool comparable;     /* every task is */
    bool truncated;      /* more changes than DIFF_CHANGES_MAX */
};

/* Compares a finished ledger. Rows and texts are borrowed from it. */
status diff_ledger(const struct ledger *ledger, struct arena *arena, struct diff **ret,
                   struct error *err);

/* What a change of that protocol field means: the key of its rule, "limit", "harness", "prompt". */
const char *diff_kind_of(slice field);

/* Puts tasks whose changes of at least that effect are the same into groups, in diff->groups. */
status diff_group_tasks(struct diff *diff, enum diff_effect least, struct arena *arena,
                        struct error *err);
/* As `from` or `to` of a group: another value in each task. */
extern const slice diff_varies;

/* One line for a reader (diff_notes.c). */
void diff_note_put(struct buf *buf, const struct diff_note *note, enum lang lang);
/* "arc, gsm8k and 55 more tasks", the metric, the lineage (diff_render.c); names are cut but not
 * escaped. */
void diff_group_title(struct buf *buf, const struct diff_group *group, enum lang lang);
/* "✗ ", "· " or nothing, in front of the field. */
const char *diff_mark(enum diff_effect effect);
/* "2026-01-06 00:00", UTC, for narrow columns. */
slice diff_time_text(int64_t ms, char buf[static TIME_TEXT_MAX]);
/* A value as a reader says it: "(not recorded)", "none" for null (diff_render.c). */
slice diff_value_text(slice value, enum lang lang);
/* "comparable · 12 runs" (diff_render.c) */
void diff_group_state(struct buf *buf, const struct diff_group *group, enum lang lang);

/* {comparable, tasks:[{task, lineage, metric, comparable, runs, failed, changes:[…]}], warnings[]}
 */
void diff_json(struct json_out *w, const struct diff *diff, enum lang lang);
/* Cut to at most `columns` bytes on a character border, for narrow places. */
slice diff_shorten(slice text, size_t columns);
/* One English sentence; tr() gives the Chinese one. */
const char *diff_headline(const struct diff *diff);
/* For a terminal of 80 columns. */
void diff_text(struct buf *buf, const struct diff *diff, enum lang lang);
/* A section of a page or report: headings, tables, no script, every value escaped. */
void diff_html(struct buf *buf, const struct diff *diff, enum lang lang);

#endif
