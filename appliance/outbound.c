/* The libcurl multi thread: takes transfers from a bounded queue, runs them, wakes their callers.
 */
#include "outbound.h"

#include "base/clock.h"
#include "config.h"
#include "limits.h"
#include "transfer.h"

#include <curl/curl.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { IDLE_MS = 60000 };

struct outbound {
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock; /* queue, done flags, numbers, stopping */
    pthread_cond_t wake;  /* a transfer is done */
    const struct config *_Atomic config;
    struct transfer *waiting; /* oldest first */
    struct transfer *running; /* outbound thread only */
    struct outbound_stats stats;
    bool stopping;
};

/* --- the thread ---------------------------------------------------------------------------------
 */

/* Lock held. */
static void transfer_done(struct outbound *outbound, struct transfer *transfer)
{
    if (transfer->running)
        outbound->stats.running--;
    else
        outbound->stats.waiting--;
    if (transfer->rc == ST_OK)
        outbound->stats.done++;
    else
        outbound->stats.failed++;
    transfer->done = true;
    (void)pthread_cond_broadcast(&outbound->wake);
}

static void unlink_from(struct transfer **list, struct transfer *transfer)
{
    while (*list != transfer)
        list = &(*list)->next;
    *list = transfer->next;
}

static void running_end(struct outbound *outbound, struct transfer *transfer, CURLcode code)
{
    (void)curl_multi_remove_handle(outbound->multi, transfer->easy); /* it is one of its */
    unlink_from(&outbound->running, transfer);
    transfer_judge(transfer, code);
    (void)pthread_mutex_lock(&outbound->lock);
    transfer_done(outbound, transfer);
    (void)pthread_mutex_unlock(&outbound->lock);
}

static void running_check(struct outbound *outbound, bool stopping)
{
    int64_t now_ms = clock_mono_ms();
    for (struct transfer *at = outbound->running, *next; at; at = next) {
        next = at->next;
        if (transfer_is_over(at, now_ms, stopping))
            running_end(outbound, at, CURLE_OK);
    }
}

/* Lock held. Starts what has room, ends what waited too long. */
static void waiting_check(struct outbound *outbound)
{
    int64_t now_ms = clock_mono_ms();
    struct transfer **at = &outbound->waiting;
    while (*at) {
        struct transfer *transfer = *at;
        bool over = transfer_is_over(transfer, now_ms, outbound->stopping);
        if (!over && outbound->stats.running == LIMIT_OUTBOUND) {
            at = &transfer->next;
            continue;
        }
        *at = transfer->next;
        if (!over && curl_multi_add_handle(outbound->multi, transfer->easy) != CURLM_OK)
            transfer->rc = error_set(&transfer->err, ST_NO_MEMORY, "not enough memory for a call");
        if (transfer->rc != ST_OK) {
            transfer_done(outbound, transfer);
            continue;
        }
        transfer->running = true;
        transfer->moved_ms = now_ms;
        transfer->next = outbound->running;
        outbound->running = transfer;
        outbound->stats.waiting--;
        outbound->stats.running++;
    }
}

static void finished_take(struct outbound *outbound)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(outbound->multi, &left))) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        assert(transfer);
        running_end(outbound, transfer, code);
    }
}

static void *outbound_main(void *arg)
{
    struct outbound *outbound = (struct outbound *)arg;
    int count;
    bool stopping, idle;
    do {
        (void)pthread_mutex_lock(&outbound->lock);
        waiting_check(outbound);
        stopping = outbound->stopping;
        idle = !outbound->running && !outbound->waiting;
        (void)pthread_mutex_unlock(&outbound->lock);
        (void)curl_multi_perform(outbound->multi, &count); /* errors come per transfer */
        finished_take(outbound);
        running_check(outbound, stopping);
        if (!stopping)
            (void)curl_multi_poll(outbound->multi, NULL, 0, idle ? IDLE_MS : TRANSFER_TURN_MS,
                                  NULL);
    } while (!stopping || !idle);
    return NULL;
}

/* --- start, stop, calls -------------------------------------------------------------------------
 */

static void curl_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT); /* a failure shows at the first handle */
}

