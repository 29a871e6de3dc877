/* Rows of a log: both copies of the loop read the same panel, and refuse the same rows. */
#include "detect/csv_reader.h"
#include "detect/rng.h"
#include "detect/wide.h"
#include "lib/main.h"

#include <math.h>

enum { CASES = 400, TEXT_MAX = 8192 };

/* A reader behind a fixed header of two numbers and a label. */
static struct csv_reader reader_make(struct arena *arena, slice text)
{
    static const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    static const enum column_role roles[] = {ROLE_TIME, ROLE_ALGORITHM, ROLE_PERFORMANCE};
    struct csv_reader r = {.options = &options, .arena = arena, .text = text.ptr};
    r.builder = builder_create(&options, arena, csv_rows_bound(text));
    r.header_count = ARRAY_COUNT(roles);
    r.fields = arena_array(arena, r.header_count, sizeof *r.fields);
    r.ends = arena_array(arena, r.header_count, sizeof(const char *));
    r.columns = arena_array(arena, r.header_count, sizeof(struct column *));
    ck_assert(r.builder && r.fields && r.ends && r.columns);
    r.builder->rows_are_complete = true;
    builder_reserve(r.builder, 2, 1);
    for (size_t i = 0; i < r.header_count; i++)
        ck_assert_ptr_nonnull(builder_column(r.builder, S("c"), roles[i]));
    for (size_t i = 0; i < r.header_count; i++)
        r.columns[i] = &r.builder->columns[i];
    csv_begin(&r.csv, text, ',');
    return r;
}

/* Rows as people and tools write them: short, long, quoted, missing, with every line end. */
static slice random_text(struct rng *rng, char text[static TEXT_MAX])
{
    static const char *const times[] = {"1", "2.5", "12345678", "123456789.5", "-3", "1e3", ""};
    static const char *const names[] = {"A", "Bert-large", "\"a,b\"", "\"two\nlines\"",
                                        "\"q\"\"q\""};
    static const char *const scores[] = {"0.5", "0.81234", "75%", "n/a", ".5", "7.", "0.123456789"};
    static const char *const ends[] = {"\n", "\r\n", "\n\n", "\r"};
    size_t len = 0;
    for (uint32_t row = 1 + rng_below(rng, 60); row > 0; row--)
        len += (size_t)snprintf(
            text + len, TEXT_MAX - len, "%s,%s,%s%s%s", times[rng_below(rng, ARRAY_COUNT(times))],
            names[rng_below(rng, ARRAY_COUNT(names))], scores[rng_below(rng, ARRAY_COUNT(scores))],
            rng_below(rng, 50) == 0 ? ",more" : "", ends[rng_below(rng, ARRAY_COUNT(ends))]);
    if (rng_below(rng, 2) == 0 && len > 0)
        len--; /* the last line has no end */
    return slice_make(text, len);
}

static void compare(const struct csv_reader *a, const struct csv_reader *b)
{
    ck_assert_uint_eq(a->builder->row_count, b->builder->row_count);
    ck_assert_uint_eq(a->builder->errors->total, b->builder->errors->total);
    ck_assert_mem_eq(a->builder->lines, b->builder->lines,
                     a->builder->row_count * sizeof *a->builder->lines);
    for (size_t i = 0; i < a->header_count; i++) {
        const struct column *x = a->columns[i], *y = b->columns[i];
        ck_assert_uint_eq(x->numbers, y->numbers);
        ck_assert_uint_eq(x->texts, y->texts);
        for (size_t row = 0; row < a->builder->row_count; row++) {
            if (x->labels)
                ck_assert_uint_eq(x->labels[row], y->labels[row]);
            else
                ck_assert_mem_eq(&x->values[row], &y->values[row], sizeof(double));
        }
    }
}

/* The other reader comes to the same panel and the same refusal, on random logs. */
static void check_same(uint64_t seed, status (*other)(struct csv_reader *r, struct error *err))
{
    static char text[TEXT_MAX];
    struct rng rng = rng_begin(seed, 1);
    for (int i = 0; i < CASES; i++) {
        struct arena arena;
        struct error err_a = {0}, err_b = {0};
        slice csv = random_text(&rng, text);
        arena_init(&arena, 8 << 20);
        struct csv_reader a = reader_make(&arena, csv), b = reader_make(&arena, csv);
        status rc_a = csv_reader_rows(&a, &err_a), rc_b = other(&b, &err_b);
        ck_assert_int_eq(rc_a, rc_b);
        ck_assert_str_eq(err_a.text, err_b.text);
        compare(&a, &b);
        arena_finish(&arena);
    }
}

START_TEST(both_loops_read_the_same)
{
    if (HAS_WIDE_ROWS) /* else there is one loop only */
        check_same(3, csv_reader_rows_wide);
}
END_TEST

/* Field by field through the splitter: what the loops must come to. */
static status read_slowly(struct csv_reader *r, struct error *err)
{
    size_t count;
    enum csv_result got;
    while ((got = csv_row(&r->csv, r->fields, r->header_count, &count)) == CSV_ROW) {
        if (count > r->header_count)
            return csv_reader_too_many(r, count, err);
        panel_builder_row(r->builder, r->csv.row_line);
        for (size_t i = 0; i < r->header_count && i < count; i++)
            builder_put(r->builder, r->columns[i], csv_reader_text(r, &r->fields[i]));
        for (size_t i = count; i < r->header_count; i++)
            builder_put_missing(r->builder, r->columns[i]);
    }
    return got == CSV_UNTERMINATED ? csv_reader_unterminated(r, err) : ST_OK;
}

START_TEST(plain_rows_are_read_as_all_others)
{
    check_same(4, read_slowly);
}
END_TEST

START_TEST(a_row_with_too_many_fields_is_named)
{
    struct arena arena;
    struct error err;
    arena_init(&arena, 1 << 20);
    struct csv_reader r = reader_make(&arena, S("1,a,0.5\n2,b,0.5,x\n"));
    ck_assert_int_eq(csv_reader_rows(&r, &err), ST_INVALID);
    ck_assert_str_eq(err.text,
                     "Error tokenizing data. C error: Expected 3 fields in line 2, saw 4");
    arena_finish(&arena);
}
END_TEST

START_TEST(a_short_row_is_padded)
{
    struct arena arena;
    struct error err;
    arena_init(&arena, 1 << 20);
    struct csv_reader r = reader_make(&arena, S("1,a,0.5\n2,b\n3,c,0.25\n"));
    ck_assert_int_eq(csv_reader_rows(&r, &err), ST_OK);
    builder_close_row(r.builder);
    ck_assert_uint_eq(r.builder->row_count, 2); /* a row without a score is left out */
    ck_assert_uint_eq(r.builder->dropped_performance, 1);
    ck_assert(r.columns[2]->values[1] > 0.249 && r.columns[2]->values[1] < 0.251);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("panel_rows", both_loops_read_the_same, plain_rows_are_read_as_all_others,
          a_row_with_too_many_fields_is_named, a_short_row_is_padded)
