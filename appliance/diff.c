/* Compares each completed run of a ledger with the one before it on the same line. */
#include "diff.h"

#include "diff_notes.h"

#include <math.h>

static const struct diff_rule {
    slice pattern;
    const char *kind;
    enum diff_effect effect;
    const char *text;
} rules[] = {
#define X(pattern, kind, effect, text) {SLICE_INIT(pattern), kind, effect, text},
#include "diff_rules.def"
#undef X
};

/* Values that are not fields of the log but of the row itself. */
static const struct diff_rule rule_n = {SLICE_INIT("n"), "samples", DIFF_BREAKS,
                                        N_("another number of samples was scored")};
static const struct diff_rule rule_stderr = {SLICE_INIT("stderr"), "precision", DIFF_NOTE,
                                             N_("the score's standard error differs")};
static const struct diff_rule rule_split = {SLICE_INIT("split"), "split", DIFF_BREAKS,
                                            N_("another part of the data was scored")};
static const struct diff_rule rule_direction = {SLICE_INIT("direction"), "metric", DIFF_BREAKS,
                                                N_("better means the other direction")};
static const struct diff_rule rule_setting = {SLICE_INIT("*"), "setting", DIFF_EXPECTED,
                                              N_("a setting of the system under test")};
static const struct diff_rule rule_unknown = {
    SLICE_INIT("*"), "unknown", DIFF_NOTE,
    N_("recorded in one run only: whether it changed is unknown")};

/* A standard error that moves by less than this share follows from the score itself. */
#define STDERR_TOLERANCE 0.25

static const struct diff_rule *rule_for(slice field)
{
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++)
        if (ledger_name_matches(rules[i].pattern, field))
            return &rules[i];
    return &rules[ARRAY_COUNT(rules) - 1];
}

const char *diff_kind_of(slice field)
{
    return rule_for(field)->kind;
}

/* --- collecting ----------------------------------------------------------------------------------
 */

struct collector {
    struct arena *arena;
    struct diff *diff;
    struct diff_task *task;
    size_t cap; /* of task->changes */
    const struct ledger_row *previous;
    const struct ledger_row *row;
    struct diff_notes *notes;
    struct error *err;
};

static status change_add(struct collector *c, const struct diff_rule *rule, slice field, slice from,
                         slice to, enum field_role role)
{
    struct diff_task *task = c->task;
    if (c->diff->change_count >= DIFF_CHANGES_MAX) {
        c->diff->truncated = true;
        return ST_OK;
    }
    void *list = task->changes;
    if (!arena_grow(c->arena, &list, &c->cap, task->change_count, sizeof *task->changes))
        return arena_check(c->arena, c->err);
    task->changes = list;
    task->changes[task->change_count++] = (struct diff_change){
        .row = c->row,
        .previous = c->previous,
        .field = field,
        .from = from,
        .to = to,
        .role = role,
        .effect = rule->effect,
        .kind = rule->kind,
        .text = rule->text,
    };
    c->diff->change_count++;
    if (rule->effect == DIFF_BREAKS)
        task->comparable = false;
    return ST_OK;
}

/* One name of the union of both field lists; at least one side is there. */
static status compare_field(struct collector *c, const struct ledger_field *from,
                            const struct ledger_field *to, enum field_role role)
{
    slice name = from ? from->name : to->name;
    if (from && to && field_eq(from, to))
        return ST_OK;
    const struct diff_rule *rule = role == ROLE_SETTINGS ? &rule_setting : rule_for(name);
    if (!from || !to)
        rule = &rule_unknown;
    return change_add(c, rule, name, from ? from->text : (slice){NULL, 0},
                      to ? to->text : (slice){NULL, 0}, role);
}

