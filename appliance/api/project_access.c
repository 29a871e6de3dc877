/* Finds projects for their callers and shows their records. */
#include "api/project_access.h"

#include "reading.h"

#include "app.h"
#include "body.h"
#include "deviation.h"
#include "present.h"

#include "base/crypt.h"

#include <assert.h>
#include <math.h>

/* --- access ----------------------------------------------------------------------------------- */

bool project_is_reviewer(const struct call *call)
{
    return (call->actor == ACTOR_SESSION || call->actor == ACTOR_HOST) && call->user &&
           call->user->role >= STORE_ROLE_REVIEWER;
}

static status not_found(struct error *err)
{
    return error_code(err, ST_NOT_FOUND, "project_not_found", "there is no such project");
}

status project_find_own(struct call *call, struct store_project *ret, struct error *err)
{
    status rc =
        store_project_get(call->txn, call->user->id, call_param(call, "id"), &call->arena, ret);
    return rc == ST_NOT_FOUND || rc == ST_INVALID ? not_found(err) : rc;
}

status project_find(struct call *call, struct store_project *ret, struct error *err)
{
    uint64_t owner;
    slice id = call_param(call, "id");
    status rc = project_find_own(call, ret, err);
    if (rc != ST_NOT_FOUND || !project_is_reviewer(call))
        return rc;
    if (store_project_owner(call->txn, id, &owner) != ST_OK)
        return not_found(err);
    rc = store_project_get(call->txn, owner, id, &call->arena, ret);
    if (rc == ST_OK)
        error_clear(err);
    return rc == ST_NOT_FOUND ? not_found(err) : rc;
}

slice project_caller_name(const struct call *call)
{
    return call->user->name.len ? call->user->name : call->user->email;
}

slice project_caller_role(const struct call *call, const struct store_project *project)
{
    if (call->user->role >= STORE_ROLE_REVIEWER)
        return slice_of(role_name(call->user->role));
    return project->user_id == call->user->id ? S("owner") : S("user");
}

