/* Tests of choosing a reader by the first bytes of a log. */
#include "tools/log_kind.h"

#include "lib/main.h"

static void is(const char *text, enum log_kind kind)
{
    ck_assert_msg(log_kind_of(slice_of(text)) == kind, "'%s'", text);
}

START_TEST(tables_and_rows_are_told_by_their_columns)
{
    is("time_period,algorithm,performance,constraint_compute\n1,a,0.5,3\n", LOG_TABLE);
    is("a;b\n1;2\n", LOG_TABLE);
    is("", LOG_TABLE);
    is("{\"time_period\":1,\"algorithm\":\"a\"}\n", LOG_ROWS);
    is("\357\273\277 [{\"time_period\":1}]", LOG_ROWS);
}
END_TEST

START_TEST(files_of_evaluation_tools_are_ledgers)
{
    is("{\"results\":{\"gsm8k\":{}},\"config\":{}}", LOG_LEDGER);
    is("{\"run_id\":\"x\",\"task\":\"gsm8k\",\"value\":0.5}\n", LOG_LEDGER);
    is("run_id,status,metrics.accuracy,params.lr\n", LOG_LEDGER);
    is("dataset,version,metric,mode,model-a\n", LOG_LEDGER);
    is("PK\003\004zip", LOG_LEDGER);
}
END_TEST

START_TEST(directories_are_ledgers_and_what_is_missing_is_a_table)
{
    ck_assert_int_eq(log_kind_at("/"), LOG_LEDGER);
    ck_assert_int_eq(log_kind_at("/nonexistent/file.csv"), LOG_TABLE);
}
END_TEST

TEST_MAIN("log_kind", tables_and_rows_are_told_by_their_columns,
          files_of_evaluation_tools_are_ledgers,
          directories_are_ledgers_and_what_is_missing_is_a_table)
