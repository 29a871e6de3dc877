/* What one new row says against the frozen protocol. */
#include "deviation_search.h"
#include "diff.h"

#include "base/clock.h"

static const slice nothing = {NULL, 0};

/* --- fields of the protocol ------------------------------------------------------------------- */

static enum deviation_kind kind_of_field(slice name)
{
    static const struct {
        const char *rule; /* key of diff_rules.def */
        enum deviation_kind kind;
    } of_rule[] = {
        {"limit", DEVIATION_LIMIT},       {"budget", DEVIATION_BUDGET},
        {"epochs", DEVIATION_EPOCHS},     {"task", DEVIATION_TASK},
        {"prompt", DEVIATION_PROMPT},     {"judge", DEVIATION_JUDGE},
        {"metric", DEVIATION_SCORING},    {"data", DEVIATION_DATA},
        {"harness", DEVIATION_HARNESS},   {"code", DEVIATION_CODE},
        {"seed", DEVIATION_SEED},         {"environment", DEVIATION_ENVIRONMENT},
        {"decoding", DEVIATION_DECODING},
    };
    const char *rule = diff_kind_of(name);
    for (size_t i = 0; i < ARRAY_COUNT(of_rule); i++)
        if (strcmp(of_rule[i].rule, rule) == 0)
            return of_rule[i].kind;
    return DEVIATION_PROTOCOL;
}

static bool is_threshold(slice name)
{
    return slice_eq(name, S("threshold")) || slice_eq(name, S("pass_threshold")) ||
           slice_eq(name, S("cutoff"));
}

static bool is_dirty(const struct ledger_field *field)
{
    return slice_has_suffix(field->name, S("dirty")) &&
           (field->number > 0 || slice_eq(field->text, S("true")));
}

static void check_found(struct search *s, const struct ledger_row *row,
                        const struct ledger_field *wanted, const struct ledger_field *found)
{
    if (is_threshold(found->name))
        return;
    if (is_dirty(found) && !(wanted && is_dirty(wanted)))
        search_add_of_row(s, row, DEVIATION_DIRTY, found->name, wanted ? wanted->text : nothing,
                          found->text);
    else if (!wanted)
        search_add_of_row(s, row, DEVIATION_FIELD_ADDED, found->name, nothing, found->text);
    else if (!field_eq(wanted, found))
        search_add_of_row(s, row, kind_of_field(found->name), found->name, wanted->text,
                          found->text);
}

static void check_missing(struct search *s, const struct ledger_row *row,
                          const struct ledger_fields *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!fields_find(&row->protocol, wanted->at[i].name))
            search_add_of_row(s, row, DEVIATION_FIELD_MISSING, wanted->at[i].name,
                              wanted->at[i].text, nothing);
}

static void check_fields(struct search *s, const struct ledger_row *row)
{
    const struct freeze *freeze = s->in->freeze;
    const struct freeze_task *task = freeze_task_find(freeze, row->task);
    for (size_t i = 0; i < row->protocol.count; i++) {
        const struct ledger_field *found = &row->protocol.at[i];
        check_found(s, row, freeze_field(freeze, task, found->name), found);
    }
    check_missing(s, row, &freeze->protocol);
    if (task)
        check_missing(s, row, &task->protocol);
}

static void check_threshold(struct search *s, const struct ledger_row *row,
                            const struct ledger_fields *fields)
{
    const struct freeze *freeze = s->in->freeze;
    for (size_t i = 0; i < fields->count; i++) {
        const struct ledger_field *field = &fields->at[i];
        bool same = freeze->has_threshold && field->kind == FIELD_NUMBER &&
                    !(field->number < freeze->threshold) && !(field->number > freeze->threshold);
        if (is_threshold(field->name) && !same)
            search_add_of_row(s, row, DEVIATION_THRESHOLD, field->name,
                              freeze->has_threshold
                                  ? arena_printf(s->ret->arena, "%.17g", freeze->threshold)
                                  : nothing,
                              field->text);
    }
}

