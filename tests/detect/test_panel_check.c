/* Completeness: upstream's order and sentences, the wider rules, percent, row errors. */
#include "lib/panel.h"

static struct arena arena;
static struct error err;
static struct row_errors errors;

static status read_as(enum engine engine, const char *csv)
{
    struct panel_options options = {.engine = engine};
    struct panel *panel = NULL;
    arena_finish(&arena); /* of the measurement before */
    arena_init(&arena, 1 << 24);
    error_clear(&err);
    return panel_from_csv(slice_of(csv), &options, &arena, &panel, &errors, &err);
}

#define ck_refused(engine, csv, sentence)                                                          \
    do {                                                                                           \
        ck_status(read_as(engine, csv), ST_INVALID);                                               \
        ck_assert_str_eq(err.text, sentence);                                                      \
        ck_assert_str_eq(err.code, "invalid_data");                                                \
    } while (0)

/* Each text has the defect named and every later one; upstream stops at the first. */
START_TEST(the_classic_engine_checks_in_upstreams_order)
{
    ck_refused(ENGINE_CLASSIC, "x\n1\n",
               "Missing required columns: time_period, algorithm, performance");
    ck_refused(ENGINE_CLASSIC, "time_period,algorithm,performance\nx,A,y\n",
               "No constraint columns found. At least one 'constraint_*' column is required.");
    ck_refused(ENGINE_CLASSIC, "time_period,algorithm,performance,constraint_c\nx,A,y,1\n",
               "'time_period' must be numeric");
    ck_refused(ENGINE_CLASSIC, "time_period,algorithm,performance,constraint_c\n1,A,y,1\n",
               "'performance' must be numeric");
    ck_refused(ENGINE_CLASSIC, "time_period,algorithm,performance,constraint_c\n1,A,7,1\n",
               "'performance' values must be in range [0, 1]");
    ck_refused(ENGINE_CLASSIC, "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n",
               "Insufficient data: need at least 4 rows, got 1");
    ck_refused(
        ENGINE_CLASSIC,
        "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,A,.7,1\n1,A,.7,1\n1,A,.7,1\n",
        "At least 2 different algorithms required");
    ck_refused(
        ENGINE_CLASSIC,
        "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,B,.7,1\n1,A,.7,1\n1,B,.7,1\n",
        "At least 2 different time periods required");
    ck_ok(read_as(
        ENGINE_CLASSIC,
        "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,,.7,1\n1,A,.7,1\n2,A,.7,1\n"));
}
END_TEST

START_TEST(flag_columns_are_numeric_only_when_pure)
{
    ck_ok(read_as(ENGINE_CLASSIC, "time_period,algorithm,performance,constraint_c\n1,A,.7,True\n1,"
                                  "B,.7,False\n2,A,.7,True\n2,B,.7,True\n"));
    ck_refused(ENGINE_CLASSIC,
               "time_period,algorithm,performance,constraint_c\n1,A,.7,True\n1,B,.7,0.5\n2,A,.7,"
               "True\n2,B,.7,True\n",
               "'constraint_c' must be numeric");
}
END_TEST

START_TEST(what_upstream_fails_on_is_refused_with_the_place)
{
    ck_refused(
        ENGINE_CLASSIC,
        "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,B,,1\n2,A,.7,1\n2,B,.7,1\n",
        "'performance' is missing in 1 rows");
    ck_assert_uint_eq(errors.items[0].line, 3);
    ck_refused(
        ENGINE_CLASSIC,
        "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,B,.7,1\n2,A,.7,\n2,B,.7,1\n",
        "line 4: every constraint value is missing");
    ck_refused(ENGINE_CLASSIC,
               "time_period,algorithm,performance,constraint_c\n1,A,.7,1\n1,B,.7,inf\n2,A,.7,1\n2,"
               "B,.7,1\n",
               "'constraint_c' values must be finite");
}
END_TEST

