/* Relaxed counters per route and status, a duration histogram per route, gauges read when asked. */
#include "metrics.h"

#include "app.h"
#include "base/clock.h"
#include "call.h"
#include "reading.h"
#include "storage/storage.h"
#include "transport.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Upper bounds of the duration buckets, microseconds; the last bucket is everything above. */
static const int64_t bucket_us[] = {500,    1000,   2500,   5000,    10000,   25000,   50000,
                                    100000, 250000, 500000, 1000000, 2500000, 10000000};
/* Statuses with a cell of their own; the first stands for a client that left, the last for others.
 */
static const int codes[] = {499, 200, 201, 202, 204, 206, 302, 303, 304, 400,
                            401, 403, 404, 405, 406, 409, 410, 412, 413, 415,
                            416, 422, 428, 429, 500, 501, 502, 503, 507, 0};

enum { BUCKETS = ARRAY_COUNT(bucket_us) + 1, CODES = ARRAY_COUNT(codes) };

struct cell {
    const struct route *route; /* NULL: paths without a route */
    _Atomic uint64_t count[CODES];
    _Atomic uint64_t bucket[BUCKETS];
    _Atomic uint64_t sum_us;
};

struct metrics {
    _Atomic int64_t loop_max_us;
    _Atomic uint64_t loop_slow; /* turns above 5 ms */
    _Atomic uint64_t opened, closed, cut;
    _Atomic uint64_t jobs_ended[STORE_JOB_EXPIRED + 1]; /* by enum store_job_state */
    size_t cell_count;                                  /* routes + 1 */
    struct cell cells[];
};