/* --- what a row says beside its fields -------------------------------------------------------- */

static void check_scope(struct search *s, const struct ledger_row *row)
{
    const struct freeze *freeze = s->in->freeze;
    if (freeze->task_count && !freeze_task_find(freeze, row->task))
        search_add_of_row(s, row, DEVIATION_TASK_ADDED, S("task"), nothing, row->task);
    if (!freeze_has_lineage(freeze, row->lineage))
        search_add_of_row(s, row, DEVIATION_LINEAGE, S("lineage"), nothing, row->lineage);
    if (!(freeze->splits & 1u << row->split))
        search_add_of_row(s, row, DEVIATION_SPLIT, S("split"), nothing,
                          slice_of(run_split_name(row->split)));
    if (freeze->direction != DIRECTION_UNKNOWN && freeze->direction != row->direction)
        search_add_of_row(s, row, DEVIATION_DIRECTION, S("direction"),
                          slice_of(run_direction_name(freeze->direction)),
                          row->direction == DIRECTION_UNKNOWN
                              ? nothing
                              : slice_of(run_direction_name(row->direction)));
    if (row->round > freeze->planned_rounds)
        search_add_of_row(s, row, DEVIATION_BEYOND, S("round"),
                          search_count_text(s, (int64_t)freeze->planned_rounds),
                          search_count_text(s, (int64_t)row->round));
}

static void check_samples(struct search *s, const struct ledger_row *row)
{
    const struct freeze_task *task = freeze_task_find(s->in->freeze, row->task);
    int64_t wanted = task && task->n >= 0 ? task->n : s->in->freeze->n;
    if (wanted < 0 || row->n == wanted || row->status != RUN_COMPLETED)
        return;
    enum deviation_kind kind = row->n < 0        ? DEVIATION_UNCOUNTED
                               : row->n < wanted ? DEVIATION_FEWER
                                                 : DEVIATION_MORE;
    search_add_of_row(s, row, kind, S("n"), search_count_text(s, wanted),
                      row->n < 0 ? nothing : search_count_text(s, row->n));
}

static void check_outcome(struct search *s, const struct ledger_row *row)
{
    slice state = slice_of(run_status_name(row->status));
    if (row->status == RUN_FAILED)
        search_add_of_row(s, row, DEVIATION_FAILED, S("status"), S("completed"), state);
    else if (row->status == RUN_RUNNING)
        search_add_of_row(s, row, DEVIATION_UNFINISHED, S("status"), S("completed"), state);
    else if (!row->has_value)
        search_add_of_row(s, row, DEVIATION_SCORELESS, S("value"), nothing, nothing);
}

static slice text_of_time(struct search *s, int64_t time_ms)
{
    char text[TIME_TEXT_MAX];
    return arena_copy(s->ret->arena, time_rfc3339(time_ms, text));
}

/* Hand-made tables have periods, not times. */
static void check_times(struct search *s, const struct ledger_row *row)
{
    int64_t before = s->oldest_allowed[row - s->in->ledger->rows];
    bool has_times = !slice_eq(row->task, S("table"));
    if (has_times && row->time_ms < s->in->frozen_ms)
        search_add_of_row(s, row, DEVIATION_EARLY, S("time"), text_of_time(s, s->in->frozen_ms),
                          text_of_time(s, row->time_ms));
    if (row->time_ms < before)
        search_add_of_row(s, row, DEVIATION_BACK, S("time"), text_of_time(s, before),
                          text_of_time(s, row->time_ms));
}

void search_row(struct search *s, const struct ledger_row *row)
{
    check_fields(s, row);
    check_threshold(s, row, &row->protocol);
    check_threshold(s, row, &row->settings);
    check_scope(s, row);
    check_samples(s, row);
    check_outcome(s, row);
    check_times(s, row);
}
