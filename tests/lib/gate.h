/* Handlers on a temporary store without a server: one call goes through auth, rate and the stages
 * of its row in this thread.
 *
 *   struct gate g;
 *   gate_open(&g);
 *   struct call *call = gate_run(&g, METHOD_GET, "/api/dashboard/keys", key, "");
 *   ck_assert_int_eq(call->reply.http_status, 200);
 *   gate_end(call);
 *   gate_close(&g); */
#ifndef TESTS_LIB_GATE_H
#define TESTS_LIB_GATE_H

#include "api/tables.h"
#include "app.h"
#include "auth.h"
#include "base/clock.h"
#include "blob.h"
#include "call.h"
#include "config.h"
#include "credentials.h"
#include "lib/temp_store.h"
#include "plans.h"
#include "principal.h"
#include "rate.h"
#include "secrets.h"
#include "transport.h"
#include "usage.h"

#include <strings.h>

struct gate {
    struct temp_store t;
    struct app app;
    struct config config;
    struct plans plans;
    struct auth auth;
    int64_t now_ms; /* of the next calls */
    /* of the next call only */
    struct call_pair headers[16];
    size_t header_count;
    const char *query;
    const char *content_type;
    enum call_actor actor;
    const char *address;
};

static const struct transport gate_transport = {.is_inline = true};

static inline void gate_open(struct gate *g)
{
    struct error err = {0};
    struct secrets secrets = {.pepper = {7}, .signing_seed = {8}};
    *g = (struct gate){.now_ms = T0_MS, .content_type = "application/json"};
    temp_open(&g->t);
    ck_ok(store_writer_start(g->t.store, 64, &err));
    ck_ok(config_load(&(struct config_inputs){0}, &g->config, &err));
    ck_ok(plans_load(NULL, &g->plans, &err));
    auth_init(&g->auth, &secrets);
    g->app = (struct app){.magic = APP_MAGIC, .version = "1.2.3", .store = g->t.store};
    ck_ok(blobs_open(g->t.dir, /* reserve_bytes= */ 0, &g->app.blobs, &err));
    g->app.config = &g->config;
    g->app.plans = &g->plans;
    g->app.auth = &g->auth;
    g->app.set_up = true;
    ck_ok(rate_create(&g->app.rate, &err));
    ck_ok(usage_create(&g->app.usage, &err));
}

static inline void gate_close(struct gate *g)
{
    store_read_end(&g->t.r);
    store_writer_stop(g->t.store);
    usage_destroy(&g->app.usage);
    rate_destroy(&g->app.rate);
    auth_finish(&g->auth);
    blobs_close(&g->app.blobs);
    plans_finish(&g->plans);
    config_finish(&g->config);
    temp_close(&g->t);
}

static inline void gate_header(struct gate *g, const char *name, const char *value)
{
    g->headers[g->header_count++] = (struct call_pair){slice_of(name), slice_of(value)};
}

/* Does the path fit the row's pattern? Fills the call's parameters. */
static inline bool gate_match(const struct route *row, slice path, struct call *call)
{
    slice pattern = slice_of(row->path);
    slice want;
    slice have = S("");
    call->param_count = 0;
    while (slice_split(&pattern, '/', &want)) {
        if (!slice_split(&path, '/', &have))
            return false;
        if (want.len && want.ptr[0] == ':')
            call->params[call->param_count++] = (struct call_pair){slice_from(want, 1), have};
        else if (!slice_eq(want, have))
            return false;
    }
    return path.len == 0;
}

static inline const struct route *gate_route(enum method method, slice path, struct call *call)
{
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++) {
            const struct route *row = &route_tables[t].rows[i];
            if (row->method == method && gate_match(row, path, call))
                return row;
        }
    ck_abort_msg("no route");
    return NULL;
}

static inline status gate_write(struct store_txn *txn, void *arg, struct error *err)
{
    struct call *call = arg;
    call->txn = txn;
    status rc = call->route->apply(call, err);
    call->txn = NULL;
    return rc;
}

static inline status gate_keep(struct store_txn *txn, void *arg, struct error *err)
{
    struct call *call = arg;
    call->txn = txn;
    status rc = call->store_reply(call, err);
    call->txn = NULL;
    return rc;
}

static inline status gate_stages(struct gate *g, struct call *call)
{
    const struct route *row = call->route;
    call->txn = temp_read(&g->t);
    call->stage = STAGE_CHECK;
    status rc = auth_call(call, &call->err);
    if (rc == ST_OK)
        rc = rate_call(call, &call->err);
    if (rc == ST_OK && row->check && !call->answered)
        rc = row->check(call, &call->err);
    store_read_end(&g->t.r);
    call->txn = NULL;
    bool skip = call->skip_to_reply || call->answered;
    if (rc == ST_OK && row->fetch && !skip)
        rc = row->fetch(call, &call->err);
    if (rc == ST_OK && row->work && !skip)
        rc = row->work(call, &call->err);
    if (rc == ST_OK && row->apply && !skip)
        rc = store_apply(g->t.store, gate_write, call, &call->err);
    if (rc == ST_OK && row->reply && !call->answered)
        rc = row->reply(call, &call->err);
    return rc;
}

