/* Tests of the ledger routes: files and rows in, ledger and changes out, errors that name the
 * place. */
#include "lib/gate.h"
#include "lib/main.h"

static struct gate g;
static char key[API_KEY_LEN + 1];

#define ROWS                                                                                       \
    "{\"ledger\":[{\"run_id\":\"r1\",\"time\":\"2026-01-01T00:00:00Z\",\"system\":\"m\","          \
    "\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"protocol\":{\"limit\":null}},"              \
    "{\"run_id\":\"r2\",\"time\":\"2026-01-02T00:00:00Z\",\"system\":\"m\",\"task\":\"t\","        \
    "\"metric\":\"acc\",\"value\":0.6,\"protocol\":{\"limit\":50}}]}"

static void expect(const char *path, const char *body, int http_status, const char *part)
{
    struct call *call = gate_run(&g, METHOD_POST, path, key, body);
    slice text = gate_body(call);
    ck_assert_msg(call->reply.http_status == http_status && slice_find(text, slice_of(part), NULL),
                  "%d %.*s", call->reply.http_status, SLICE_ARG(text));
    gate_end(call);
}

static void begin(void)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.org", "pro", SCOPE_DETECT, key, NULL);
}

START_TEST(changed_limit_makes_runs_incomparable)
{
    begin();
    expect("/api/diff", ROWS, 200, "\"comparable\":false");
    expect("/api/diff", ROWS, 200, "\"field\":\"limit\",\"from\":\"null\",\"to\":\"50\"");
    gate_close(&g);
}
END_TEST

START_TEST(rows_come_back_with_their_rounds)
{
    begin();
    expect("/api/ledger", ROWS, 200,
           "\"round\":2}],\"sources\":[],\"excluded\":[],\"grade\":\"B\"");
    gate_close(&g);
}
END_TEST

START_TEST(a_file_that_is_no_log_is_excluded_with_its_reason)
{
    begin();
    g.content_type = "text/csv";
    g.query = "name=x.csv";
    expect("/api/ledger", "a,b\n1,2\n", 200,
           "\"path\":\"x.csv\",\"reason\":\"no known evaluation log");
    gate_close(&g);
}
END_TEST

START_TEST(bad_rows_and_parameters_are_named)
{
    begin();
    expect("/api/diff", "{\"ledger\":[{\"run_id\":\"r1\"}]}", 400, "row 1");
    expect("/api/diff", "{}", 400, "Missing required field: ledger");
    g.query = "round_by=week";
    expect("/api/diff", ROWS, 400, "'round_by': 'week'");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_ledger", changed_limit_makes_runs_incomparable, rows_come_back_with_their_rounds,
          a_file_that_is_no_log_is_excluded_with_its_reason, bad_rows_and_parameters_are_named)
