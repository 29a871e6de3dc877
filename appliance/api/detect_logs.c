/* Logs of evaluation tools as the input of a detection: files or ledger rows become one ledger. */
#include "api/detect_input.h"

#include "call.h"
#include "import/import.h"

#include <stdio.h>

static const struct ledger_options plain = {0};

static status begin(struct arena *arena, struct detect_input *ret, struct error *err)
{
    if (ret->ledger)
        return ST_OK;
    ret->source = DETECT_LEDGER;
    ret->ledger = arena_alloc(arena, sizeof *ret->ledger);
    if (!ret->ledger)
        return arena_check(arena, err);
    ledger_init(ret->ledger, arena);
    return ST_OK;
}

status detect_logs_file(struct arena *arena, slice name, slice bytes, struct detect_input *ret,
                        struct error *err)
{
    TRY(begin(arena, ret, err));
    struct import import = {.ledger = ret->ledger, .options = &plain};
    return import_bytes(&import, name.len ? name : S("upload"), bytes, err);
}

status detect_logs_rows(struct arena *arena, const struct json *rows, struct detect_input *ret,
                        struct error *err)
{
    size_t number = 1;
    TRY(begin(arena, ret, err));
    ret->ledger->grade = 'C'; /* nothing vouches for rows that a client wrote */
    for (const struct json *row = rows->first; row; row = row->next, number++) {
        status rc = ledger_read_row(ret->ledger, row, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "row %zu", number);
    }
    return ST_OK;
}

/* What `sleuth import` would write stands for the input, so that its hash can be had again. */
status detect_logs_finish(struct arena *arena, struct detect_input *ret, struct error *err)
{
    struct buf lines;
    if (!ret->ledger)
        return ST_OK;
    TRY(ledger_finish(ret->ledger, &plain, err));
    buf_init_arena(&lines, arena, LIMIT_BODY_BYTES);
    ledger_write_jsonl(ret->ledger, &lines);
    ret->text = buf_slice(&lines);
    return buf_check(&lines, err);
}

/* When no file held a log, the reason of the first one is the answer. */
static status refuse_empty(const struct ledger *ledger, struct error *err)
{
    if (ledger->row_count || !ledger->excluded_count)
        return ST_OK;
    const struct ledger_excluded *first = &ledger->excluded[0];
    status rc = error_code(err, ST_INVALID, "invalid_data", "'%.*s': %.*s", SLICE_ARG(first->path),
                           SLICE_ARG(first->reason));
    if (err)
        (void)snprintf(err->text_zh, sizeof err->text_zh, "“%.*s”：%.*s", SLICE_ARG(first->path),
                       SLICE_ARG(first->reason_zh));
    return rc;
}

status detect_logs_panel(const struct detect_input *in, struct arena *arena, struct panel **ret,
                         struct detect_logs_facts *ret_facts, struct error *err)
{
    const struct ledger *ledger = in->ledger;
    struct ledger_panel_facts facts;
    TRY(refuse_empty(ledger, err));
    TRY(ledger_to_panel(ledger, &in->panel, arena, ret, &facts, err));
    *ret_facts = (struct detect_logs_facts){
        .grade = {ledger->grade, '\0'},
        .runs = {.seen = facts.run_rows + facts.failed_rows,
                 .failed = facts.failed_rows,
                 .excluded = ledger->excluded_count},
    };
    return ST_OK;
}
