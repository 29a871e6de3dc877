/* Counts the attempts of a ledger. */
#include "attempts.h"

static bool is_attempt(const struct ledger_row *row)
{
    return row->status == RUN_COMPLETED && row->has_value && row->split != SPLIT_DEV;
}

/* Rows of one unit follow each other, metric by metric: the metric with the most runs counts. */
status attempts_count(const struct ledger *ledger, struct arena *arena, struct attempts **ret,
                      size_t *ret_count, struct error *err)
{
    size_t cap = 0, count = 0;
    void *list = NULL;
    for (size_t start = 0, end; start < ledger->row_count; start = end) {
        const struct ledger_row *first = &ledger->rows[start];
        uint64_t runs = 0;
        for (end = start; end < ledger->row_count && ledger_same_line(first, &ledger->rows[end]);
             end++)
            runs += is_attempt(&ledger->rows[end]);
        struct attempts *last = count ? (struct attempts *)list + count - 1 : NULL;
        if (last && slice_eq(last->task, first->task) && slice_eq(last->lineage, first->lineage)) {
            last->count = runs > last->count ? runs : last->count;
            continue;
        }
        if (runs == 0)
            continue;
        if (!arena_grow(arena, &list, &cap, count, sizeof **ret))
            return arena_check(arena, err);
        ((struct attempts *)list)[count++] =
            (struct attempts){.task = first->task, .lineage = first->lineage, .count = runs};
    }
    *ret = list;
    *ret_count = count;
    return ST_OK;
}

bool attempts_have_new(const struct ledger *ledger, const struct attempts *attempts)
{
    for (size_t i = 0; i < ledger->row_count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        if (row->is_new && is_attempt(row) && slice_eq(row->task, attempts->task) &&
            slice_eq(row->lineage, attempts->lineage))
            return true;
    }
    return false;
}