START_TEST(the_calibrated_engine_accepts_what_its_rules_allow)
{
    ck_ok(read_as(ENGINE_CALIBRATED, "time_period,algorithm,performance,protocol\n1,A,123,x\n"));
    ck_ok(read_as(ENGINE_CALIBRATED, "time_period,algorithm,performance,top_p\n1,A,-5,0.1\n"));
    ck_ok(read_as(ENGINE_CALIBRATED, " time_period , algorithm,performance,reported\n1,A,1,1\n"));
    ck_refused(ENGINE_CALIBRATED, "time_period,algorithm,performance\n1,A,1\n",
               "No constraint columns found. At least one 'constraint_*' column is required.");
    ck_refused(ENGINE_CALIBRATED, "time_period,algorithm,performance,top_p\n1,A,,0.1\n",
               "no row has both a time_period and a performance");
}
END_TEST

START_TEST(all_row_errors_are_listed_in_source_order)
{
    ck_status(
        read_as(ENGINE_CALIBRATED,
                "time_period,algorithm,performance,top_p\n1,A,bad,0.1\n2,A,0.5,inf\nx,A,1,1\n"),
        ST_INVALID);
    ck_assert_str_eq(err.text, "line 2, column 'performance': 'bad' is not a number");
    ck_assert_uint_eq(errors.total, 3);
    ck_assert_uint_eq(errors.items[1].line, 3);
    ck_assert_str_eq(errors.items[1].code, "not_finite");
    ck_slice(errors.items[2].column, "time_period");
    ck_slice(errors.items[2].value, "x");
    ck_assert_str_eq(errors.items[2].code, "not_a_number");
}
END_TEST

START_TEST(percent_becomes_a_fraction_only_when_the_whole_column_agrees)
{
    ck_ok(read_as(ENGINE_CALIBRATED,
                  "time_period,algorithm,performance,top_p\n1,A,61%,0.1\n2,A,,1\n3,A,59%,1\n"));
    ck_status(read_as(ENGINE_CALIBRATED,
                      "time_period,algorithm,performance,top_p\n1,A,61%,0.1\n2,A,0.6,1\n"),
              ST_INVALID);
    ck_assert_str_eq(errors.items[0].code, "mixed_percent");
    ck_assert_uint_eq(errors.items[0].line, 3);
}
END_TEST

START_TEST(more_settings_than_the_limit_are_refused)
{
    struct buf csv;
    for (int count = PANEL_SETTINGS_MAX; count <= PANEL_SETTINGS_MAX + 1; count++) {
        buf_init(&csv, 1 << 16);
        buf_put_str(&csv, "time_period,algorithm,performance");
        for (int j = 0; j < count; j++)
            buf_printf(&csv, ",constraint_%d", j);
        buf_put_str(&csv, "\n1,A,0.5\n");
        buf_put_byte(&csv, 0);
        ck_status(read_as(ENGINE_CALIBRATED, csv.ptr),
                  count > PANEL_SETTINGS_MAX ? ST_LIMIT : ST_OK);
        buf_finish(&csv);
    }
}
END_TEST

START_TEST(text_that_is_not_utf8_is_refused)
{
    ck_status(
        read_as(ENGINE_CALIBRATED, "time_period,algorithm,performance,top_p\n1,caf\xE9,1,1\n"),
        ST_INVALID);
    ck_assert_str_eq(errors.items[0].code, "not_utf8");
    ck_status(read_as(ENGINE_CALIBRATED, "time_period,algorithm,performance,top_p,\xFF\n1,c,1,1\n"),
              ST_INVALID);
    ck_assert_str_eq(err.code, "csv_parse");
}
END_TEST

TEST_MAIN("panel_check", the_classic_engine_checks_in_upstreams_order,
          flag_columns_are_numeric_only_when_pure, what_upstream_fails_on_is_refused_with_the_place,
          the_calibrated_engine_accepts_what_its_rules_allow,
          all_row_errors_are_listed_in_source_order,
          percent_becomes_a_fraction_only_when_the_whole_column_agrees,
          more_settings_than_the_limit_are_refused, text_that_is_not_utf8_is_refused)
