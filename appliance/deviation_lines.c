/* What only the lines of a ledger tell: tasks that were left out, attempts beyond the budget. */
#include "attempts.h"
#include "deviation_search.h"

/* Rounds of the agreed metric of a task and lineage. */
static uint32_t rounds_of(const struct search *s, slice task, slice lineage)
{
    const struct ledger *ledger = s->in->ledger;
    uint32_t rounds = 0;
    for (size_t i = 0; i < ledger->row_count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        if (row->round > rounds && slice_eq(row->metric, s->in->freeze->metric) &&
            slice_eq(row->lineage, lineage) && slice_eq(row->task, task))
            rounds = row->round;
    }
    return rounds;
}

/* Logs may come one task at a time, so only a lead of two rounds shows that one was left out. */
static void check_skipped(struct search *s, slice lineage)
{
    const struct freeze *freeze = s->in->freeze;
    uint32_t most = 0;
    uint32_t *rounds = arena_array(s->ret->arena, freeze->task_count, sizeof *rounds);
    for (size_t i = 0; rounds && i < freeze->task_count; i++) {
        rounds[i] = rounds_of(s, freeze->tasks[i].name, lineage);
        most = rounds[i] > most ? rounds[i] : most;
    }
    for (size_t i = 0; rounds && i < freeze->task_count; i++)
        if (rounds[i] + 2 <= most)
            search_add(s, (struct deviation){.kind = DEVIATION_TASK_SKIPPED,
                                             .field = S("task"),
                                             .from = freeze->tasks[i].name,
                                             .run_id = search_count_text(s, rounds[i]),
                                             .task = freeze->tasks[i].name,
                                             .lineage = lineage,
                                             .round = most});
}

enum { SKIP_LINEAGES_MAX = 64 };

static void check_tasks(struct search *s)
{
    slice seen[SKIP_LINEAGES_MAX];
    size_t count = 0;
    if (s->in->freeze->task_count < 2)
        return;
    for (size_t i = 0; i < s->in->ledger->row_count && count < SKIP_LINEAGES_MAX; i++) {
        const struct ledger_row *row = &s->in->ledger->rows[i];
        bool known = !row->is_new;
        for (size_t j = 0; j < count && !known; j++)
            known = slice_eq(seen[j], row->lineage);
        if (known)
            continue;
        seen[count++] = row->lineage;
        check_skipped(s, row->lineage);
    }
}

/* --- attempts --------------------------------------------------------------------------------- */

static status check_attempts(struct search *s, struct error *err)
{
    struct attempts *list;
    size_t count;
    uint64_t budget = s->in->freeze->budget;
    if (budget == 0)
        return ST_OK;
    TRY(attempts_count(s->in->ledger, s->ret->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (list[i].count > budget && attempts_have_new(s->in->ledger, &list[i]))
            search_add(s, (struct deviation){.kind = DEVIATION_ATTEMPTS,
                                             .field = S("attempts"),
                                             .from = search_count_text(s, (int64_t)budget),
                                             .to = search_count_text(s, (int64_t)list[i].count),
                                             .run_id = search_count_text(s, (int64_t)list[i].count),
                                             .task = list[i].task,
                                             .lineage = list[i].lineage,
                                             .round = list[i].count});
    return ST_OK;
}

status search_lines(struct search *s, struct error *err)
{
    check_tasks(s);
    return check_attempts(s, err);
}
