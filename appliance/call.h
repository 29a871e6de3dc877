/* One request: what handlers see of it, its five stages, its lifetime.
 *
 * A call lives in its arena and belongs to one thread at a time: the loop that received it, or the
 * thread that runs its current stage. Handlers fill `state`, read the request members, and answer
 * through reply.h; they never see libh2o, and the same stages run without any server
 * (call_run_inline). The engine itself is in call.c. */
#ifndef CALL_H
#define CALL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "reply.h"
#include "route.h"
#include "storage/storage.h"
#include "workers.h"

#include <stdatomic.h>

struct app;
struct plan;      /* plans.h */
struct principal; /* principal.h */
struct principals;
struct transport; /* transport.h: how the answer leaves */

enum call_actor {
    ACTOR_NONE,    /* anonymous */
    ACTOR_KEY,     /* call->key and call->user are set */
    ACTOR_SESSION, /* call->session and call->user are set */
    ACTOR_HOST,    /* the machine's administrator: unix socket or in-process */
};

enum call_stage {
    STAGE_NEW,
    STAGE_CHECK,
    STAGE_FETCH,
    STAGE_WORK,
    STAGE_APPLY,
    STAGE_REPLY,
    STAGE_STORE, /* call->store_reply, on the writer */
    STAGE_SENDING,
    STAGE_DONE
};

struct call_pair {
    slice name;  /* header names in lower case */
    slice value; /* query values percent-decoded */
};

/* What an error answer says beyond its sentence; set by whoever fails, before returning. */
struct problem {
    const char
        *error;    /* short text of the "error" member, N_("Missing API key"); NULL = by status */
    slice members; /* more JSON members, `"errors":[…],"line":3`, without braces; in the arena */
    int http_status;   /* 0 = by status */
    int retry_after_s; /* 0 = none (503 has its own default) */
    const char *type;  /* problem type URL; NULL = /problems/<code> */
    const char *title; /* of that type; NULL = error */
};

struct call {
    uint32_t magic;
    enum call_stage stage;
    struct app *app;
    const struct route *route; /* NULL for 404 and 405 */
    struct arena arena;        /* everything of this call; LIMIT_CALL_ARENA_BYTES + its body */

    /* --- the request; slices live as long as the call, on every thread --- */
    enum method method; /* METHOD_HEAD stays visible; the row is GET's */
    slice path;         /* normalised, without query */
    slice query_text;   /* without '?' */
    slice body;
    slice content_type;   /* "application/json", lower case, without parameters */
    slice client_address; /* numeric, after the trusted-proxy rules; "unix" for the host */
    slice host;           /* Host header or :authority */
    slice request_id;     /* the client's if well-formed, else ours (26 characters) */
    struct call_pair *headers;
    size_t header_count;
    size_t query_count; /* of call->query, at the end */
    struct call_pair params[LIMIT_PATH_PARAMS];
    size_t param_count;
    enum lang lang;      /* of messages: ?lang= never; Accept-Language, or the CLI's choice */
    int64_t now_ms;      /* wall clock when the call came; stages never read the clock themselves */
    int64_t begin_us;    /* monotonic, for durations */
    int64_t deadline_ms; /* monotonic; work ends with ST_TIMEOUT after it */
    bool tls;            /* came over TLS, or over a trusted proxy that says so */
    bool loopback;       /* the peer is this machine */
    uint8_t http_major;  /* 1 or 2; 0 for the host */

    /* --- who calls; auth.c fills it, the transport does for ACTOR_HOST --- */
    enum call_actor actor;
    slice actor_name; /* for the audit log: "key:sk_live_Ab3…", "user:42", "unix:alice(1000)" */
    const struct store_user *user;
    const struct store_api_key *key;
    const struct store_session *session;
    const struct plan *plan; /* effective plan; of the free plan for anonymous calls */
    uint64_t identity, keys_stamp, months_stamp; /* store_identity … before anything was read */
    struct principal *principal;   /* what key, session and user point into; NULL for others */
    struct principals *principals; /* kept by the call's own thread; NULL: nothing is */