/* Both lists are sorted by name: one merge finds every difference. */
static status compare_fields(struct collector *c, const struct ledger_fields *from,
                             const struct ledger_fields *to, enum field_role role)
{
    size_t i = 0;
    size_t j = 0;
    while (i < from->count || j < to->count) {
        int order = i == from->count ? 1
                    : j == to->count ? -1
                                     : slice_cmp(from->at[i].name, to->at[j].name);
        const struct ledger_field *left = order <= 0 ? &from->at[i++] : NULL;
        const struct ledger_field *right = order >= 0 ? &to->at[j++] : NULL;
        TRY(compare_field(c, left, right, role));
    }
    return ST_OK;
}

static slice number_text(struct arena *arena, double value)
{
    struct buf text;
    buf_init_arena(&text, arena, 64);
    buf_printf(&text, "%.6g", value);
    return buf_slice(&text);
}

static status compare_measures(struct collector *c)
{
    const struct ledger_row *a = c->previous;
    const struct ledger_row *b = c->row;
    if (a->n >= 0 && b->n >= 0 && a->n != b->n)
        TRY(change_add(c, &rule_n, S("n"), number_text(c->arena, (double)a->n),
                       number_text(c->arena, (double)b->n), ROLE_PROTOCOL));
    bool both = a->has_stderr && b->has_stderr;
    if (both && fabs(a->stderr_value - b->stderr_value) >
                    STDERR_TOLERANCE * fmax(a->stderr_value, b->stderr_value))
        TRY(change_add(c, &rule_stderr, S("stderr"), number_text(c->arena, a->stderr_value),
                       number_text(c->arena, b->stderr_value), ROLE_PROTOCOL));
    if (a->split != b->split)
        TRY(change_add(c, &rule_split, S("split"), slice_of(run_split_name(a->split)),
                       slice_of(run_split_name(b->split)), ROLE_PROTOCOL));
    if (a->direction != b->direction && a->direction != DIRECTION_UNKNOWN &&
        b->direction != DIRECTION_UNKNOWN)
        TRY(change_add(c, &rule_direction, S("direction"),
                       slice_of(run_direction_name(a->direction)),
                       slice_of(run_direction_name(b->direction)), ROLE_PROTOCOL));
    return ST_OK;
}

static status warn(struct diff *diff, struct arena *arena, const char *code,
                   const struct error *text, struct error *err)
{
    if (diff->warning_count == DIFF_WARNINGS_MAX)
        return ST_OK;
    if (!diff->warnings)
        diff->warnings = arena_array(arena, DIFF_WARNINGS_MAX, sizeof *diff->warnings);
    if (!diff->warnings)
        return arena_check(arena, err);
    diff->warnings[diff->warning_count++] =
        (struct diff_warning){.code = code,
                              .text = arena_copy(arena, slice_of(text->text)),
                              .text_zh = arena_copy(arena, slice_of(text->text_zh))};
    return arena_check(arena, err);
}

/* As a warning for programs, and as a note for readers. */
static status tell(struct collector *c, const struct diff_note *note, const struct error *text)
{
    TRY(warn(c->diff, c->arena, note->code, text, c->err));
    return diff_notes_add(c->notes, note, c->row, c->err);
}

/* What one row tells by itself: a dirty tree, a set limit, an end that nobody recorded. */
static status warn_about_row(struct collector *c)
{
    struct error text;
    const struct ledger_field *dirty = fields_find(&c->row->protocol, S("revision.dirty"));
    const struct ledger_field *limit = fields_find(&c->row->protocol, S("limit"));
    if (dirty && dirty->number > 0) {
        (void)error_set(&text, ST_INVALID,
                        "run '%.*s': the working tree had changes that no commit records",
                        SLICE_ARG(slice_sub(c->row->run_id, 0, 60)));
        const struct diff_note note = {.code = "dirty_tree"};
        TRY(tell(c, &note, &text));
    }
    if (c->row->status_assumed) {
        (void)error_set(
            &text, ST_INVALID,
            "run '%.*s': whether it completed is not recorded; it is taken as completed",
            SLICE_ARG(slice_sub(c->row->run_id, 0, 60)));
        const struct diff_note note = {.code = "status_unknown"};
        TRY(tell(c, &note, &text));
    }
    if (limit && limit->kind != FIELD_NULL) {
        (void)error_set(
            &text, ST_INVALID,
            "run '%.*s', task '%.*s': only a part of the test set was scored (limit %.*s)",
            SLICE_ARG(slice_sub(c->row->run_id, 0, 60)), SLICE_ARG(slice_sub(c->row->task, 0, 60)),
            SLICE_ARG(slice_sub(limit->text, 0, 20)));
        const struct diff_note note = {.code = "limit_used", .detail = limit->text};
        TRY(tell(c, &note, &text));
    }
    return ST_OK;
}

