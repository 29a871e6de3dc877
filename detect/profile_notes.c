/* Findings of a profile: each a rule over counts, with the numbers that it saw. */
#include "detect/profile_notes.h"

#include <math.h>
#include <stdlib.h>

#define LEAKAGE_R  0.98 /* |r| with the result from which a column nearly is the result */
#define COUPLING_R 0.5  /* |r| of a recorded setting with the result that is worth a look */
enum { NAME_MAX = 60, SMALL_ROWS = 20 };

static bool is_one_of(slice name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq_nocase(name, slice_of(words[i])))
            return true;
    return false;
}

size_t profile_target(const struct profile *p)
{
    static const char *const names[] = {"performance", "score",  "accuracy", "target",
                                        "label",       "metric", "y",        "value"};
    for (size_t n = 0; n < ARRAY_COUNT(names); n++)
        for (size_t i = 0; i < p->column_count; i++)
            if (slice_eq_nocase(p->columns[i].name, slice_of(names[n])) &&
                !isnan(p->columns[i].mean))
                return i;
    return p->column_count;
}

static slice shown(const struct profile_column *c)
{
    slice name = c->name.len ? c->name : S("?");
    size_t len = name.len < NAME_MAX ? name.len : NAME_MAX;
    while (len < name.len && len > 0 && ((unsigned char)name.ptr[len] & 0xC0) == 0x80)
        len--;
    return slice_sub(name, 0, len);
}

#define SAY(list, code, ...)                                                                       \
    do {                                                                                           \
        if ((list)->count < PROFILE_NOTES_MAX)                                                     \
            note_add(list, arena, code, name, __VA_ARGS__);                                        \
    } while (0)

/* --- quality ---------------------------------------------------------------------------------- */

static void column_quality(struct profile *p, const struct profile_column *c, struct arena *arena)
{
    slice name = shown(c);
    if (c->missing > 0)
        SAY(&p->quality, "missing_values", "column '%.*s': %zu of %zu values are missing (%.1f %%)",
            SLICE_ARG(name), c->missing, p->row_count,
            100.0 * (double)c->missing / (double)p->row_count); /* missing > 0: there are rows */
    if (c->mixed > 0)
        SAY(&p->quality, "mixed_types", "column '%.*s': %zu texts among numbers", SLICE_ARG(name),
            c->mixed);
    if (c->outliers > 0)
        SAY(&p->quality, "outliers",
            "column '%.*s': %zu values lie more than 3 interquartile ranges outside (range %g to "
            "%g)",
            SLICE_ARG(name), c->outliers, c->min, c->max);
    if (c->distinct == 1 && c->missing == 0 && p->row_count > 1)
        SAY(&p->quality, "constant_column", "column '%.*s' has the same value in every row",
            SLICE_ARG(name));
    if (c->name.len == 0)
        SAY(&p->quality, "unnamed_column", "a column has no name");
}

static int compare_hash(const void *left, const void *right)
{
    const struct profile_column *a = *(const struct profile_column *const *)left;
    const struct profile_column *b = *(const struct profile_column *const *)right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a > b) - (a < b);
}

/* Columns of the same texts in the same order. */
static void twins(struct profile *p, struct arena *arena)
{
    const struct profile_column **order = arena_array(arena, p->column_count, sizeof(void *));
    if (!order || p->row_count < 2)
        return;
    for (size_t i = 0; i < p->column_count; i++)
        order[i] = &p->columns[i];
    qsort(order, p->column_count, sizeof(void *), compare_hash);
    for (size_t i = 1; i < p->column_count; i++) {
        slice name = shown(order[i]);
        if (order[i]->hash == order[i - 1]->hash && order[i]->present > 0)
            SAY(&p->quality, "duplicate_column", "columns '%.*s' and '%.*s' are the same",
                SLICE_ARG(shown(order[i - 1])), SLICE_ARG(name));
    }
}

static void table_quality(struct profile *p, struct arena *arena)
{
    slice name = S("");
    if (p->row_count < SMALL_ROWS)
        SAY(&p->quality, "few_rows", "only %zu rows: most numbers here are uncertain",
            p->row_count);
    if (p->duplicate_rows > 0)
        SAY(&p->quality, "duplicate_rows", "%zu rows repeat an earlier row exactly",
            p->duplicate_rows);
    if (p->short_rows > 0)
        SAY(&p->quality, "short_rows", "%zu rows have fewer fields than the header", p->short_rows);
}

/* --- bias ------------------------------------------------------------------------------------- */

/* Does the name say that the value is known only after the result? */
static bool says_after(slice name)
{
    static const char *const words[] = {"final",    "best",  "rank", "winner",  "selected",
                                        "reported", "after", "post", "outcome", "result"};
    slice rest = name, word;
    while (rest.len && slice_split(&rest, '_', &word))
        if (is_one_of(word, words, ARRAY_COUNT(words)))
            return true;
    return false;
}

static void column_bias(struct profile *p, const struct profile_column *c, struct arena *arena)
{
    slice name = shown(c);
    slice target = shown(&p->columns[p->target]);
    double r = fabs(c->r_target);
    if (r >= LEAKAGE_R)
        SAY(&p->bias, "leakage_correlation",
            "column '%.*s' nearly is the result '%.*s' (r = %.3f): it may have been made from it",
            SLICE_ARG(name), SLICE_ARG(target), c->r_target);
    else if (r >= COUPLING_R && slice_has_prefix(c->name, S("constraint_")))
        SAY(&p->bias, "setting_follows_result",
            "setting '%.*s' goes with the result '%.*s' (r = %.2f); only the test of /api/detect "
            "tells whether it followed it",
            SLICE_ARG(name), SLICE_ARG(target), c->r_target);
    if (says_after(c->name))
        SAY(&p->bias, "target_after_event",
            "column '%.*s' sounds as if it were known only after the result '%.*s'",
            SLICE_ARG(name), SLICE_ARG(target));
}

void profile_notes(struct profile *p, struct arena *arena)
{
    slice name = S("");
    table_quality(p, arena);
    for (size_t i = 0; i < p->column_count; i++)
        column_quality(p, &p->columns[i], arena);
    twins(p, arena);
    if (p->target == p->column_count) {
        SAY(&p->bias, "no_target",
            "no column of results was recognised (performance, score, accuracy, …), so nothing was "
            "compared with it");
        return;
    }
    for (size_t i = 0; i < p->column_count; i++)
        if (i != p->target)
            column_bias(p, &p->columns[i], arena);
}
