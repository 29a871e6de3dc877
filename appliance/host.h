/* The CLI's way to the routes: over the running server's admin socket, or in its own process.
 *
 * host_open looks who owns the data directory. If a server does, requests go over its unix socket;
 * if nobody does, the directory is locked and the same stages run here. Handlers cannot tell. */
#ifndef HOST_H
#define HOST_H

#include "base/arena.h"
#include "base/text.h"
#include "route.h"

struct app;
struct host;
struct store_reader;

struct host_options {
    const char *config_path; /* NULL = the usual places */
    const char *data_dir;    /* NULL = configuration, else the usual places */
    const char *run_dir;     /* NULL = as the server chooses */
    enum lang lang;          /* of messages in answers */
    int timeout_ms;          /* of one call; 0 = 60000 */
    bool must_exist;         /* ST_NOT_FOUND instead of creating an empty data directory */
    slice server;  /* an appliance on another host, "https://…"; empty = the one of this host */
    slice api_key; /* for `server` */
    slice ca_file; /* for `server`; empty = the system's authorities */
};

/* With `server` the other members are not looked at, except lang and timeout_ms; nothing is
 * connected yet (remote_http.h). ST_LOCKED: another process owns the directory but answers on no
 * socket. ST_CONFIG, ST_IO, ST_CORRUPT: as the server would say. */
status host_open(const struct host_options *options, struct host **ret, struct error *err);
void host_close(struct host **host); /* NULL is allowed */

bool host_is_remote(const struct host *host); /* a server answers */

struct host_request {
    enum method method;
    slice path;            /* "/api/host/users" */
    slice query;           /* "limit=10", already encoded; may be empty */
    slice body;            /* may be empty */
    slice content_type;    /* empty = application/json */
    slice accept;          /* empty = any */
    slice idempotency_key; /* empty = none */
    slice range;           /* "bytes=0-99"; empty = all */
};

struct host_reply {
    int http_status; /* 200, 404, … */
    slice content_type;
    slice body; /* in the arena */
};

/* ST_OK when an answer came, whatever its HTTP status; host_status tells the rest.
 * ST_UNREACHABLE, ST_TIMEOUT, ST_TOO_LARGE otherwise. Actor: "unix:NAME(uid)". */
status host_call(struct host *host, const struct host_request *request, struct arena *arena,
                 struct host_reply *ret, struct error *err);

/* The in-process way alone, for whoever has an app already (`serve --dev`, tests). */
struct host_local {
    struct app *app;
    struct store_reader *reader; /* of the calling thread */
    slice actor;                 /* "unix:alice(1000)" */
    enum lang lang;
};
status host_call_local(const struct host_local *local, const struct host_request *request,
                       struct arena *arena, struct host_reply *ret, struct error *err);

/* ST_OK below 400; else the status that the error body's code and HTTP status stand for, with its
 * sentence in err. */
status host_status(const struct host_reply *reply, struct error *err);

#endif