static status warn_about_failed(struct collector *c)
{
    struct error text;
    if (c->task->failed_count == 0)
        return ST_OK;
    (void)error_set(&text, ST_INVALID,
                    "task '%.*s': %zu of %zu runs did not complete and do not count",
                    SLICE_ARG(slice_sub(c->task->task, 0, 60)), c->task->failed_count,
                    c->task->failed_count + c->task->run_count);
    const struct diff_note note = {.code = "failed_runs",
                                   .failed = c->task->failed_count,
                                   .seen = c->task->failed_count + c->task->run_count};
    return tell(c, &note, &text);
}

/* rows[0..count) are one line, in order of time. */
static status compare_line(struct collector *c, const struct ledger_row *rows, size_t count)
{
    c->previous = NULL;
    c->cap = 0;
    for (size_t i = 0; i < count; i++) {
        c->row = &rows[i];
        if (c->row->status != RUN_COMPLETED) {
            c->task->failed_count++;
            continue;
        }
        c->task->run_count++;
        TRY(warn_about_row(c));
        if (c->previous) {
            TRY(compare_measures(c));
            TRY(compare_fields(c, &c->previous->protocol, &c->row->protocol, ROLE_PROTOCOL));
            TRY(compare_fields(c, &c->previous->settings, &c->row->settings, ROLE_SETTINGS));
        }
        c->previous = c->row;
    }
    return warn_about_failed(c);
}

static size_t count_lines(const struct ledger *ledger)
{
    size_t lines = 0;
    for (size_t i = 0; i < ledger->row_count; i++)
        lines += i == 0 || !ledger_same_line(&ledger->rows[i - 1], &ledger->rows[i]);
    return lines;
}

static status compare_lines(const struct ledger *ledger, struct diff_notes *notes,
                            struct diff *diff, struct error *err)
{
    for (size_t start = 0; start < ledger->row_count;) {
        const struct ledger_row *rows = &ledger->rows[start];
        size_t count = 1;
        while (start + count < ledger->row_count && ledger_same_line(rows, &rows[count]))
            count++;
        struct diff_task *task = &diff->tasks[diff->task_count++];
        *task = (struct diff_task){.task = rows->task,
                                   .lineage = rows->lineage,
                                   .metric = rows->metric,
                                   .comparable = true};
        struct collector c = {
            .arena = notes->arena, .diff = diff, .task = task, .notes = notes, .err = err};
        TRY(compare_line(&c, rows, count));
        diff->comparable = diff->comparable && task->comparable;
        start += count;
    }
    return ST_OK;
}

status diff_ledger(const struct ledger *ledger, struct arena *arena, struct diff **ret,
                   struct error *err)
{
    struct diff_notes notes = {.arena = arena};
    struct diff *diff = arena_alloc(arena, sizeof *diff);
    struct diff_task *tasks = arena_array(arena, count_lines(ledger), sizeof *tasks);
    if (!diff || !tasks)
        return arena_check(arena, err);
    *diff = (struct diff){.tasks = tasks, .comparable = true};
    TRY(compare_lines(ledger, &notes, diff, err));
    TRY(diff_notes_finish(&notes, diff, err));
    TRY(diff_group_tasks(diff, DIFF_EXPECTED, arena, err));
    *ret = diff;
    return ST_OK;
}
