/* Completes a ledger: lineages, duplicates, order, and the number of each round.
 *
 * A round is the rank of a run's start within its task, lineage and metric. Failed and unfinished
 * runs stay in the ledger without a round: a completed retry after a failure is not a second
 * attempt. */
#include "ledger.h"

#include <regex.h>
#include <stdlib.h>

/* The lineage of a system's name: first group of the pattern, else the match, else the name. */
static slice lineage_of(const regex_t *pattern, slice system)
{
    regmatch_t match[2];
    char name[512];
    if (system.len >= sizeof name)
        return system;
    memcpy(name, system.ptr, system.len);
    name[system.len] = '\0';
    if (regexec(pattern, name, ARRAY_COUNT(match), match, 0) != 0)
        return system;
    const regmatch_t *part = match[1].rm_so >= 0 ? &match[1] : &match[0];
    return slice_sub(system, (size_t)part->rm_so, (size_t)(part->rm_eo - part->rm_so));
}

static status apply_lineage(struct ledger *ledger, slice pattern, struct error *err)
{
    regex_t compiled;
    slice text = arena_copy(ledger->arena, pattern);
    if (!text.ptr)
        return arena_check(ledger->arena, err);
    int rc = regcomp(&compiled, text.ptr, REG_EXTENDED);
    if (rc != 0) {
        char why[128];
        (void)regerror(rc, &compiled, why, sizeof why);
        return error_set(err, ST_INVALID, "lineage pattern '%s': %s", text.ptr, why);
    }
    for (size_t i = 0; i < ledger->row_count; i++)
        ledger->rows[i].lineage = lineage_of(&compiled, ledger->rows[i].system);
    regfree(&compiled);
    return ST_OK;
}

static int row_order(const void *left, const void *right)
{
    const struct ledger_row *a = left;
    const struct ledger_row *b = right;
    int order = slice_cmp(a->task, b->task);
    if (order == 0)
        order = slice_cmp(a->lineage, b->lineage);
    if (order == 0)
        order = slice_cmp(a->metric, b->metric);
    if (order == 0)
        order = (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms);
    if (order == 0)
        order = slice_cmp(a->run_id, b->run_id);
    return order ? order : slice_cmp(a->source_path, b->source_path);
}

bool ledger_same_line(const struct ledger_row *a, const struct ledger_row *b)
{
    return slice_eq(a->task, b->task) && slice_eq(a->lineage, b->lineage) &&
           slice_eq(a->metric, b->metric);
}

/* The same file found twice (a copy in two folders) is one run. Rows are sorted. */
static void drop_duplicates(struct ledger *ledger)
{
    size_t kept = 0;
    for (size_t i = 0; i < ledger->row_count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        bool twice = false;
        for (size_t j = kept; j > 0 && !twice; j--) {
            const struct ledger_row *other = &ledger->rows[j - 1];
            if (!ledger_same_line(other, row) || other->time_ms != row->time_ms)
                break;
            twice = other->is_new == row->is_new && /* projects keep what came first */
                    slice_eq(other->run_id, row->run_id) && row->source_sha256.len &&
                    slice_eq(other->source_sha256, row->source_sha256);
        }
        if (!twice)
            ledger->rows[kept++] = *row;
    }
    ledger->row_count = kept;
}

static slice field_text_or(const struct ledger_row *row, const char *name)
{
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(name));
    if (!field)
        field = fields_find(&row->settings, slice_of(name));
    return field ? field->text : S("");
}

/* True when b begins a new round after a, both completed and of one line. */
static bool is_new_round(const struct ledger_row *a, const struct ledger_row *b, enum round_by by)
{
    switch (by) {
    case ROUND_BY_RUN:
        return true;
    case ROUND_BY_DAY:
        return a->time_ms / 86400000 != b->time_ms / 86400000;
    case ROUND_BY_TAG:
        return !slice_eq(field_text_or(a, "tag"), field_text_or(b, "tag"));
    case ROUND_BY_COMMIT:
        return !slice_eq(field_text_or(a, "commit"), field_text_or(b, "commit"));
    }
    return true;
}

static void number_rounds(struct ledger *ledger, enum round_by by)
{
    const struct ledger_row *last = NULL; /* last counted row of the current line */
    uint32_t round = 0;
    for (size_t i = 0; i < ledger->row_count; i++) {
        struct ledger_row *row = &ledger->rows[i];
        if (i > 0 && !ledger_same_line(&ledger->rows[i - 1], row)) {
            last = NULL;
            round = 0;
        }
        if (row->status != RUN_COMPLETED || !row->has_value)
            continue;
        if (!last || is_new_round(last, row, by))
            round++;
        row->round = round;
        last = row;
    }
}

static void keep_metric(struct ledger *ledger, slice metric)
{
    size_t kept = 0;
    for (size_t i = 0; i < ledger->row_count; i++)
        if (slice_eq(ledger->rows[i].metric, metric))
            ledger->rows[kept++] = ledger->rows[i];
    ledger->row_count = kept;
}

status ledger_finish(struct ledger *ledger, const struct ledger_options *options, struct error *err)
{
    for (size_t i = 0; i < ledger->row_count; i++) {
        struct ledger_row *row = &ledger->rows[i];
        if (row->lineage.len == 0)
            row->lineage = row->system;
        if (row->split == SPLIT_UNKNOWN)
            row->split = options->split;
    }
    if (options->lineage_pattern.len)
        TRY(apply_lineage(ledger, options->lineage_pattern, err));
    if (options->metric.len)
        keep_metric(ledger, options->metric);
    if (ledger->row_count)
        qsort(ledger->rows, ledger->row_count, sizeof *ledger->rows, row_order);
    drop_duplicates(ledger);
    number_rounds(ledger, options->round_by);
    return arena_check(ledger->arena, err);
}
