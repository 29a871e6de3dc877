/* A ledger as a table: columns of all rows, empty where nothing was recorded, no formulas. */
#include "ledger_csv.h"

#include "lib/main.h"

START_TEST(every_field_has_a_column_and_formulas_are_text)
{
    static const struct ledger_options plain = {0};
    struct arena arena;
    struct ledger ledger;
    struct buf out;
    struct error err = {0};
    arena_init(&arena, 16 << 20);
    ledger_init(&ledger, &arena);
    ck_ok(ledger_read_jsonl(
        &ledger,
        S("{\"run_id\":\"=cmd()\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"a,b\","
          "\"metric\":\"m\",\"value\":-0.5,\"protocol\":{\"limit\":null,\"prompt\":\"x\\\"y\"}}\n"
          "{\"run_id\":\"r2\",\"time\":\"2026-01-02\",\"system\":\"s\",\"task\":\"a,b\","
          "\"metric\":\"m\",\"status\":\"failed\",\"protocol\":{\"n-shot\":-5},"
          "\"settings\":{\"lr\":0.1}}\n"),
        &err));
    ck_ok(ledger_finish(&ledger, &plain, &err));
    buf_init_arena(&out, &arena, 1 << 16);
    ck_ok(ledger_write_csv(&ledger, &out, &err));
    ck_slice(buf_slice(&out),
             "run_id,time,lineage,system,task,metric,value,stderr,n,direction,status,split,round,"
             "source_path,source_sha256,protocol.limit,protocol.n-shot,protocol.prompt,settings.lr"
             "\r\n"
             "\"'=cmd()\",2026-01-01T00:00:00Z,s,s,\"a,b\",m,-0.5,,,,unknown,unknown,1,,,null,,"
             "\"x\"\"y\",\r\n"
             "r2,2026-01-02T00:00:00Z,s,s,\"a,b\",m,,,,,failed,unknown,0,,,,-5,,0.1\r\n");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("ledger_csv", every_field_has_a_column_and_formulas_are_text)
