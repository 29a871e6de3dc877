/* Event loops: threads that own listeners, connections and the calls that came in by them. */
#ifndef LOOP_H
#define LOOP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct app;
struct server;
struct ssl_ctx_st;

enum listener_kind {
    LISTENER_TLS,
    LISTENER_PLAIN,
    LISTENER_REDIRECT, /* plain HTTP; sends everybody to http.public_url */
    LISTENER_ADMIN, /* unix socket; its callers are the host */
};

struct listener_options {
    enum listener_kind kind;
    struct sockaddr_storage address; /* not for LISTENER_ADMIN */
    socklen_t address_len;
    const char *path; /* LISTENER_ADMIN */
    int fd;           /* a socket that listens already (socket activation), or -1 */
};

struct server_options {
    unsigned loops;
    unsigned connections_max;
    int64_t drain_ms; /* graceful stop: requests in flight may end within this */
    const struct listener_options *listeners;
    size_t listener_count;
    struct ssl_ctx_st *ssl_ctx; /* borrowed; for LISTENER_TLS */
};

/* Binds everything, then starts the threads; nothing is accepted before server_accept.
 * ST_CONFIG: an address cannot be bound; the limit of descriptors is too low. */
status server_create(struct app *app, const struct server_options *options, struct server **ret,
                     struct error *err);
void server_accept(struct server *server);

/* The address that listener `index` got, as text "https://127.0.0.1:41234". */
enum { SERVER_URL_MAX = 80 };
void server_url(const struct server *server, size_t index, char text[static SERVER_URL_MAX]);

/* Connections from now on use that certificate; the old context must live for LIMIT_HANDSHAKE_MS
 * longer. */
void server_swap_tls(struct server *server, struct ssl_ctx_st *ssl_ctx);

/* Stops listening and lets requests end; connections are cut after drain_ms. Returns at once. */
void server_drain(struct server *server);
void server_force(struct server *server); /* cuts the connections that are left */
bool server_is_drained(const struct server *server);
/* After server_drain: joins the threads and frees everything; NULL is allowed. */
void server_destroy(struct server **server);

/* Any: milliseconds since the slowest loop last turned; the watchdog's and /livez's measure. */
int64_t server_beat_age_ms(const struct server *server);

#endif
