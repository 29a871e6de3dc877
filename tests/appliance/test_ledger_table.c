/* Rows of hand-made tables in JSON, and the names of their runs. */
#include "ledger_table.h"

#include "json.h"
#include "lib/main.h"

static struct arena arena;
static struct ledger ledger;
static const struct ledger_options plain;

static status add(const char *text, struct error *err)
{
    const struct json *object;
    ck_status(json_parse(slice_of(text), &arena, &object, err), ST_OK);
    return ledger_table_row(&ledger, object, &plain, err);
}

static void begin(void)
{
    arena_init(&arena, 16 << 20);
    ledger_init(&ledger, &arena);
}

START_TEST(a_row_is_a_run_of_its_period)
{
    struct error err = {0};
    begin();
    ck_ok(add("{\"time_period\":3,\"algorithm\":\"A\",\"performance\":0.7,\"constraint_x\":4,"
              "\"learning_rate\":0.1}",
              &err));
    ck_ok(add("{\"time_period\":3,\"algorithm\":7,\"performance\":null,\"constraint_x\":4}", &err));
    ck_ok(ledger_table_name_runs(&ledger, &err));
    const struct ledger_row *row = ledger.rows;
    ck_assert_int_eq(row->time_ms, 3 * INT64_C(86400000));
    ck_slice(row->run_id, "period 3");
    ck_slice(row->task, "table");
    ck_slice(fields_find(&row->protocol, S("constraint_x"))->text, "4");
    ck_slice(fields_find(&row->settings, S("learning_rate"))->text, "0.1");
    ck_assert(row->has_value);
    ck_assert(!ledger.rows[1].has_value);
    ck_slice(ledger.rows[1].system, "7");
    ck_assert_int_eq(ledger.grade, 'C');
    arena_finish(&arena);
}
END_TEST

START_TEST(wrong_members_are_named)
{
    static const char *const cases[][2] = {
        {"{\"algorithm\":\"A\",\"performance\":1}", "time_period"},
        {"{\"time_period\":\"x\",\"algorithm\":\"A\"}", "time_period"},
        {"{\"time_period\":1,\"performance\":1}", "algorithm"},
        {"{\"time_period\":1,\"algorithm\":\"A\",\"performance\":\"high\"}", "performance"},
        {"[]", "object"},
    };
    begin();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        ck_status(add(cases[i][0], &err), ST_INVALID);
        ck_assert_msg(strstr(err.text, cases[i][1]), "%s", err.text);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(periods_of_a_project_are_whole)
{
    struct error err = {0};
    begin();
    ck_ok(add("{\"time_period\":1.5,\"algorithm\":\"A\",\"performance\":1}", &err));
    ck_status(ledger_table_name_runs(&ledger, &err), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "1.5"));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("ledger_table", a_row_is_a_run_of_its_period, wrong_members_are_named,
          periods_of_a_project_are_whole)
