/* Tests of the ledger as JSON lines: out and in again, and errors that name the line. */
#include "lib/import_fixture.h"

#define ROW                                                                                        \
    "{\"run_id\":\"r1\",\"time\":\"2026-01-02T03:04:05Z\",\"lineage\":\"s\",\"system\":\"s\","     \
    "\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"stderr\":null,\"n\":100,"                   \
    "\"direction\":\"higher\",\"status\":\"completed\",\"split\":\"test\","                        \
    "\"protocol\":{\"limit\":null,\"n-shot\":5},\"settings\":{\"lr\":1e-4,\"opt\":\"adam\"},"      \
    "\"source\":{\"path\":\"x.json\",\"sha256\":null},\"round\":1}\n"

START_TEST(a_ledger_reads_back_to_the_same_lines)
{
    struct import_fixture f;
    struct buf out;
    fixture_begin(&f);
    fixture_read(&f, "a.jsonl", S(ROW));
    fixture_finish(&f);
    buf_init(&out, 10000);
    ledger_write_jsonl(&f.ledger, &out);
    ck_slice(buf_slice(&out), ROW);
    buf_finish(&out);
    fixture_end(&f);
}
END_TEST

START_TEST(errors_name_line_and_member)
{
    static const char *const bad[][2] = {
        {"{\"run_id\":\"r\"}", "line 2"},
        {"{\"run_id\":\"r\",\"time\":\"yesterday\",\"system\":\"s\",\"task\":\"t\",\"metric\":"
         "\"m\"}",
         "'time': 'yesterday'"},
        {"{\"run_id\":\"r\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"t\",\"metric\":"
         "\"m\","
         "\"status\":\"done\"}",
         "'status': 'done'"},
        {"{", "line 2"},
        {"{\"run_id\":\"r\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"t\",\"metric\":"
         "\"m\",\"stat_s\":\"failed\"}",
         "stat_s"},
        {"{\"run_id\":\"r\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"t\",\"metric\":"
         "\"m\",\"n\":1.5}",
         "'n' is not a whole number"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct import_fixture f;
        struct error err = {0};
        char text[2000];
        fixture_begin(&f);
        (void)snprintf(text, sizeof text, "%s%s\n", ROW, bad[i][0]);
        ck_status(ledger_read_jsonl(&f.ledger, slice_of(text), &err), ST_INVALID);
        ck_assert_msg(strstr(err.text, bad[i][1]) != NULL, "%s", err.text);
        fixture_end(&f);
    }
}
END_TEST

START_TEST(a_row_without_status_stays_without_one)
{
    struct import_fixture f;
    struct error err = {0};
    struct buf out;
    fixture_begin(&f);
    ck_ok(ledger_read_jsonl(&f.ledger,
                            S("{\"run_id\":\"r\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":"
                              "\"t\",\"metric\":\"m\",\"value\":1}\n"),
                            &err));
    fixture_finish(&f);
    ck_assert(f.ledger.rows[0].status_assumed);
    ck_assert_uint_eq(f.ledger.rows[0].round, 1); /* it counts */
    buf_init_arena(&out, &f.arena, 10000);
    ledger_write_jsonl(&f.ledger, &out);
    ck_assert(slice_find(buf_slice(&out), S("\"status\":null"), NULL));
    fixture_end(&f);
}
END_TEST

TEST_MAIN("ledger_json", a_row_without_status_stays_without_one,
          a_ledger_reads_back_to_the_same_lines, errors_name_line_and_member)