    /* --- the handler's --- */
    struct store_txn *txn; /* snapshot in auth, rate and check; write transaction in apply */
    void *state;           /* call_state */
    struct problem problem;
    stage *store_reply; /* set by a hook: runs on the writer when the reply is complete, before it
                           is sent (idempotency keeps the answer) */
    void *hook[4];      /* per-call data of auth, rate, usage, idempotency; NULL at start */

    /* --- tallies for usage.c, metrics and the access log --- */
    uint32_t analyses_counted;
    bool cached;
    bool livemode; /* false for sk_test_ keys */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t work_us; /* in check, fetch, work and apply */
    status result;    /* of the first stage that failed, else ST_OK */

    /* --- the engine's --- */
    atomic_bool cancelled; /* client gone or shutdown; call_cancelled adds the deadline */
    bool client_gone;      /* own thread only */
    bool skip_to_reply;
    bool short_work;     /* work runs on the own thread */
    bool answered;       /* a hook built the whole answer: check and reply are skipped */
    bool detached;       /* request memory is our own copy */
    bool decoding;       /* the body is being unpacked (Content-Encoding); check comes after it */
    bool digest_checked; /* Content-Digest was compared with the body as it was sent */
    size_t body_held;    /* counted in app->body_bytes */
    int refs;            /* own thread only */
    int32_t recheck_ms;  /* -1 = no */
    const struct transport *transport;
    void *carrier;               /* the transport's own */
    struct store_reader *reader; /* of the call's own thread; NULL without storage */
    struct work_item work;       /* its place in a pool's queue */
    struct store_op op;          /* its place in the writer's queue */
    struct error err;            /* sentence of `result` */

    /* --- last: large, and not zeroed when a call is made --- */
    struct reply reply; /* the answer under construction */
    struct call_pair query[LIMIT_QUERY_PAIRS];
};

/* --- for handlers --- */

/* Zeroed memory of the handler's own, wiped with the call; NULL only when the arena is exhausted
 * (then the call fails by itself). Later stages read call->state. */
void *call_state(struct call *call, size_t bytes);

/* Header by lower-case name; empty slice (ptr NULL) when absent. */
slice call_header(const struct call *call, const char *name);
/* First query value by name; ptr NULL when absent, empty when "name" or "name=". */
slice call_query(const struct call *call, const char *name);
/* Path parameter; asserts that the route has it. */
slice call_param(const struct call *call, const char *name);

/* A number from the query, or the fallback when absent; else ST_INVALID that names the parameter.
 */
struct call_query_range {
    uint64_t min, max, fallback;
};
status call_query_u64(const struct call *call, const char *name,
                      const struct call_query_range *range, uint64_t *ret, struct error *err);
/* A numeric path parameter; ST_NOT_FOUND when it is not a number. */
status call_param_u64(const struct call *call, const char *name, uint64_t *ret, struct error *err);

/* check: the answer is known (cache hit); fetch, work and apply are skipped. */
void call_skip_to_reply(struct call *call);
/* check: work takes less than a hand-over to another thread and back would, some 30 µs; it runs
 * where check does. */
void call_short_work(struct call *call);
/* Hooks: the whole answer is built (replay); all stages are skipped. */
void call_answered(struct call *call);
/* check: run check again after that many ms (long poll); auth and rate are not repeated. */
void call_recheck(struct call *call, int32_t after_ms);
/* work, fetch, streams: true when nobody needs the result any more. Cheap. */
bool call_cancelled(const struct call *call);

/* A problem with one or more members beside the sentence; the slice is copied. */
void call_problem_members(struct call *call, slice json_members);

/* --- hooks of the gateway, called by the engine --- */

/* auth.c — loop, snapshot in call->txn: credentials → actor, user, key, session, plan; checks need,
 * plan_min and scope of call->route. ST_UNAUTHENTICATED, ST_FORBIDDEN, ST_PLAN, ST_NOT_SET_UP. */
status auth_call(struct call *call, struct error *err);
/* rate.c — loop, snapshot: limits and quotas; sets the RateLimit headers. ST_RATE, ST_QUOTA. */
status rate_call(struct call *call, struct error *err);
/* usage.c — loop: exactly once per call that had a route, after its answer was built (or its client
 * left); tallies, releases reservations of failed calls. */
void usage_call_done(struct call *call);

#endif
