/* Every hard cap of the server in one place, with its unit and its reason.
 *
 * What a plan or the configuration allows lies below these; nothing lies above them. */

/* The name is also libc's: gcc's own <limits.h> looks for the next file called so in all include
 * folders, ours too, and must find libc's behind this one. */
#ifdef _GCC_NEXT_LIMITS_H
#include_next <limits.h>
#endif

#ifndef LIMITS_H
#define LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* --- one request --- */

/* Whole bodies are held in memory by libh2o 2.2.5; larger files come in parts (decisions.md). */
#define LIMIT_BODY_BYTES ((size_t)16 << 20)
/* What a handler may build besides the body. */
#define LIMIT_CALL_ARENA_BYTES ((size_t)16 << 20)
/* An answer that is built in memory; longer ones are streamed. */
#define LIMIT_REPLY_BYTES ((size_t)32 << 20)

enum {
    LIMIT_PATH_BYTES = 2048,     /* path and query together; longer is 404 */
    LIMIT_PATH_PARAMS = 4,       /* ":name" segments of one route */
    LIMIT_QUERY_PAIRS = 32,      /* name=value pairs; more is 400 */
    LIMIT_HEADERS = 100,         /* request header fields; libh2o stops there, too */
    LIMIT_HEADER_BYTES = 32768,  /* all names and values together; more is 400 */
    LIMIT_REPLY_HEADERS = 48,    /* of one answer; a programmer's error beyond */
    LIMIT_REQUEST_ID_BYTES = 64, /* a client's own X-Request-Id */
    LIMIT_RECHECK_MS_MIN = 20,   /* a long poll looks at most that often */
    LIMIT_STREAM_CHUNK = 65536,  /* bytes of a streamed answer in memory at a time */
};

/* --- connections of one process --- */

enum {
    LIMIT_LOOPS = 4,              /* event loop threads: min(cores, this) */
    LIMIT_LISTENERS = 8,          /* addresses to listen on */
    LIMIT_FD_RESERVE = 256,       /* descriptors kept for storage, files and outgoing calls */
    LIMIT_CONNECTIONS = 65536,    /* and never more than the descriptor limit minus the reserve */
    LIMIT_INFLIGHT_PER_CONN = 64, /* calls of one connection that have not ended; beyond: 503 */
    LIMIT_STREAMS_PER_CONN = 32,  /* HTTP/2 requests handled at once on one connection */
    LIMIT_CANCELS_PER_CONN = 200, /* requests given up by the client before it is cut off */
    LIMIT_ACCEPTS_PER_TURN = 16,  /* new connections per turn of a loop */
    LIMIT_ADMIN_CONNECTIONS = 32, /* on the admin socket */
    LIMIT_CALLS_INFLIGHT = 20000, /* of the whole process; beyond: 503 */
};

/* All bodies that calls hold, whole process; beyond: 503. A body counts once it is complete: libh2o
 * keeps what is still being received to itself. So beside this, clients that upload at
 * LIMIT_BODY_RATE or faster can bind up to LIMIT_BODY_BYTES for each HTTP/1 connection, and
 * LIMIT_STREAMS_PER_CONN times that for each HTTP/2 connection; http.connections_max and the
 * service's MemoryMax are what bounds it. */
#define LIMIT_BODIES_BYTES ((size_t)256 << 20)

enum {
    LIMIT_HANDSHAKE_MS = 10000,     /* TLS handshake */
    LIMIT_REQUEST_READ_MS = 30000,  /* HTTP/1: headers, and idle between requests */
    LIMIT_BODY_RATE = 1024,         /* bytes per second at least, else the upload is cut */
    LIMIT_WRITE_STALL_MS = 30000,   /* an answer of which the client takes nothing */
    LIMIT_IDLE_MS = 60000,          /* HTTP/2: no request in flight */
    LIMIT_REQUEST_AGE_MS = 300000,  /* from the first byte to the last, streams excepted */
    LIMIT_STREAM_AGE_MS = 3600000,  /* a streamed answer (SSE, large files) */
    LIMIT_SYNC_DEADLINE_MS = 30000, /* work of a synchronous call (configurable below) */
    LIMIT_DRAIN_MS = 20000,         /* graceful stop: requests in flight may end within this */
    LIMIT_FORCE_MS = 2000,          /* then connections are cut, and the loops end within this */
};

/* --- queues --- */

enum {
    LIMIT_WORKERS = 64,         /* CPU pool threads */
    LIMIT_WORK_QUEUE = 1024,    /* calls waiting for the CPU pool; beyond: 503 */
    LIMIT_WORK_WAIT_MS = 2000,  /* expected wait for a thread; beyond: 503 */
    LIMIT_PASSWORD_WORKERS = 2, /* Argon2 takes 19 MiB each */
    LIMIT_PASSWORD_QUEUE = 64,  /* beyond: 503 */
    LIMIT_FETCH_WORKERS = 4,    /* calls that wait for the network at the same time */
    LIMIT_FETCH_QUEUE = 64,     /* beyond: 503 */
    LIMIT_OUTBOUND = 32,        /* transfers to other hosts at the same time */
    LIMIT_OUTBOUND_QUEUE = 256, /* and those that wait for their turn; beyond: 503 */
    LIMIT_RETRY_AFTER_S = 2,    /* told to clients refused because a queue is full */
};

#endif
