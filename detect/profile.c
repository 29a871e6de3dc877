/* Columns of a CSV, one pass for the texts and one per column for the numbers; see profile.h. */
#include "detect/profile.h"

#include "detect/csv.h"
#include "detect/profile_notes.h"
#include "detect/stats.h"

#include <math.h>
#include <stdlib.h>

enum { SLOTS = 2048 }; /* of the set of distinct values; twice PROFILE_DISTINCT_MAX */

struct builder {
    struct profile *profile;
    struct arena *arena;
    struct csv csv;
    struct csv_field *fields;
    size_t row_cap;
    double **values;         /* [column][row] */
    uint64_t **slots;        /* [column][SLOTS]: hashes of distinct texts, 0 = free */
    uint64_t *row_hash;      /* [row] */
    size_t *numbers, *texts; /* [column] fields of either kind */
};

/* FNV-1a, 64 bits. */
static uint64_t hash_more(uint64_t hash, slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return (hash ^ 0xFF) * UINT64_C(1099511628211); /* ends a field */
}
#define HASH_START UINT64_C(14695981039346656037)

static void count_distinct(struct builder *b, size_t column, slice text)
{
    struct profile_column *c = &b->profile->columns[column];
    uint64_t hash = hash_more(HASH_START, text) | 1;
    if (c->distinct == PROFILE_DISTINCT_MAX)
        return;
    for (size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
        uint64_t *slot = &b->slots[column][i];
        if (*slot == hash)
            return;
        if (*slot == 0) {
            *slot = hash;
            c->distinct++;
            return;
        }
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

static status parse_error(struct error *err, const char *why)
{
    return error_code(err, ST_INVALID, "csv_parse", "%s", why);
}

static status begin(struct builder *b, slice csv, struct error *err)
{
    struct profile *p = b->profile;
    size_t count;
    b->fields = arena_array(b->arena, PROFILE_COLUMNS_MAX, sizeof *b->fields);
    if (!b->fields)
        return arena_check(b->arena, err);
    csv_begin(&b->csv, csv, csv_separator_guess(csv));
    if (csv_row(&b->csv, b->fields, PROFILE_COLUMNS_MAX, &count) != CSV_ROW)
        return parse_error(err, "No columns to parse from file");
    if (count > PROFILE_COLUMNS_MAX)
        return error_code(err, ST_LIMIT, "profile_cells", "a profile takes at most %d columns",
                          PROFILE_COLUMNS_MAX);
    p->column_count = count;
    b->row_cap = csv_rows_bound(csv);
    if (b->row_cap > PROFILE_CELLS_MAX / count)
        return error_code(err, ST_LIMIT, "profile_cells",
                          "a profile takes at most %d fields in all", PROFILE_CELLS_MAX);
    p->columns = arena_array(b->arena, count, sizeof *p->columns);
    b->values = arena_array(b->arena, count, sizeof *b->values);
    b->slots = arena_array(b->arena, count, sizeof *b->slots);
    b->numbers = arena_array(b->arena, count, sizeof *b->numbers);
    b->texts = arena_array(b->arena, count, sizeof *b->texts);
    b->row_hash = arena_array_raw(b->arena, b->row_cap, sizeof *b->row_hash);
    TRY(arena_check(b->arena, err));
    for (size_t i = 0; i < count; i++) {
        slice name =
            b->fields[i].escaped ? csv_unescape(b->arena, b->fields[i].raw) : b->fields[i].raw;
        p->columns[i] = (struct profile_column){.name = arena_copy(b->arena, slice_trim(name)),
                                                .hash = HASH_START};
        b->values[i] = arena_array_raw(b->arena, b->row_cap, sizeof **b->values);
        b->slots[i] = arena_array(b->arena, SLOTS, sizeof **b->slots);
    }
    return arena_check(b->arena, err);
}

static void take_field(struct builder *b, size_t column, size_t row, slice text)
{
    struct profile_column *c = &b->profile->columns[column];
    double value;
    enum value_type type = value_type_of(text, &value);
    bool number = type == VALUE_INTEGER || type == VALUE_NUMBER;
    c->hash = hash_more(c->hash, text);
    b->values[column][row] = number ? value : NAN;
    if (type == VALUE_EMPTY) {
        c->missing++;
        return;
    }
    c->present++;
    b->numbers[column] += number;
    b->texts[column] += type == VALUE_TEXT;
    c->type = value_type_join(c->type, type);
    count_distinct(b, column, text);
}

static status read_rows(struct builder *b, struct error *err)
{
    struct profile *p = b->profile;
    size_t count;
    enum csv_result got;
    while ((got = csv_row(&b->csv, b->fields, p->column_count, &count)) == CSV_ROW) {
        size_t row = p->row_count;
        uint64_t hash = HASH_START;
        struct arena_mark mark = arena_mark(b->arena);
        if (count > p->column_count)
            return error_code(err, ST_INVALID, "csv_parse",
                              "Error tokenizing data. C error: Expected %zu fields in line %zu, "
                              "saw %zu",
                              p->column_count, b->csv.row_line, count);
        p->short_rows += count < p->column_count;
        for (size_t i = 0; i < p->column_count; i++) {
            slice text = S("");
            if (i < count)
                text = b->fields[i].escaped ? csv_unescape(b->arena, b->fields[i].raw)
                                            : b->fields[i].raw;
            TRY(arena_check(b->arena, err));
            take_field(b, i, row, text);
            hash = hash_more(hash, text);
        }
        arena_rewind(b->arena, mark);
        b->row_hash[row] = hash;
        p->row_count++;
    }
    return got == CSV_UNTERMINATED ? parse_error(err, "the text ends inside of quotes") : ST_OK;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int compare_double(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int compare_hash(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void count_duplicates(struct builder *b)
{
    struct profile *p = b->profile;
    if (p->row_count < 2)
        return;
    qsort(b->row_hash, p->row_count, sizeof *b->row_hash, compare_hash);
    for (size_t i = 1; i < p->row_count; i++)
        p->duplicate_rows += b->row_hash[i] == b->row_hash[i - 1];
}

/* Far outside: Tukey's outer fences, 3 interquartile ranges from the quartiles. */
static void count_outliers(struct profile_column *c, const double *sorted, size_t count)
{
    double low = sorted[count / 4], high = sorted[count - 1 - count / 4];
    double reach = 3 * (high - low);
    if (count < 8 || !(high > low))
        return;
    for (size_t i = 0; i < count; i++)
        c->outliers += sorted[i] < low - reach || sorted[i] > high + reach;
}

/* numbers: scratch for row_count doubles. */
static void measure(struct builder *b, size_t column, double *numbers)
{
    struct profile_column *c = &b->profile->columns[column];
    size_t count = 0;
    c->values = b->values[column];
    c->min = c->max = c->mean = c->sd = c->r_target = NAN;
    for (size_t i = 0; i < b->profile->row_count; i++)
        if (!isnan(c->values[i]))
            numbers[count++] = c->values[i];
    bool mostly = b->numbers[column] > 0 && b->texts[column] > 0 &&
                  b->texts[column] <= b->numbers[column] / 4;
    c->mixed = mostly ? b->texts[column] : 0;
    if (count == 0 || (c->type != VALUE_INTEGER && c->type != VALUE_NUMBER && !mostly))
        return;
    struct moments moments = stats_moments(numbers, count);
    c->min = moments.min;
    c->max = moments.max;
    c->mean = moments.mean;
    c->sd = stats_std(&moments, 1);
    qsort(numbers, count, sizeof *numbers, compare_double);
    count_outliers(c, numbers, count);
}

static void correlate(const struct profile *p, struct profile_column *c, double *x, double *y)
{
    const double *target = p->columns[p->target].values;
    size_t count = 0;
    for (size_t i = 0; i < p->row_count; i++) {
        if (isnan(c->values[i]) || isnan(target[i]))
            continue;
        x[count] = c->values[i];
        y[count++] = target[i];
    }
    if (count >= 8)
        c->r_target = stats_pearson(x, y, count);
}

static status finish(struct builder *b, struct error *err)
{
    struct profile *p = b->profile;
    double *x = arena_array_raw(b->arena, p->row_count + 1, sizeof *x);
    double *y = arena_array_raw(b->arena, p->row_count + 1, sizeof *y);
    TRY(arena_check(b->arena, err));
    for (size_t i = 0; i < p->column_count; i++)
        measure(b, i, x);
    count_duplicates(b);
    p->target = profile_target(p);
    for (size_t i = 0; i < p->column_count && p->target < p->column_count; i++)
        if (i != p->target && !isnan(p->columns[i].mean))
            correlate(p, &p->columns[i], x, y);
    profile_notes(p, b->arena);
    return arena_check(b->arena, err);
}

status profile_csv(slice csv, struct arena *arena, struct profile **ret, struct error *err)
{
    struct builder b = {.arena = arena, .profile = arena_alloc(arena, sizeof *b.profile)};
    if (!b.profile)
        return arena_check(arena, err);
    if (slice_trim(csv).len == 0)
        return error_code(err, ST_INVALID, "empty_csv", "Request body must contain CSV data");
    TRY(begin(&b, csv, err));
    TRY(read_rows(&b, err));
    TRY(finish(&b, err));
    *ret = b.profile;
    return ST_OK;
}