status outbound_create(const struct config *config, struct outbound **ret, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *ret = NULL;
    if (slice_eq(config->outbound_mode, S("airgap")))
        return ST_OK;
    (void)pthread_once(&once, curl_start);
    struct outbound *outbound = (struct outbound *)calloc(1, sizeof *outbound);
    if (!outbound)
        return error_set(err, ST_NO_MEMORY, "not enough memory for outgoing connections");
    outbound->config = config;
    outbound->multi = curl_multi_init();
    (void)pthread_mutex_init(&outbound->lock, NULL); /* cannot fail with default attributes */
    (void)pthread_cond_init(&outbound->wake, NULL);
    sigset_t pipe, before; /* OpenSSL writes to sockets without MSG_NOSIGNAL */
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
    int rc =
        outbound->multi ? pthread_create(&outbound->thread, NULL, outbound_main, outbound) : ENOMEM;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        (void)curl_multi_cleanup(outbound->multi); /* NULL is an error code */
        free(outbound);
        return error_set(err, ST_NO_MEMORY, "cannot start the thread for outgoing connections: %s",
                         errno_text(rc));
    }
    *ret = outbound;
    return ST_OK;
}

void outbound_configure(struct outbound *outbound, const struct config *config)
{
    if (outbound)
        outbound->config = config;
}

void outbound_destroy(struct outbound **ret)
{
    struct outbound *outbound = *ret;
    *ret = NULL;
    if (!outbound)
        return;
    (void)pthread_mutex_lock(&outbound->lock);
    outbound->stopping = true;
    (void)pthread_mutex_unlock(&outbound->lock);
    (void)curl_multi_wakeup(outbound->multi);
    (void)pthread_join(outbound->thread, NULL);
    (void)curl_multi_cleanup(outbound->multi); /* it holds no handle any more */
    (void)pthread_cond_destroy(&outbound->wake);
    (void)pthread_mutex_destroy(&outbound->lock);
    free(outbound);
}

/* Queues and waits. */
static status transfer_run(struct outbound *outbound, struct transfer *transfer, struct error *err)
{
    struct transfer **at = &outbound->waiting;
    (void)pthread_mutex_lock(&outbound->lock);
    if (outbound->stopping || outbound->stats.waiting >= LIMIT_OUTBOUND_QUEUE) {
        outbound->stats.refused++;
        (void)pthread_mutex_unlock(&outbound->lock);
        return error_set(err, ST_BUSY, "too many calls to other hosts are waiting");
    }
    while (*at)
        at = &(*at)->next;
    *at = transfer;
    outbound->stats.waiting++;
    (void)curl_multi_wakeup(outbound->multi); /* else it looks within TRANSFER_TURN_MS */
    while (!transfer->done)
        (void)pthread_cond_wait(&outbound->wake, &outbound->lock);
    (void)pthread_mutex_unlock(&outbound->lock);
    transfer->answer->body = buf_slice(&transfer->body);
    if (transfer->rc == ST_OK)
        transfer->rc = buf_check(&transfer->body, &transfer->err);
    if (transfer->rc != ST_OK && err)
        *err = transfer->err;
    return transfer->rc;
}

status outbound_call(struct outbound *outbound, const struct outbound_request *request,
                     struct arena *arena, struct outbound_answer *ret, struct error *err)
{
    struct transfer transfer = {.request = request, .arena = arena, .answer = ret};
    *ret = (struct outbound_answer){0};
    assert(request->purpose < OUTBOUND_PURPOSE_COUNT);
    assert(request->method);
    if (!outbound)
        return error_code(err, ST_FORBIDDEN, "egress_forbidden",
                          "this appliance is air-gapped: it connects to no other host");
    const struct config *config = outbound->config;
    status rc = egress_check(config, request->purpose, request->url, &transfer.egress, err);
    if (rc == ST_OK)
        rc = transfer_build(&transfer, config, err);
    if (rc == ST_OK)
        rc = transfer_run(outbound, &transfer, err);
    transfer_finish(&transfer);
    return rc;
}

slice outbound_header(const struct outbound_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (slice_eq(answer->headers[i].name, slice_of(name)))
            return answer->headers[i].value;
    return (slice){NULL, 0};
}

void outbound_stats(struct outbound *outbound, struct outbound_stats *ret)
{
    *ret = (struct outbound_stats){0};
    if (!outbound)
        return;
    (void)pthread_mutex_lock(&outbound->lock);
    *ret = outbound->stats;
    (void)pthread_mutex_unlock(&outbound->lock);
}
