/* Compares the new rows of a project with its frozen protocol. */
#include "deviation_search.h"

#include <stdlib.h>

static const struct kind {
    slice slug;
    bool recurs;
    const char *text;
} kinds[DEVIATION_KINDS] = {
#define X(id, slug, recurs, text) {SLICE_INIT(slug), recurs, text},
#include "deviations.def"
#undef X
};

const char *deviation_slug(enum deviation_kind kind)
{
    return kinds[kind].slug.ptr;
}

const char *deviation_text(enum deviation_kind kind, enum lang lang)
{
    return tr(lang, kinds[kind].text);
}

bool deviation_recurs(enum deviation_kind kind)
{
    return kinds[kind].recurs;
}

bool deviation_kind_from(slice slug, enum deviation_kind *ret)
{
    for (int i = 0; i < DEVIATION_KINDS; i++)
        if (slice_eq(kinds[i].slug, slug)) {
            *ret = (enum deviation_kind)i;
            return true;
        }
    return false;
}

/* --- collecting ------------------------------------------------------------------------------- */

static const slice nothing = {NULL, 0};

bool deviation_same(const struct deviation *a, const struct deviation *b)
{
    return a->kind == b->kind && slice_eq(a->field, b->field) && slice_eq(a->to, b->to) &&
           slice_eq(a->task, b->task) && slice_eq(a->lineage, b->lineage) &&
           (kinds[a->kind].recurs || slice_eq(a->run_id, b->run_id));
}

void search_add(struct search *s, struct deviation found)
{
    const struct deviation_input *in = s->in;
    struct deviations *ret = s->ret;
    for (size_t i = 0; i < ret->count; i++)
        if (deviation_same(&ret->at[i], &found))
            return;
    if (in->is_settled && in->is_settled(in->context, &found))
        return;
    ret->total++;
    if (ret->count < DEVIATIONS_MAX)
        ret->at[ret->count++] = found;
}

void search_add_of_row(struct search *s, const struct ledger_row *row, enum deviation_kind kind,
                       slice field, slice from, slice to)
{
    search_add(s, (struct deviation){.kind = kind,
                                     .field = field,
                                     .from = from,
                                     .to = to,
                                     .run_id = row->run_id,
                                     .task = row->task,
                                     .lineage = row->lineage,
                                     .round = row->round});
}

slice search_count_text(struct search *s, int64_t count)
{
    return arena_printf(s->ret->arena, "%lld", (long long)count);
}

/* --- runs: the rows of one task, lineage and run id ------------------------------------------- */

static bool same_run(const struct ledger_row *a, const struct ledger_row *b)
{
    return slice_eq(a->task, b->task) && slice_eq(a->lineage, b->lineage) &&
           slice_eq(a->run_id, b->run_id);
}

/* A log that was seen while its run went on may be followed by the finished one. */
static bool is_repeated(const struct ledger_row *const *rows, size_t count,
                        const struct ledger_row *row)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i] != row && slice_eq(rows[i]->metric, row->metric) &&
            rows[i]->status != RUN_RUNNING && (!rows[i]->is_new || rows[i] < row))
            return true;
    return false;
}

/* Still running when it was last heard of, and the line has gone on without it. */
static void check_abandoned(struct search *s, const struct ledger_row *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i]->status != RUN_RUNNING || rows[i]->is_new)
            return;
    const struct ledger_row *row = rows[0];
    if (s->newest_new[row - s->in->ledger->rows] > row->time_ms)
        search_add_of_row(s, row, DEVIATION_ABANDONED, S("status"), S("completed"), S("running"));
}

static void check_run(struct search *s, const struct ledger_row *const *rows, size_t count)
{
    const struct ledger_row *other = NULL; /* a new row of another metric */
    bool agreed = false;
    check_abandoned(s, rows, count);
    for (size_t i = 0; i < count; i++) {
        const struct ledger_row *row = rows[i];
        bool is_agreed = slice_eq(row->metric, s->in->freeze->metric);
        agreed = agreed || is_agreed;
        if (row->is_new && !is_agreed && !other)
            other = row;
        if (!row->is_new || !is_agreed)
            continue;
        search_row(s, row);
        if (is_repeated(rows, count, row))
            search_add_of_row(s, row, DEVIATION_REPEATED, S("run_id"), nothing, row->run_id);
    }
    if (agreed || !other)
        return;
    search_add_of_row(s, other, DEVIATION_METRIC, S("metric"), s->in->freeze->metric,
                      other->metric);
    search_row(s, other);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void measure_lines(struct search *s)
{
    const struct ledger *ledger = s->in->ledger;
    for (size_t start = 0, end; start < ledger->row_count; start = end) {
        int64_t old = INT64_MIN, new = INT64_MIN;
        for (end = start;
             end < ledger->row_count && ledger_same_line(&ledger->rows[start], &ledger->rows[end]);
             end++) {
            const struct ledger_row *row = &ledger->rows[end];
            int64_t *newest = row->is_new ? &new : &old;
            if (row->time_ms > *newest)
                *newest = row->time_ms;
        }
        for (size_t i = start; i < end; i++) {
            s->oldest_allowed[i] = old;
            s->newest_new[i] = new;
        }
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static int run_order(const void *a, const void *b)
{
    const struct ledger_row *left = *(const struct ledger_row *const *)a;
    const struct ledger_row *right = *(const struct ledger_row *const *)b;
    int order = slice_cmp(left->task, right->task);
    if (order == 0)
        order = slice_cmp(left->lineage, right->lineage);
    if (order == 0)
        order = slice_cmp(left->run_id, right->run_id);
    return order ? order : (left > right) - (left < right);
}

static status search_begin(struct search *s, struct error *err)
{
    const struct ledger *ledger = s->in->ledger;
    struct arena *arena = s->ret->arena;
    s->order = arena_array(arena, ledger->row_count, sizeof *s->order);
    s->oldest_allowed = arena_array(arena, ledger->row_count, sizeof *s->oldest_allowed);
    s->newest_new = arena_array(arena, ledger->row_count, sizeof *s->newest_new);
    if (!s->order || !s->oldest_allowed || !s->newest_new)
        return arena_check(arena, err);
    for (size_t i = 0; i < ledger->row_count; i++)
        s->order[i] = &ledger->rows[i];
    if (ledger->row_count)
        qsort(s->order, ledger->row_count, sizeof *s->order, run_order);
    measure_lines(s);
    return ST_OK;
}

static void check_addition(struct search *s)
{
    const struct ledger *addition = s->in->addition;
    for (size_t i = 0; i < addition->excluded_count; i++)
        search_add(s, (struct deviation){.kind = DEVIATION_EXCLUDED,
                                         .field = S("file"),
                                         .to = addition->excluded[i].reason,
                                         .run_id = addition->excluded[i].path});
    if (s->in->grade_before == 'A' && addition->grade != 'A')
        search_add(s, (struct deviation){.kind = DEVIATION_GRADE,
                                         .field = S("grade"),
                                         .from = S("A"),
                                         .to = arena_printf(s->ret->arena, "%c", addition->grade),
                                         .run_id = S("")});
}

status deviations_find(const struct deviation_input *in, struct deviations *ret, struct error *err)
{
    struct search s = {.in = in, .ret = ret};
    TRY(search_begin(&s, err));
    for (size_t start = 0, end; start < in->ledger->row_count; start = end) {
        for (end = start; end < in->ledger->row_count && same_run(s.order[start], s.order[end]);)
            end++;
        check_run(&s, &s.order[start], end - start);
    }
    check_addition(&s);
    TRY(search_lines(&s, err));
    return arena_check(ret->arena, err);
}
