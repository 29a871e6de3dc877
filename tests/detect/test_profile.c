/* Tests of the profile of a CSV: counts by hand, findings, bounds. */
#include "detect/profile.h"

#include "lib/main.h"

#include <math.h>

static struct arena arena;
static struct profile *p;

static status profile(const char *csv, struct error *err)
{
    arena_finish(&arena);
    arena_init(&arena, 256 << 20);
    return profile_csv(slice_of(csv), &arena, &p, err);
}

static const char *found(const struct notes *notes, const char *code)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->items[i].code, code) == 0)
            return notes->items[i].text[LANG_EN].ptr;
    return NULL;
}

#define HEAD "time_period,algorithm,performance,constraint_compute,final_rank,note\n"

START_TEST(columns_are_counted)
{
    struct error err = {0};
    ck_ok(profile(HEAD "1,A,0.5,100,1,x\n1,B,0.6,100,2,\n2,A,,110,3,x\n2,B,0.8,\"1,1\",4,x\n"
                       "1,A,0.5,100,1,x\n2,C\n",
                  &err));
    ck_assert_uint_eq(p->row_count, 6);
    ck_assert_uint_eq(p->column_count, 6);
    ck_assert_uint_eq(p->duplicate_rows, 1);
    ck_assert_uint_eq(p->short_rows, 1);
    ck_assert_uint_eq(p->target, 2);
    const struct profile_column *c = p->columns;
    ck_assert_int_eq(c[0].type, VALUE_INTEGER);
    ck_assert_int_eq(c[1].type, VALUE_TEXT);
    ck_assert_uint_eq(c[1].distinct, 3);
    ck_assert_int_eq(c[2].type, VALUE_NUMBER);
    ck_assert_uint_eq(c[2].missing, 2);
    ck_assert_double_eq_tol(c[2].mean, 0.6, 1e-12); /* 0.5 0.6 0.8 0.5 */
    ck_assert_double_eq(c[2].min, 0.5);
    ck_assert_uint_eq(c[3].mixed, 1);
    ck_assert_ptr_nonnull(strstr(found(&p->quality, "missing_values"), "2 of 6"));
    ck_assert_ptr_nonnull(found(&p->quality, "mixed_types"));
    ck_assert_ptr_nonnull(found(&p->quality, "duplicate_rows"));
    ck_assert_ptr_nonnull(found(&p->quality, "short_rows"));
    ck_assert_ptr_nonnull(found(&p->quality, "few_rows"));
    ck_assert_ptr_nonnull(strstr(found(&p->bias, "target_after_event"), "final_rank"));
}
END_TEST

START_TEST(a_column_made_of_the_result_is_found)
{
    struct error err = {0};
    struct buf csv;
    buf_init(&csv, 1 << 20);
    buf_put_str(&csv, "performance,copy,noise,constraint_x,same,twin,twin2\n");
    for (int i = 0; i < 40; i++)
        buf_printf(&csv, "0.%d,%d,%d,%d,7,%d,%d\n", 100 + i, 200 + 2 * i, i * 37 % 11,
                   i + (i % 5) * 12, i % 3, i % 3);
    buf_put(&csv, slice_make("", 1));
    ck_ok(profile(csv.ptr, &err));
    ck_assert_ptr_nonnull(strstr(found(&p->bias, "leakage_correlation"), "'copy'"));
    ck_assert_double_eq_tol(p->columns[1].r_target, 1, 1e-12);
    ck_assert_ptr_nonnull(strstr(found(&p->bias, "setting_follows_result"), "constraint_x"));
    ck_assert_ptr_nonnull(strstr(found(&p->quality, "constant_column"), "'same'"));
    ck_assert_ptr_nonnull(strstr(found(&p->quality, "duplicate_column"), "'twin2'"));
    ck_assert(isnan(p->columns[4].r_target)); /* constant */
    ck_assert_ptr_null(found(&p->quality, "few_rows"));
    for (size_t i = 0; i < p->quality.count; i++) /* both languages, and not the same */
        ck_assert(!slice_eq(p->quality.items[i].text[LANG_EN], p->quality.items[i].text[LANG_ZH]));
    for (size_t i = 0; i < p->bias.count; i++)
        ck_assert(!slice_eq(p->bias.items[i].text[LANG_EN], p->bias.items[i].text[LANG_ZH]));
    buf_finish(&csv);
}
END_TEST

START_TEST(outliers_are_far_outside_of_the_quartiles)
{
    struct error err = {0};
    ck_ok(profile("x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n1000\n-500\n", &err));
    ck_assert_uint_eq(p->columns[0].outliers, 2);
    ck_ok(profile("x\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1000\n", &err)); /* no spread: no fence */
    ck_assert_uint_eq(p->columns[0].outliers, 0);
    ck_ok(profile("x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n18\n", &err));
    ck_assert_uint_eq(p->columns[0].outliers, 0);
}
END_TEST

START_TEST(the_same_text_gives_the_same_profile)
{
    struct error err = {0};
    ck_ok(profile(HEAD "1,A,0.5,100,1,x\n2,A,0.6,100,2,y\n", &err));
    uint64_t hash = p->columns[5].hash;
    size_t notes = p->quality.count + p->bias.count;
    ck_ok(profile(HEAD "1,A,0.5,100,1,x\n2,A,0.6,100,2,y\n", &err));
    ck_assert_uint_eq(p->columns[5].hash, hash);
    ck_assert_uint_eq(p->quality.count + p->bias.count, notes);
}
END_TEST

START_TEST(what_is_no_table_is_refused)
{
    struct error err = {0};
    struct buf csv;
    ck_status(profile("", &err), ST_INVALID);
    ck_assert_str_eq(err.code, "empty_csv");
    ck_status(profile(" \n\n", &err), ST_INVALID);
    ck_status(profile("a,b\n1,2,3\n", &err), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "Expected 2 fields in line 2, saw 3"));
    ck_status(profile("a,b\n\"1,2\n", &err), ST_INVALID);
    buf_init(&csv, 1 << 20);
    for (int i = 0; i <= PROFILE_COLUMNS_MAX; i++)
        buf_printf(&csv, "%sc%d", i ? "," : "", i);
    buf_put(&csv, slice_make("", 1));
    ck_status(profile(csv.ptr, &err), ST_LIMIT);
    buf_finish(&csv);
    ck_ok(profile("only\n", &err));
    ck_assert_uint_eq(p->row_count, 0);
    ck_assert_ptr_nonnull(found(&p->bias, "no_target"));
}
END_TEST

TEST_MAIN("profile", columns_are_counted, a_column_made_of_the_result_is_found,
          outliers_are_far_outside_of_the_quartiles, the_same_text_gives_the_same_profile,
          what_is_no_table_is_refused)
