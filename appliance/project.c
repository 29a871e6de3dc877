/* Puts the ledger of a project together, and keeps the state of its sequential test. */
#include "project.h"

#include "json.h"

#include "base/crypt.h"

#include <stdlib.h>

enum { STATE_BYTES_MAX = 512, RECORD_ARENA_BYTES = 64 << 20 };

/* --- the sequential test ---------------------------------------------------------------------- */

status project_state_read(const struct store_project *project, struct arena *arena,
                          struct project_state *ret, struct error *err)
{
    const struct json *root;
    *ret = (struct project_state){.tests = project->look_count, .p_value = 1};
    if (project->state.len == 0)
        return ST_OK;
    TRY(json_parse(project->state, arena, &root, err));
    const struct json_member members[] = {
        JSON_U64_OPT("rounds", &ret->rounds, 0, UINT32_MAX),
        JSON_F64_OPT("p_value", &ret->p_value, 0, 1),
        JSON_F64_OPT("spent", &ret->spent, 0, 1.000001),
        JSON_U64_OPT("detected", &ret->detected, 0, UINT32_MAX),
    };
    return json_members(root, members, ARRAY_COUNT(members), JSON_LENIENT, err);
}

slice project_state_text(const struct project_state *state, struct arena *arena)
{
    struct buf text;
    struct json_out w;
    buf_init_arena(&text, arena, STATE_BYTES_MAX);
    json_out_init(&w, &text, 0);
    json_object(&w);
    json_key_u64(&w, "rounds", state->rounds);
    json_key_f64(&w, "p_value", state->p_value);
    json_key_f64(&w, "spent", state->spent);
    json_key_u64(&w, "detected", state->detected);
    json_end(&w);
    return buf_slice(&text);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static const char *const round_names[] = {"run", "day", "tag", "commit"};

const char *round_by_name(enum round_by by)
{
    return round_names[by];
}

enum round_by project_round_by(const struct store_project *project)
{
    for (int i = 0; i < (int)ARRAY_COUNT(round_names); i++)
        if (slice_eq(project->round_by, slice_of(round_names[i])))
            return (enum round_by)i;
    return ROUND_BY_RUN;
}

uint32_t project_rounds_total(const struct ledger *ledger)
{
    uint32_t total = 0;
    for (size_t i = 0; i < ledger->row_count; i++)
        if (ledger->rows[i].split != SPLIT_DEV && ledger->rows[i].round > total)
            total = ledger->rows[i].round;
    return total;
}

/* --- loading ---------------------------------------------------------------------------------- */

static status load_one(struct store_txn *txn, const struct store_project *project, uint64_t number,
                       struct arena *scratch, struct ledger *ledger, struct error *err)
{
    char id[STORE_ID_MAX];
    struct store_round round;
    status rc = store_round_get(txn, project->user_id, store_sub_id(id, project->id, number),
                                scratch, &round);
    if (rc == ST_NOT_FOUND)
        return error_set(err, ST_CORRUPT, "round %llu of project '%.*s' is missing",
                         (unsigned long long)number, SLICE_ARG(project->id));
    if (rc != ST_OK)
        return rc;
    rc = ledger_read_jsonl(ledger, round.rows, err);
    if (rc == ST_INVALID)
        return error_wrap(err, ST_CORRUPT, "round %llu of project '%.*s'",
                          (unsigned long long)number, SLICE_ARG(project->id));
    return rc;
}

status project_load(struct store_txn *txn, const struct store_project *project, uint64_t count,
                    struct ledger *ledger, struct error *err)
{
    struct arena scratch;
    status rc = ST_OK;
    arena_init(&scratch, RECORD_ARENA_BYTES);
    for (uint64_t number = 1; rc == ST_OK && number <= count; number++) {
        struct arena_mark mark = arena_mark(&scratch);
        rc = load_one(txn, project, number, &scratch, ledger, err);
        arena_rewind(&scratch, mark);
    }
    arena_finish(&scratch);
    if (project->grade.len)
        ledger->grade = project->grade.ptr[0];
    return rc;
}

/* --- merging ---------------------------------------------------------------------------------- */

struct row_print {
    struct crypt_hash hash;
};

static int print_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct row_print));
}

/* Hash of the row as it is written, without what the same run may come with a second time. */
static void print_of(const struct ledger_row *row, struct buf *text, struct row_print *ret)
{
    struct ledger_row same = *row;
    struct json_out w;
    same.source_path = same.source_sha256 = S("");
    same.round = 0;
    text->len = 0;
    json_out_init(&w, text, 0);
    ledger_row_json(&w, &same);
    crypt_hash(&ret->hash, S(""), buf_slice(text));
}

static status prints_of(const struct ledger *ledger, struct buf *text, struct row_print **ret,
                        struct error *err)
{
    struct row_print *prints = arena_array(ledger->arena, ledger->row_count, sizeof *prints);
    if (!prints)
        return arena_check(ledger->arena, err);
    for (size_t i = 0; i < ledger->row_count; i++)
        print_of(&ledger->rows[i], text, &prints[i]);
    if (ledger->row_count)
        qsort(prints, ledger->row_count, sizeof *prints, print_order);
    *ret = prints;
    return buf_check(text, err);
}

static status merge(struct ledger *ledger, const struct ledger *addition, struct buf *text,
                    size_t *ret_added, struct error *err)
{
    struct row_print *known = NULL;
    size_t known_count = ledger->row_count;
    TRY(prints_of(ledger, text, &known, err));
    *ret_added = 0;
    for (size_t i = 0; i < addition->row_count; i++) {
        struct row_print print;
        struct ledger_row *row;
        print_of(&addition->rows[i], text, &print);
        if (known_count && bsearch(&print, known, known_count, sizeof print, print_order))
            continue;
        TRY(ledger_add(ledger, &row, err));
        *row = addition->rows[i];
        row->is_new = true;
        ++*ret_added;
    }
    return buf_check(text, err);
}

status project_merge(struct ledger *ledger, const struct ledger *addition, size_t *ret_added,
                     struct error *err)
{
    struct buf text;
    buf_init(&text, PROJECT_ADDITION_BYTES_MAX);
    status rc = merge(ledger, addition, &text, ret_added, err);
    buf_finish(&text);
    return rc;
}