uint64_t project_number_of(slice id)
{
    uint64_t number = 0;
    size_t at;
    slice hex = slice_find_byte(id, '/', &at) ? slice_from(id, at + 1) : S("");
    for (size_t i = 0; i < hex.len && i < 8; i++) {
        char c = hex.ptr[i];
        number = number << 4 | (uint64_t)(c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return number;
}

slice project_tag(struct call *call, const struct store_project *project)
{
    return rev_tag(call, (uint64_t)project->created_ms, project->rev);
}

status project_with_snapshot(struct call *call, stage *inner, struct error *err)
{
    struct reading reading;
    TRY(reading_begin(call, &reading, err));
    call->txn = reading.txn;
    status rc = inner(call, err);
    call->txn = NULL;
    status failed = reading_end(&reading, err); /* what stuck to the snapshot says more */
    return failed != ST_OK ? failed : rc;
}

/* --- records as JSON -------------------------------------------------------------------------- */

static void put_text(struct json_out *w, const char *key, slice text)
{
    if (text.len)
        json_key_str(w, key, text);
    else
        json_key_null(w, key);
}

void project_put_project(struct json_out *w, const struct call *call, const void *row)
{
    const struct store_project *project = row;
    (void)call;
    json_key_str(w, "id", project->id);
    json_key_u64(w, "user_id", project->user_id);
    json_key_str(w, "name", project->name);
    put_text(w, "description", project->description);
    put_text(w, "task", project->task);
    put_text(w, "metric", project->metric);
    json_key_u64(w, "additions", project->round_count);
    json_key_u64(w, "rounds_total", project->rounds_total);
    json_key_u64(w, "rows", project->row_count);
    put_text(w, "grade", project->grade);
    put_text(w, "round_by", project->round_by);
    put_text(w, "verdict", project->verdict);
    json_key_u64(w, "verdicts", project->verdict_count);
    json_key_u64(w, "looks", project->look_count);
    json_key_f64(w, "alpha_spent", project->alpha_spent);
    json_key_bool(w, "frozen", project->frozen_ms != 0);
    json_key_time(w, "frozen_at", project->frozen_ms);
    json_key_u64(w, "deviations", project->deviation_count);
    json_key_u64(w, "deviations_open", project->open_deviations);
    json_key_u64(w, "reviews", project->review_count);
    json_key_time(w, "created_at", project->created_ms);
    json_key_time(w, "updated_at", project->updated_ms);
}

static void put_round(struct json_out *w, const struct call *call, const void *row)
{
    const struct store_round *round = row;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    (void)call;
    json_key_u64(w, "number", project_number_of(round->id));
    put_text(w, "source", round->source);
    put_text(w, "grade", round->grade);
    json_key_u64(w, "rows", round->row_count);
    json_key_str(w, "sha256",
                 round->sha256.len == CRYPT_HASH_BYTES
                     ? crypt_hex(hex, round->sha256.ptr, CRYPT_HASH_BYTES)
                     : S(""));
    json_key_time(w, "created_at", round->created_ms);
}

/* The first line of the body is the summary, an object; it goes in without its braces. */
void project_put_verdict(struct json_out *w, const struct call *call, const void *row)
{
    const struct store_verdict *verdict = row;
    slice body = verdict->body, summary;
    (void)call;
    json_key_str(w, "id", verdict->id);
    json_key_u64(w, "number", project_number_of(verdict->id));
    json_key_str(w, "verdict", verdict->verdict);
    json_key_u64(w, "rounds_total", verdict->round_count);
    json_key_time(w, "created_at", verdict->created_ms);
    json_key(w, "summary");
    if (slice_split(&body, '\n', &summary) && summary.len)
        json_raw(w, summary);
    else
        json_null(w);
}

void project_put_deviation(struct json_out *w, const struct call *call, const void *row)
{
    const struct store_deviation *deviation = row;
    enum deviation_kind kind;
    bool known = deviation_kind_from(deviation->kind, &kind);
    json_key_u64(w, "number", project_number_of(deviation->id));
    json_key_str(w, "kind", deviation->kind);
    json_key_str(w, "text", known ? slice_of(deviation_text(kind, call->lang)) : S(""));
    json_key_str(w, "field", deviation->field);
    put_text(w, "from", deviation->from);
    put_text(w, "to", deviation->to);
    put_text(w, "run_id", deviation->run_id);
    put_text(w, "task", deviation->task);
    put_text(w, "lineage", deviation->lineage);
    json_key_u64(w, "addition", deviation->round_index);
    json_key_bool(w, "approved", deviation->approved_ms != 0);
    put_text(w, "reason", deviation->reason);
    put_text(w, "approver", deviation->approver);
    json_key_bool(w, "approved_by_owner",
                  deviation->approved_ms && deviation->approver_id == deviation->user_id);
    json_key_time(w, "approved_at", deviation->approved_ms);
    json_key_time(w, "created_at", deviation->created_ms);
}

void project_put_review(struct json_out *w, const struct call *call, const void *row)
{
    const struct store_review *review = row;
    char hex[2 * CRYPT_SIGNATURE_BYTES + 1];
    (void)call;
    json_key_u64(w, "number", project_number_of(review->id));
    json_key_str(w, "verdict_id", review->verdict_id);
    json_key_u64(w, "verdict_number", project_number_of(review->verdict_id));
    json_key_str(w, "decision", review->decision);
    put_text(w, "comment", review->comment);
    json_key_str(w, "reviewer", review->reviewer);
    json_key_u64(w, "reviewer_id", review->reviewer_id);
    json_key_str(w, "role", review->role);
    json_key_time(w, "created_at", review->created_ms);
    json_key_str(w, "statement", review->statement);
    json_key_str(w, "signature",
                 review->signature.len == CRYPT_SIGNATURE_BYTES
                     ? crypt_hex(hex, review->signature.ptr, CRYPT_SIGNATURE_BYTES)
                     : S(""));
}

/* --- lists ------------------------------------------------------------------------------------ */

typedef status page_fn(struct call *call, uint64_t user_id, struct store_page *page,
                       const void **ret);

#define PAGE_OF(kind)                                                                              \
    static status page_of_##kind(struct call *call, uint64_t user_id, struct store_page *page,     \
                                 const void **ret)                                                 \
    {                                                                                              \
        struct store_##kind *rows;                                                                 \
        TRY(store_##kind##_list(call->txn, user_id, page, &call->arena, &rows));                   \
        *ret = rows;                                                                               \
        return ST_OK;                                                                              \
    }
PAGE_OF(project)
PAGE_OF(round)
PAGE_OF(verdict)
PAGE_OF(deviation)
PAGE_OF(review)
#undef PAGE_OF

static const struct {
    const char *name;
    page_fn *page;
    project_put *put;
} children[] = {
    [PROJECT_PROJECTS] = {"projects", page_of_project, project_put_project},
    [PROJECT_ROUNDS] = {"rounds", page_of_round, put_round},
    [PROJECT_VERDICTS] = {"verdicts", page_of_verdict, project_put_verdict},
    [PROJECT_DEVIATIONS] = {"deviations", page_of_deviation, project_put_deviation},
    [PROJECT_REVIEWS] = {"reviews", page_of_review, project_put_review},
};

enum { CURSOR_MAX = 256 };

/* Row by row, for records hold whole ledgers and reports: a page of them would not fit. */
static status put_rows(struct call *call, uint64_t user_id, enum project_child child,
                       struct json_out *w, struct store_page *page, struct error *err)
{
    char cursor[CURSOR_MAX];
    size_t limit = page->limit;
    for (size_t i = 0; i < limit; i++) {
        const void *rows;
        struct arena_mark mark = arena_mark(&call->arena);
        page->limit = 1;
        TRY(children[child].page(call, user_id, page, &rows));
        if (page->count) {
            json_object(w);
            children[child].put(w, call, rows);
            json_end(w);
        }
        assert(page->next.len < CURSOR_MAX);
        memcpy(cursor, page->next.ptr, page->next.len);
        arena_rewind(&call->arena, mark);
        page->next = page->cursor = slice_make(cursor, page->next.len);
        if (!page->count || !page->next.len)
            break;
    }
    page->limit = limit;
    page->next = arena_copy(&call->arena, page->next);
    return arena_check(&call->arena, err);
}

slice project_prefix(struct call *call, const struct store_project *project)
{
    return arena_printf(&call->arena, SLICE_FMT "/", SLICE_ARG(project->id));
}

status project_reply_list(struct call *call, uint64_t user_id, slice prefix,
                          enum project_child child, struct error *err)
{
    struct store_page page;
    TRY(page_from_query(call, &page, err));
    page.newest_first = true;
    page.prefix = prefix;
    struct json_out *w = reply_json(call, 200);
    json_key(w, children[child].name);
    json_array(w);
    TRY(put_rows(call, user_id, child, w, &page, err));
    json_end(w);
    page_to_reply(call, w, &page);
    return reply_end_tagged(call, err);
}