/* auth: an API key's text, "cookie TOKEN" style values go through gate_header; NULL = none. */
static inline struct call *gate_run(struct gate *g, enum method method, const char *path,
                                    const char *key, const char *body)
{
    static unsigned serial;
    struct error err = {0};
    struct call *call = calloc(1, sizeof *call);
    *call = (struct call){.magic = CALL_MAGIC,
                          .app = &g->app,
                          .refs = 1,
                          .recheck_ms = -1,
                          .transport = &gate_transport,
                          .now_ms = g->now_ms,
                          .method = method,
                          .path = slice_of(path),
                          .host = S("localhost:5000"),
                          .tls = true,
                          .client_address = slice_of(g->address ? g->address : "192.0.2.7"),
                          .content_type = slice_of(g->content_type),
                          .body = slice_of(body),
                          .deadline_ms = clock_mono_ms() + 30000,
                          .actor = g->actor,
                          .begin_us = clock_mono_us(),
                          .livemode = true};
    arena_init(&call->arena, LIMIT_CALL_ARENA_BYTES + call->body.len);
    call->request_id = arena_printf(&call->arena, "req-%u", ++serial);
    if (g->actor == ACTOR_HOST)
        call->actor_name = S("unix:test(1)");
    if (key)
        gate_header(g, "x-api-key", key);
    call->headers = g->headers;
    call->header_count = g->header_count;
    for (slice pair, rest = slice_of(g->query); slice_split(&rest, '&', &pair);) {
        slice name;
        if (slice_split(&pair, '=', &name))
            call->query[call->query_count++] = (struct call_pair){name, pair.ptr ? pair : S("")};
    }
    call->route = gate_route(method, call->path, call);
    call->result = gate_stages(g, call);
    if (call->result != ST_OK)
        reply_error(call, call->result, &call->err);
    else if (call->store_reply)
        ck_ok(store_apply(g->t.store, gate_keep, call, &err));
    usage_call_done(call);
    g->header_count = 0;
    g->query = NULL;
    g->content_type = "application/json";
    g->actor = ACTOR_NONE;
    g->address = NULL;
    return call;
}

static inline void gate_end(struct call *call)
{
    principal_unref(&call->principal);
    buf_finish(&call->reply.body);
    arena_finish(&call->arena);
    free(call);
}

static inline slice gate_body(const struct call *call)
{
    return call->reply.bytes.len ? call->reply.bytes : buf_slice(&call->reply.body);
}

static inline bool gate_says(const struct call *call, const char *text)
{
    return slice_find(gate_body(call), slice_of(text), &(size_t){0});
}

/* Fails with the body when the answer's status differs. */
#define gate_expect(call, status_, text)                                                           \
    ck_assert_msg((call)->reply.http_status == (status_) && gate_says(call, text),                 \
                  "%d, wanted %d with '%s': %.*s", (call)->reply.http_status, status_, text,       \
                  SLICE_ARG(slice_sub(gate_body(call), 0, 2000)))

static inline slice gate_reply_header(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->reply.header_count; i++)
        if (slice_eq_nocase(call->reply.headers[i].name, slice_of(name)))
            return call->reply.headers[i].value;
    return (slice){0};
}

/* All chunks of a streamed answer, as the loop would send them. */
static inline size_t gate_drain(struct call *call, char *ret, size_t max)
{
    struct reply_stream *stream = &call->reply.stream;
    struct buf chunk;
    size_t len = 0;
    enum reply_next next = REPLY_MORE;
    buf_init(&chunk, LIMIT_STREAM_CHUNK);
    while (next == REPLY_MORE) {
        int32_t wait_ms = 0;
        chunk.len = 0;
        next = stream->next(call, stream->state, &chunk, &wait_ms);
        ck_assert(!chunk.overflow);
        ck_assert_uint_lt(len + chunk.len, max);
        memcpy(ret + len, chunk.ptr, chunk.len);
        len += chunk.len;
    }
    buf_finish(&chunk);
    stream->done(call, stream->state);
    stream->next = NULL;
    return len;
}

/* A user with a key; the text must hold API_KEY_LEN + 1 bytes. Returns the user's id. */
static inline uint64_t gate_user(struct gate *g, const char *email, const char *plan,
                                 uint64_t scopes, char *key_text, struct store_api_key *ret_key)
{
    struct error err = {0};
    struct api_key_text made;
    store_writer_stop(g->t.store);
    struct store_user user = {
        .email = slice_of(email), .enabled = true, .plan = slice_of(plan), .created_ms = g->now_ms};
    ck_ok(store_user_add(temp_write(&g->t), &user));
    api_key_make(&g->auth, true, &made);
    struct store_api_key key = {.user_id = user.id,
                                .name = S("k"),
                                .prefix = arena_copy(&g->t.arena, slice_of(made.prefix)),
                                .hash = arena_copy(&g->t.arena, slice_make(made.hash.bytes, 32)),
                                .scopes = scopes,
                                .livemode = true,
                                .created_ms = g->now_ms};
    ck_ok(store_next_id(temp_write(&g->t), "api_key", &key.id));
    ck_ok(store_key_add(temp_write(&g->t), &key));
    temp_commit(&g->t);
    ck_ok(store_writer_start(g->t.store, 64, &err));
    memcpy(key_text, made.text, API_KEY_LEN + 1);
    if (ret_key)
        *ret_key = key;
    return user.id;
}

/* Replaces a key's record as it stands in *key. */
static inline void gate_put_key(struct gate *g, struct store_api_key *key)
{
    struct error err = {0};
    store_writer_stop(g->t.store);
    ck_ok(store_key_put(temp_write(&g->t), key));
    temp_commit(&g->t);
    ck_ok(store_writer_start(g->t.store, 64, &err));
}

#endif