/* Counters order nothing, so relaxed is enough everywhere here. */
static void bump(_Atomic uint64_t *counter, uint64_t by)
{
    (void)atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static uint64_t value(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct filling {
    struct metrics *metrics;
    size_t at;
};

static void cell_fill(const struct route *route, void *data)
{
    struct filling *filling = (struct filling *)data;
    filling->metrics->cells[filling->at++].route = route;
}

status metrics_create(struct metrics **ret, struct error *err)
{
    size_t cells = route_count() + 1;
    struct metrics *metrics =
        (struct metrics *)calloc(1, sizeof *metrics + cells * sizeof(struct cell));
    if (!metrics)
        return error_set(err, ST_NO_MEMORY, "cannot create the counters");
    metrics->cell_count = cells;
    struct filling filling = {.metrics = metrics};
    route_each(cell_fill, &filling);
    *ret = metrics;
    return ST_OK;
}

void metrics_destroy(struct metrics **metrics)
{
    free(*metrics);
    *metrics = NULL;
}

static size_t code_index(int http_status)
{
    size_t i = 0;
    while (codes[i] != http_status && codes[i] != 0)
        i++;
    return i;
}

void metrics_call(const struct call *call)
{
    struct metrics *metrics = call->app->metrics;
    if (!metrics)
        return;
    size_t index = call->route ? route_index(call->route) : metrics->cell_count - 1;
    struct cell *cell = &metrics->cells[index];
    int64_t took_us = clock_mono_us() - call->begin_us;
    size_t bucket = 0;
    while (bucket < ARRAY_COUNT(bucket_us) && took_us > bucket_us[bucket])
        bucket++;
    bump(&cell->count[code_index(call->client_gone ? 499 : call->reply.http_status)], 1);
    bump(&cell->bucket[bucket], 1);
    bump(&cell->sum_us, took_us > 0 ? (uint64_t)took_us : 0);
}

void metrics_loop_turn(struct metrics *metrics, int64_t busy_us)
{
    if (busy_us > 5000)
        bump(&metrics->loop_slow, 1);
    int64_t max = atomic_load_explicit(&metrics->loop_max_us, memory_order_relaxed);
    while (busy_us > max &&
           !atomic_compare_exchange_weak_explicit(&metrics->loop_max_us, &max, busy_us,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

int64_t metrics_loop_max_us(const struct metrics *metrics)
{
    return atomic_load_explicit(&metrics->loop_max_us, memory_order_relaxed);
}

void metrics_connections(struct metrics *metrics, int opened, int closed, int cut)
{
    bump(&metrics->opened, (uint64_t)opened);
    bump(&metrics->closed, (uint64_t)closed);
    bump(&metrics->cut, (uint64_t)cut);
}

void metrics_job_ended(struct metrics *metrics, uint64_t state)
{
    if (metrics && state <= STORE_JOB_EXPIRED)
        bump(&metrics->jobs_ended[state], 1);
}

/* --- text ---------------------------------------------------------------------------------------
 */

static void family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *out, const char *name, const char *type, const char *help,
                double number)
{
    family(out, name, type, help);
    buf_printf(out, "%s %.10g\n", name, number);
}

static const char *cell_route(const struct cell *cell)
{
    return cell->route ? cell->route->path : "none";
}

static const char *cell_method(const struct cell *cell)
{
    return cell->route ? method_name(cell->route->method) : "any";
}

static void requests_text(const struct metrics *metrics, struct buf *out)
{
    family(out, "sleuth_http_requests_total", "counter", "Requests by route, method and status.");
    for (size_t i = 0; i < metrics->cell_count; i++) {
        const struct cell *cell = &metrics->cells[i];
        for (size_t c = 0; c < CODES; c++)
            if (value(&cell->count[c]))
                buf_printf(out,
                           "sleuth_http_requests_total{route=\"%s\",method=\"%s\",code=\"%d\"} "
                           "%llu\n",
                           cell_route(cell), cell_method(cell), codes[c],
                           (unsigned long long)value(&cell->count[c]));
    }
}

static void durations_text(const struct metrics *metrics, struct buf *out)
{
    static const char name[] = "sleuth_http_request_duration_seconds";
    family(out, name, "histogram", "From the request's arrival to its answer.");
    for (size_t i = 0; i < metrics->cell_count; i++) {
        const struct cell *cell = &metrics->cells[i];
        uint64_t total = 0;
        for (size_t b = 0; b < BUCKETS; b++)
            total += value(&cell->bucket[b]);
        if (total == 0)
            continue;
        uint64_t sum = 0;
        for (size_t b = 0; b < ARRAY_COUNT(bucket_us); b++) {
            sum += value(&cell->bucket[b]);
            buf_printf(out, "%s_bucket{route=\"%s\",method=\"%s\",le=\"%g\"} %llu\n", name,
                       cell_route(cell), cell_method(cell), (double)bucket_us[b] / 1e6,
                       (unsigned long long)sum);
        }
        buf_printf(out, "%s_bucket{route=\"%s\",method=\"%s\",le=\"+Inf\"} %llu\n", name,
                   cell_route(cell), cell_method(cell), (unsigned long long)total);
        buf_printf(out, "%s_sum{route=\"%s\",method=\"%s\"} %g\n", name, cell_route(cell),
                   cell_method(cell), (double)value(&cell->sum_us) / 1e6);
        buf_printf(out, "%s_count{route=\"%s\",method=\"%s\"} %llu\n", name, cell_route(cell),
                   cell_method(cell), (unsigned long long)total);
    }
}

static void workers_text(struct buf *out, const char *pool, struct workers *workers)
{
    struct workers_stats stats;
    if (!workers)
        return;
    workers_stats(workers, &stats);
    buf_printf(out, "sleuth_workers_busy{pool=\"%s\"} %u\n", pool, stats.busy);
    buf_printf(out, "sleuth_workers_waiting{pool=\"%s\"} %zu\n", pool,
               stats.waiting[WORK_INTERACTIVE] + stats.waiting[WORK_BACKGROUND]);
    buf_printf(out, "sleuth_workers_refused_total{pool=\"%s\"} %llu\n", pool,
               (unsigned long long)stats.refused);
}

static void store_text(struct app *app, struct buf *out)
{
    struct store_info info;
    struct store_writer_stats writer;
    struct error err;
    if (!app->store)
        return;
    store_writer_stats(app->store, &writer);
    one(out, "sleuth_lmdb_commits_total", "counter", "Commits of the writer.",
        (double)writer.batches);
    one(out, "sleuth_lmdb_writes_total", "counter", "Operations in those commits.",
        (double)writer.ops);
    one(out, "sleuth_lmdb_write_queue", "gauge", "Operations that wait for the writer.",
        (double)writer.queued);
    one(out, "sleuth_lmdb_txn_seconds", "gauge", "Duration of the newest commit, sync included.",
        (double)writer.last_commit_us / 1e6);
    if (store_info_get(app->store, &info, &err) != ST_OK)
        return;
    one(out, "sleuth_lmdb_map_used_ratio", "gauge", "Used part of the database's address space.",
        info.map_bytes ? (double)info.used_bytes / (double)info.map_bytes : 0);
    one(out, "sleuth_lmdb_readers", "gauge", "Reader slots in use.", (double)info.readers_used);
    one(out, "sleuth_disk_free_bytes", "gauge", "Free space where the data is.",
        (double)info.disk_free_bytes);
}

/* Waiting and running ones now; ended ones since the start, for they go when retention is over. */
static void jobs_text(struct app *app, struct buf *out)
{
    static const char *const ended[] = {[STORE_JOB_SUCCEEDED] = "succeeded",
                                        [STORE_JOB_FAILED] = "failed",
                                        [STORE_JOB_CANCELLED] = "cancelled",
                                        [STORE_JOB_EXPIRED] = "expired"};
    struct reading reading;
    uint64_t queued = 0, running = 0;
    if (!app->store || reading_begin_app(app, &reading, NULL) != ST_OK)
        return;
    status rc = store_job_count(reading.txn, &queued, &running);
    if (reading_end(&reading, NULL) != ST_OK || rc != ST_OK)
        return;
    buf_put_str(out, "# HELP sleuth_jobs Jobs by state; ended ones since the start.\n"
                     "# TYPE sleuth_jobs gauge\n");
    buf_printf(out, "sleuth_jobs{state=\"queued\"} %llu\n", (unsigned long long)queued);
    buf_printf(out, "sleuth_jobs{state=\"running\"} %llu\n", (unsigned long long)running);
    for (size_t i = STORE_JOB_SUCCEEDED; i < ARRAY_COUNT(ended); i++)
        buf_printf(out, "sleuth_jobs{state=\"%s\"} %llu\n", ended[i],
                   (unsigned long long)value(&app->metrics->jobs_ended[i]));
}

static void upkeep_text(struct app *app, struct buf *out)
{
    int64_t cert_ms = atomic_load_explicit(&app->cert_until_ms, memory_order_relaxed);
    int64_t backup_ms = atomic_load_explicit(&app->backup_ms, memory_order_relaxed);
    bool failed = atomic_load_explicit(&app->reload_failed, memory_order_relaxed);
    one(out, "sleuth_config_last_reload_success", "gauge", "0 after a reload that found an error.",
        failed ? 0 : 1);
    if (cert_ms)
        one(out, "sleuth_certificate_not_after_seconds", "gauge", "When the certificate ends.",
            (double)cert_ms / 1000);
    if (backup_ms)
        one(out, "sleuth_backup_last_seconds", "gauge", "When the newest backup was begun.",
            (double)backup_ms / 1000);
}

static void process_text(struct app *app, struct buf *out)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage); /* fails only for a bad argument */
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    one(out, "process_cpu_seconds_total", "counter", "User and system time.", cpu);
    one(out, "process_max_resident_memory_bytes", "gauge", "Peak resident memory.",
        (double)usage.ru_maxrss * 1024);
    one(out, "process_start_time_seconds", "gauge", "When the process began.",
        (double)app->start_ms / 1000);
}

void metrics_text(struct app *app, struct buf *out)
{
    const struct metrics *metrics = app->metrics;
    family(out, "sleuth_build_info", "gauge", "Version of the program.");
    buf_printf(out, "sleuth_build_info{version=\"%s\"} 1\n", app->version);
    requests_text(metrics, out);
    durations_text(metrics, out);
    one(out, "sleuth_connections", "gauge", "Open connections.",
        (double)(value(&metrics->opened) - value(&metrics->closed)));
    one(out, "sleuth_connections_total", "counter", "Connections accepted.",
        (double)value(&metrics->opened));
    one(out, "sleuth_connections_cut_total", "counter", "Connections ended for age or idleness.",
        (double)value(&metrics->cut));
    one(out, "sleuth_calls_inflight", "gauge", "Calls that have not ended.",
        (double)atomic_load_explicit(&app->calls_inflight, memory_order_relaxed));
    one(out, "sleuth_body_bytes", "gauge", "Request bodies held in memory.",
        (double)atomic_load_explicit(&app->body_bytes, memory_order_relaxed));
    one(out, "sleuth_loop_max_turn_seconds", "gauge", "Longest turn of an event loop.",
        (double)metrics_loop_max_us(metrics) / 1e6);
    one(out, "sleuth_loop_slow_turns_total", "counter", "Turns of event loops above 5 ms.",
        (double)value(&metrics->loop_slow));
    family(out, "sleuth_workers_busy", "gauge", "Threads at work, by pool.");
    workers_text(out, "cpu", app->workers);
    workers_text(out, "password", app->password_workers);
    workers_text(out, "fetch", app->fetch_workers);
    store_text(app, out);
    jobs_text(app, out);
    upkeep_text(app, out);
    process_text(app, out);
}
