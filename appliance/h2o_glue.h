/* Private to loop.c, conn.c, exchange.c, stream.c and refusal.c: the one place that names libh2o's
 * header. */
#ifndef H2O_GLUE_H
#define H2O_GLUE_H

#include "app.h"
#include "call.h"
#include "endpoint.h"
#include "loop.h"
#include "transport.h"

#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/http2.h>
#include <pthread.h>

struct loop;

/* A listening socket of one loop: every loop has its own descriptor of every listener. */
struct listener {
    h2o_accept_ctx_t accept; /* what h2o needs per accepted socket */
    struct loop *loop;
    enum listener_kind kind;
    h2o_socket_t *sock;
};

/* One connection; lives until it is closed and its last call is over. Loop thread only. */
struct conn {
    h2o_linklist_t link; /* in loop->conns while open */
    struct loop *loop;
    h2o_socket_t *sock; /* NULL once closed */
    int fd;             /* -1 once shut down by us */
    int refs;
    enum listener_kind kind;
    unsigned inflight;               /* calls that have not ended */
    unsigned cancelled;              /* requests that the client gave up */
    int64_t last_ms;                 /* monotonic: newest begin or end of a call */
    int64_t receiving_ms;            /* monotonic: drain last saw a request begun here */
    char address[ENDPOINT_TEXT_MAX]; /* of the peer, without port */
    bool loopback;
    uint32_t uid; /* LISTENER_ADMIN: of the peer process */
};

struct loop {
    struct server *server;
    unsigned index;
    pthread_t thread;
    h2o_context_t ctx;
    h2o_multithread_receiver_t inbox;
    h2o_multithread_message_t poke; /* control message; linked at most once */
    atomic_bool poked;
    struct listener listeners[LIMIT_LISTENERS];
    size_t listener_count;
    h2o_linklist_t conns;
    h2o_linklist_t waiting;        /* exchanges with a due time */
    h2o_timeout_entry_t tick;      /* each second: ages, beat */
    h2o_timeout_entry_t wait_tick; /* each 100 ms while `waiting` is not empty */
    struct store_reader *reader;
    struct principals *principals; /* whom the loop knows */
    size_t exchanges;              /* calls that have not ended */
    _Atomic int64_t beat_ms;       /* monotonic: last turn */
    int64_t drain_begin_ms;        /* 0 = not draining */
    bool forced;
    bool clean;     /* everything was freed at the end */
    status started; /* of loop_init; read after the barrier */
    struct error err;
};

/* Connections of one kind. The host's are counted apart: a full server can still be administered.
 */
struct crowd {
    unsigned max;
    _Atomic unsigned open;
};

struct server {
    struct app *app;
    h2o_globalconf_t conf;
    struct loop loops[LIMIT_LOOPS];
    unsigned loop_count;
    pthread_barrier_t ready; /* all loops are made */
    pthread_barrier_t end;   /* nobody sends them messages any more */
    struct crowd clients, hosts;
    int64_t drain_ms;
    _Atomic(SSL_CTX *) ssl_ctx;
    atomic_bool accepting, draining, forcing;
    _Atomic unsigned loops_done;
    struct listener_options listeners[LIMIT_LISTENERS]; /* addresses as bound */
    int listener_fds[LIMIT_LISTENERS];
    size_t listener_count;
    char admin_path[108];
};

/* One request under way: the carrier of its call, in the call's arena. Loop thread only, except
 * `message`, which the thread that runs a stage posts. */
struct exchange {
    h2o_multithread_message_t message;
    h2o_linklist_t wait_link;
    int64_t due_ms;
    struct call *call;
    h2o_req_t *req; /* NULL once the client is gone or all is sent */
    struct conn *conn;
    struct loop *loop;
    h2o_generator_t generator;
    struct buf chunk;     /* of a streamed answer */
    enum reply_next next; /* what the newest chunk was followed by */
    int32_t wait_ms;
    bool streaming; /* headers are out */
    bool pumping;   /* a worker fills chunk */
};

/* conn.c */
void conn_accept(h2o_socket_t *listener, const char *err);
void conn_unref(struct conn *conn);
void conn_cut(struct conn *conn); /* the loop then sees its end and closes it as usual */
struct conn *conn_of(h2o_req_t *req);
void conn_sweep(struct loop *loop, int64_t now_ms); /* each second: ages, idleness, stalls */
void listeners_update(struct loop *loop);

/* exchange.c */
extern const struct transport transport_loop;
void exchange_end(struct exchange *exchange);
int exchange_on_req(h2o_handler_t *handler, h2o_req_t *req);
void exchange_on_message(struct exchange *exchange);
void exchange_wake_due(struct loop *loop, int64_t now_ms);

/* stream.c */
void stream_begin(struct exchange *exchange);
void stream_pump(struct exchange *exchange);
void stream_deliver(struct exchange *exchange);

/* refusal.c */
void refusal_register(h2o_pathconf_t *path);

/* redirect.c */
int redirect_send(h2o_req_t *req, slice public_url);

/* loop.c */
void loop_poke(struct loop *loop);
void loop_wait(struct loop *loop, struct exchange *exchange, int32_t ms);

#endif
