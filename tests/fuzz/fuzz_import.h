/* What every importer promises, for the fuzzers: rows that are complete, finite and read back from
 * the ledger that is written from them, and a reason for every file that is refused. */
#ifndef TESTS_FUZZ_FUZZ_IMPORT_H
#define TESTS_FUZZ_FUZZ_IMPORT_H

#include "fuzz.h"
#include "import/import.h"

#include "base/crypt.h"

#include <math.h>

enum { FUZZ_ARENA_MAX = 64 << 20 };

static inline void fuzz_row_check(const struct ledger_row *row)
{
    fuzz_need(row->run_id.len > 0 && row->system.len > 0 && row->task.len > 0);
    fuzz_need(row->lineage.len > 0);
    fuzz_need(!row->has_value || (row->metric.len > 0 && isfinite(row->value)));
    fuzz_need(!row->has_stderr || (isfinite(row->stderr_value) && row->stderr_value >= 0));
    fuzz_need(row->n >= -1);
    fuzz_need(row->round == 0 || row->status == RUN_COMPLETED);
    for (size_t i = 1; i < row->protocol.count; i++)
        fuzz_need(slice_cmp(row->protocol.at[i - 1].name, row->protocol.at[i].name) < 0);
}

/* Written and read again, the ledger says the same, byte for byte. */
static inline void fuzz_ledger_reads_back(const struct ledger *ledger)
{
    struct arena arena;
    struct ledger again;
    struct buf first, second;
    struct error err = {0};
    const struct ledger_options none = {0};
    arena_init(&arena, FUZZ_ARENA_MAX);
    ledger_init(&again, &arena);
    buf_init(&first, FUZZ_ARENA_MAX);
    buf_init(&second, FUZZ_ARENA_MAX);
    ledger_write_jsonl(ledger, &first);
    fuzz_need(ledger_read_jsonl(&again, buf_slice(&first), &err) == ST_OK);
    fuzz_need(ledger_finish(&again, &none, &err) == ST_OK);
    ledger_write_jsonl(&again, &second);
    fuzz_need(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_finish(&first);
    buf_finish(&second);
    arena_finish(&arena);
}

static inline void fuzz_ledger_check(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->row_count; i++)
        fuzz_row_check(&ledger->rows[i]);
    for (size_t i = 0; i < ledger->excluded_count; i++)
        fuzz_need(ledger->excluded[i].path.len > 0 && ledger->excluded[i].reason.len > 0);
    if (ledger->row_count)
        fuzz_ledger_reads_back(ledger);
}

/* The bytes as a file of that name. A file that gives no row is refused with a reason. */
static inline int fuzz_import(const char *path, const char *metric, const unsigned char *data,
                              size_t size)
{
    struct arena arena;
    struct ledger ledger;
    struct error err = {0};
    const struct ledger_options options = {.metric = slice_of(metric)};
    struct import import = {.ledger = &ledger, .options = &options};
    arena_init(&arena, FUZZ_ARENA_MAX);
    ledger_init(&ledger, &arena);
    fuzz_need(crypt_init(&err) == ST_OK);
    status rc = import_bytes(&import, slice_of(path), slice_make(data, size), &err);
    fuzz_need(rc == ST_OK || err.text[0] != '\0');
    if (rc == ST_OK && ledger_finish(&ledger, &options, &err) == ST_OK)
        fuzz_ledger_check(&ledger);
    arena_finish(&arena);
    return 0;
}

#endif
