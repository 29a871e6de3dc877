/* The route table: one row per endpoint says everything about it except how it is done.
 *
 * Tables live in appliance/api/<area>.c and are collected in appliance/api/routes.c. Every
 * "/api/X" is also served as "/v1/X", without a redirect. The OpenAPI document is generated from
 * these rows. */
#ifndef ROUTE_H
#define ROUTE_H

#include "base/slice.h"
#include "base/status.h"
#include "limits.h"

struct call;

enum method {
    METHOD_GET,
    METHOD_HEAD, /* served by the GET row, without the body */
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS, /* answered by the engine */
    METHOD_OTHER,   /* always 405 */
    METHOD_COUNT
};

const char *method_name(enum method method);
enum method method_from(slice name); /* case-sensitive, as RFC 9110 says */

/* Who may call. A row without one is refused at start (and by a test). */
enum need {
    NEED_UNDECLARED,
    NEED_NOTHING,  /* public */
    NEED_KEY,      /* API key or session */
    NEED_SESSION,  /* session of a browser, with CSRF check on unsafe methods */
    NEED_REVIEWER, /* session, role reviewer or admin */
    NEED_ADMIN,    /* session, role admin; or the host */
    NEED_HOST,     /* CLI over the admin socket or in-process; does not exist over the network */
};

/* What a key must have been granted; bits, so that a key's set is one number. */
#define SCOPE_MAP(X)                                                                               \
    X(SCOPE_DETECT, 0, "detect")                                                                   \
    X(SCOPE_DATASETS_READ, 1, "datasets:read")                                                     \
    X(SCOPE_FILES_READ, 2, "files:read")                                                           \
    X(SCOPE_FILES_WRITE, 3, "files:write")                                                         \
    X(SCOPE_JOBS, 4, "jobs")                                                                       \
    X(SCOPE_USAGE_READ, 5, "usage:read")                                                           \
    X(SCOPE_KEYS_READ, 6, "keys:read")                                                             \
    X(SCOPE_KEYS_WRITE, 7, "keys:write")                                                           \
    X(SCOPE_BILLING_READ, 8, "billing:read")

enum scope {
    SCOPE_NONE = 0,
#define X(code, bit, name) code = 1 << (bit),
    SCOPE_MAP(X)
#undef X
};

/* Order of the plans: a route's minimum and a user's plan are compared by it. */
enum plan_rank { PLAN_FREE, PLAN_PRO, PLAN_BUSINESS, PLAN_ENTERPRISE, PLAN_COUNT };

/* Where `work` runs. */
enum work_pool {
    POOL_CPU,      /* cores - 1 threads */
    POOL_PASSWORD, /* 2 threads: Argon2 takes 19 MiB and 20 ms each */
};

enum route_flag {
    ROUTE_UNCOUNTED = 1 << 0,       /* does not count as a request of the plan (/api/me, …) */
    ROUTE_STRICT = 1 << 1,          /* [N]: unknown members of the body are 400; else ignored */
    ROUTE_IDEMPOTENT = 1 << 2,      /* honours Idempotency-Key */
    ROUTE_SECRET = 1 << 3,          /* answer holds a secret: no-store, never kept or replayed */
    ROUTE_ANALYSIS = 1 << 4,        /* may be billed: monthly quota is reserved before check */
    ROUTE_BEFORE_SETUP = 1 << 5,    /* answers before the appliance is set up */
    ROUTE_POLLING = 1 << 6,         /* own limit of 120/min instead of the plan's */
    ROUTE_DEMO = 1 << 7,            /* anonymous callers when open_demo is on */
    ROUTE_HTML = 1 << 8,            /* a page: CSP and the like instead of the API's headers */
    ROUTE_NO_ALIAS = 1 << 9,        /* no /v1 twin */
    ROUTE_WHILE_DRAINING = 1 << 10, /* answers during a graceful stop and when overloaded */
    ROUTE_FOR_USER = 1 << 11,       /* the host may call for the user of ?for_user=ID */
};

/* A stage of a call. The first status that is not ST_OK goes straight to the error answer. */
typedef status stage(struct call *call, struct error *err);

struct route_param {
    const char *name;
    const char *in;     /* "query", "header", "path" */
    const char *schema; /* JSON Schema text: "{\"type\":\"integer\",\"minimum\":1}" */
    const char *text;   /* one sentence, English; translated when shown */
    bool required;
};

/* For the OpenAPI document and /docs; a test fails when a public route lacks its summary or
 * response. Schemas are JSON text or "#Name" of a shared schema in api/schemas.c. */
struct route_doc {
    const char *summary;              /* one sentence, English */
    const char *details;              /* Markdown, may be NULL */
    const char *tag;                  /* group: "Detection", "Keys", … */
    const char *request;              /* schema of the JSON body; NULL = no body */
    const char *request_types;        /* other accepted types: "text/csv, multipart/form-data" */
    const char *response;             /* schema of the success body; NULL with 204 */
    const char *response_type;        /* NULL = application/json; several: "text/csv, …" */
    const char *request_example;      /* JSON text */
    const char *response_example;     /* JSON text */
    const struct route_param *params; /* ends with a row whose name is NULL; may be NULL */
    const char *errors;               /* "206 304 400 401", statuses beside the success */
    int success;                      /* 0 = 200 */
};

struct route {
    enum method method;
    const char *path; /* "/api/dashboard/keys/:id"; segments only, no wildcard inside;
                         a last segment "*" takes the rest, slashes included */
    enum need need;
    enum plan_rank plan_min; /* below it the answer is 403 plan_required */
    enum scope scope;        /* of keys; sessions have all */
    unsigned flags;          /* enum route_flag */
    size_t body_max;         /* bytes; 0 = 1 MiB; at most LIMIT_BODY_BYTES */
    enum work_pool pool;

    stage *check; /* loop: parse, validate, read; call->txn is a snapshot */
    stage *fetch; /* fetch pool: may wait for the network */
    stage *work;  /* worker: CPU, under call->deadline_ms, looks at call_cancelled */
    stage *apply; /* writer: call->txn is the write transaction; re-runnable: no clock, no random */
    stage *reply; /* loop: answer */

    struct route_doc doc;
};

/* A table of rows; api/routes.c lists them all. */
struct route_table {
    const struct route *rows;
    size_t count;
};
extern const struct route_table route_tables[];
extern const size_t route_table_count;

/* Calls visit for every row, in the order of the paths. */
void route_each(void (*visit)(const struct route *route, void *data), void *data);
/* Rows in all, and the position of one in that order (route_count() when it is in no table). */
size_t route_count(void);
size_t route_index(const struct route *route);

struct route_match {
    const struct route *route; /* NULL: see path_known */
    bool path_known;           /* the path exists with another method: 405 */
    unsigned allowed;          /* bits 1 << enum method, for Allow */
    size_t param_count;
    struct {
        slice name;
        slice value; /* borrowed from the path, not percent-decoded */
    } params[LIMIT_PATH_PARAMS];
};

/* Checks the tables (needs declared, paths unique and well-formed) and builds the index.
 * Call once before the first route_find; programmer's errors are ST_INTERNAL. */
status route_init(struct error *err);

/* path: absolute, without query. `host` admits NEED_HOST rows. Any thread after route_init. */
void route_find(enum method method, slice path, bool host, struct route_match *ret);

/* "GET, HEAD, POST" of a match into text. */
enum { ROUTE_ALLOW_MAX = 64 };
slice route_allow(const struct route_match *match, char text[static ROUTE_ALLOW_MAX]);

#endif
