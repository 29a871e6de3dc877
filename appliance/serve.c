/* The server process: parts up in order, signals, a tick a second, parts down in reverse. */
#include "serve.h"

#include "app.h"
#include "backup_task.h"
#include "base/clock.h"
#include "base/file.h"
#include "checkpoint.h"
#include "config.h"
#include "deliver.h"
#include "dev.h"
#include "endpoint.h"
#include "entitlement.h"
#include "janitor.h"
#include "jobs.h"
#include "limits.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"
#include "notify.h"
#include "outbound.h"
#include "replica.h"
#include "sandbox.h"
#include "storage/storage.h"
#include "stripe_sign.h"
#include "tls.h"
#include "usage.h"
#include "watch.h"
#include "workers.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 1000, READER_CHECK_TICKS = 10, WATCH_TICKS = 60, LOOP_STUCK_MS = 10000 };

/* Everything between start and stop; fields in start order. */
struct serving {
    const struct serve_options *options;
    struct app *app;
    struct janitor *janitor;
    struct replica *replica;
    struct tls tls;
    struct tls old_tls; /* replaced by a reload; freed by the next one */
    bool uses_tls;
    size_t redirect; /* index of the listener that redirects; 0 = none */
    sigset_t signals;
    char dev_dir[DEV_DIR_MAX]; /* empty unless --dev */
    int64_t watchdog_ms;
    int64_t watchdog_sent_ms;
    uint64_t ticks;
    struct watch watch;
    struct checkpoint_maker checkpoints; /* of the audit log */
};

/* --- start --------------------------------------------------------------------------------------
 */

/* Before the first thread: all threads inherit the mask, only main takes signals. */
static void process_prepare(struct serving *serving)
{
    const struct rlimit no_core = {0, 0};
    (void)sigemptyset(&serving->signals); /* none of these can fail with valid arguments */
    (void)sigaddset(&serving->signals, SIGTERM);
    (void)sigaddset(&serving->signals, SIGINT);
    (void)sigaddset(&serving->signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &serving->signals, NULL);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* libh2o writes with writev */
    (void)setrlimit(RLIMIT_CORE, &no_core);  /* cores would hold keys */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void log_begin(const struct config *config)
{
    struct log_options options = {.fd = STDERR_FILENO, .access = config->log_access};
    (void)log_format_from(config->log_format, &options.format); /* the table allows no other */
    (void)log_level_from(config->log_level, &options.level);
    log_configure(&options);
}

/* A webhook without a secret would refuse everything; the key is needed for every purchase. */
static status billing_ready(const struct config *config, struct error *err)
{
    if (!slice_eq(config->billing_mode, S("stripe")))
        return ST_OK;
    if (!stripe_secrets_usable(config->billing_stripe_webhook_secret))
        return error_set(err, ST_CONFIG,
                         "billing.mode is stripe, but billing.stripe_webhook_secret is blank");
    if (slice_trim(config->billing_stripe_secret_key).len == 0 &&
        !slice_eq(config->outbound_mode, S("airgap")))
        return error_set(err, ST_CONFIG,
                         "billing.mode is stripe, but billing.stripe_secret_key is blank");
    return ST_OK;
}

static void warn_env_secrets(const struct config *config)
{
    if (config->env_secrets.len > 0)
        log_warn("secrets_in_environment", F_STR("names", config->env_secrets),
                 F_CSTR("advice", "overwritten after reading; better in files, KEY_file"));
}

static unsigned core_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (unsigned)cores;
}

static status pools_start(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    unsigned wanted = config->workers_count > 0 ? (unsigned)config->workers_count : core_count();
    const struct workers_options cpu = {
        .name = "worker",
        .threads = wanted > LIMIT_WORKERS ? LIMIT_WORKERS : wanted,
        .queue_max = (size_t)config->workers_queue_max,
        .wait_max_ms = LIMIT_WORK_WAIT_MS,
    };
    const struct workers_options password = {
        .name = "password",
        .threads = LIMIT_PASSWORD_WORKERS,
        .queue_max = LIMIT_PASSWORD_QUEUE,
        .wait_max_ms = LIMIT_WORK_WAIT_MS,
    };
    const struct workers_options fetch = {
        .name = "fetch", .threads = LIMIT_FETCH_WORKERS, .queue_max = LIMIT_FETCH_QUEUE};
    TRY(workers_create(&cpu, &app->workers, err));
    TRY(workers_create(&password, &app->password_workers, err));
    return workers_create(&fetch, &app->fetch_workers, err);
}

static status tls_load(const struct serving *serving, struct tls *ret, struct error *err)
{
    const struct config *config = serving->app->config;
    const struct tls_options options = {
        .cert_path = config->http_tls_cert.len > 0 ? config->http_tls_cert.ptr : NULL,
        .key_path = config->http_tls_key.len > 0 ? config->http_tls_key.ptr : NULL,
        .data_dir = serving->app->data_dir,
        .modern = slice_eq(config->http_tls_profile, S("modern")),
        .http2 = config->http_http2,
        .now_ms = clock_wall_ms(),
    };
    return tls_init(&options, ret, err);
}

static status tls_start(struct serving *serving, const struct sockaddr_storage *listen,
                        struct error *err)
{
    serving->uses_tls = serving->app->config->http_tls;
    if (serving->options->dev && !endpoint_is_loopback(listen))
        return error_set(err, ST_CONFIG, "--dev listens on loopback addresses only");
    if (!serving->uses_tls && !endpoint_is_loopback(listen) && !serving->options->force_no_tls)
        return error_set(err, ST_CONFIG,
                         "plain HTTP is only for loopback addresses: use TLS, or insist with "
                         "--force-no-tls behind a proxy that has it");
    if (!serving->uses_tls)
        return ST_OK;
    TRY(tls_load(serving, &serving->tls, err));
    atomic_store_explicit(&serving->app->cert_until_ms, serving->tls.not_after_ms,
                          memory_order_relaxed);
    return ST_OK;
}

static unsigned loop_count(const struct config *config)
{
    unsigned wanted = config->http_loops > 0 ? (unsigned)config->http_loops : core_count();
    return wanted > LIMIT_LOOPS ? LIMIT_LOOPS : wanted;
}

static status redirect_add(const struct config *config, struct listener_options *ret,
                           struct error *err)
{
    *ret = (struct listener_options){.kind = LISTENER_REDIRECT, .fd = -1};
    if (config->http_public_url.len == 0)
        return error_set(err, ST_CONFIG,
                         "http.redirect_listen needs http.public_url: where shall it redirect to?");
    return endpoint_parse(config->http_redirect_listen, &ret->address, &ret->address_len, err);
}

/* One TCP listener, or the sockets that the service manager holds; perhaps one that redirects; and
 * the admin socket. */
static status listeners_choose(struct serving *serving, struct listener_options *listeners,
                               size_t *ret_count, struct error *err)
{
    size_t count = 0, passed = notify_listen_fds();
    const struct config *config = serving->app->config;
    struct listener_options tcp = {.kind = LISTENER_TLS, .fd = -1};
    TRY(endpoint_parse(config->http_listen, &tcp.address, &tcp.address_len, err));
    TRY(tls_start(serving, &tcp.address, err));
    if (!serving->uses_tls)
        tcp.kind = LISTENER_PLAIN;
    for (size_t i = 0; i < passed && count + 2 < LIMIT_LISTENERS; i++) {
        tcp.fd = NOTIFY_LISTEN_FD + (int)i;
        listeners[count++] = tcp;
    }
    if (passed == 0)
        listeners[count++] = tcp;
    if (config->http_redirect_listen.len > 0) {
        TRY(redirect_add(config, &listeners[count], err));
        serving->redirect = count++;
    }
    listeners[count++] = (struct listener_options){
        .kind = LISTENER_ADMIN, .path = serving->app->admin_path, .fd = -1};
    *ret_count = count;
    return ST_OK;
}

static status server_start(struct serving *serving, struct error *err)
{
    struct app *app = serving->app;
    struct listener_options listeners[LIMIT_LISTENERS];
    size_t count;
    const struct config *config = app->config;
    TRY(listeners_choose(serving, listeners, &count, err));
    const struct server_options options = {
        .loops = loop_count(config),
        .connections_max = (unsigned)config->http_connections_max,
        .drain_ms = config->http_drain_seconds * 1000,
        .listeners = listeners,
        .listener_count = count,
        .ssl_ctx = serving->tls.ctx,
    };
    return server_create(app, &options, &app->server, err);
}

static void announce(const struct serving *serving)
{
    char url[SERVER_URL_MAX];
    server_url(serving->app->server, 0, url);
    (void)printf("listening %s\n", url);
    if (serving->redirect > 0) {
        server_url(serving->app->server, serving->redirect, url);
        (void)printf("redirecting %s to %s\n", url, serving->app->config->http_public_url.ptr);
        server_url(serving->app->server, 0, url);
    }
    if (serving->uses_tls && serving->tls.self_signed)
        (void)printf("certificate %s/tls/cert.pem sha256 %s\n", serving->app->data_dir,
                     serving->tls.fingerprint);
    (void)fflush(stdout); /* whoever started us may wait for this line */
    log_info("listening", F_CSTR("url", url), F_CSTR("data", serving->app->data_dir),
             F_CSTR("version", serving->app->version));
    notify_send("READY=1");
}

static status serving_start(struct serving *serving, struct error *err)
{
    const struct serve_options *options = serving->options;
    struct app_options app_options = {
        .config_path = options->config_path,
        .data_dir = options->data_dir,
        .run_dir = options->run_dir,
        .listen = options->listen,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .no_tls = options->no_tls,
        .sandboxed = true,
        .throw_away = options->dev,
    };
    process_prepare(serving);
    if (options->dev)
        TRY(dev_dir_make(serving->dev_dir, err));
    if (options->dev) {
        app_options.data_dir = serving->dev_dir;
        app_options.run_dir = NULL;
        app_options.listen = options->listen ? options->listen : "127.0.0.1:0";
    }
    TRY(app_open(&app_options, /* writer= */ true, &serving->app, err));
    log_begin(serving->app->config);
    warn_env_secrets(serving->app->config);
    TRY(billing_ready(serving->app->config, err));
    TRY(log_start(err));
    TRY(metrics_create(&serving->app->metrics, err));
    TRY(pools_start(serving->app, err));
    TRY(outbound_create(serving->app->config, &serving->app->outbound, err));
    TRY(jobs_start(serving->app, err));
    TRY(deliver_start(serving->app, err));
    TRY(replica_start(serving->app, &serving->replica, err));
    TRY(janitor_start(serving->app, &serving->janitor, err));
    TRY(server_start(serving, err));
    if (options->dev)
        TRY(dev_set_up(serving->app, err));
    TRY(sandbox_close(serving->app, err));
    serving->watchdog_ms = notify_watchdog_ms();
    server_accept(serving->app->server);
    announce(serving);
    return ST_OK;
}

/* --- while it runs ------------------------------------------------------------------------------
 */

static status tls_reload(struct serving *serving, struct error *err)
{
    struct tls fresh;
    if (!serving->uses_tls)
        return ST_OK;
    TRY(tls_load(serving, &fresh, err));
    /* libh2o keeps the old context without a reference until a handshake begins: it is freed by
     * the next reload or the end, both far beyond the handshake's time. */
    tls_finish(&serving->old_tls);
    serving->old_tls = serving->tls;
    serving->tls = fresh;
    atomic_store_explicit(&serving->app->cert_until_ms, fresh.not_after_ms, memory_order_relaxed);
    server_swap_tls(serving->app->server, fresh.ctx);
    return ST_OK;
}

/* What changed, and which of it waits for a restart. */
static void changes_log(const struct config *before, const struct config *after)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    slice changed = config_diff(before, after, &arena);
    slice waiting = config_restart_diff(before, after, &arena);
    if (arena_check(&arena, NULL) == ST_OK && waiting.len)
        log_warn("config_reloaded", F_STR("changed", changed), F_STR("needs_restart", waiting));
    else
        log_info("config_reloaded", F_STR("changed", changed));
    arena_finish(&arena);
}

/* Configuration first, then the certificate that it names; each keeps its old value on an error. */
static void reload(struct serving *serving)
{
    struct app *app = serving->app;
    struct error err = {0};
    const struct config *before = app->config;
    status loaded = app_reload(app, &err);
    if (loaded == ST_OK) {
        log_begin(app->config);
        changes_log(before, app->config);
    } else {
        log_error("config_reload_failed", F_CSTR("error", err.text));
    }
    status renewed = tls_reload(serving, &err);
    if (renewed != ST_OK)
        log_error("tls_reload_failed", F_CSTR("error", err.text));
    atomic_store_explicit(&app->reload_failed, loaded != ST_OK || renewed != ST_OK,
                          memory_order_relaxed);
}

/* Once a minute. */
static void watch(struct serving *serving)
{
    struct error err = {0};
    if (watch_tick(&serving->watch, serving->app, serving->uses_tls && serving->tls.self_signed,
                   clock_wall_ms()) &&
        tls_reload(serving, &err) != ST_OK)
        log_error("tls_reload_failed", F_CSTR("error", err.text));
}

static void watchdog_feed(struct serving *serving)
{
    int64_t now_ms = clock_mono_ms();
    if (serving->watchdog_ms == 0 || now_ms - serving->watchdog_sent_ms < serving->watchdog_ms)
        return;
    if (server_beat_age_ms(serving->app->server) > LOOP_STUCK_MS)
        return; /* a loop is stuck: let the service manager restart us */
    serving->watchdog_sent_ms = now_ms;
    notify_send("WATCHDOG=1");
}

/* A sync that failed cannot be repeated safely (the kernel has dropped the pages): end, so that the
 * service manager starts a process which reads what is really on the disk. */
static bool storage_is_lost(struct app *app)
{
    struct store_writer_stats stats;
    store_writer_stats(app->store, &stats);
    atomic_store_explicit(&app->writer_beat_ms, stats.beat_mono_ms, memory_order_relaxed);
    return stats.failed;
}

static void checkpoint(struct serving *serving, bool final)
{
    struct error err = {0};
    if (checkpoint_tick(serving->app, &serving->checkpoints, clock_wall_ms(), final, &err) != ST_OK)
        log_warn("audit_checkpoint_failed", F_CSTR("error", err.text));
}

/* Each second. False: stop. */
static bool tick(struct serving *serving)
{
    struct app *app = serving->app;
    struct error err = {0};
    unsigned freed = 0;
    serving->ticks++;
    watchdog_feed(serving);
    usage_tick(app, clock_wall_ms());
    if (serving->ticks % WATCH_TICKS == 1)
        watch(serving);
    checkpoint(serving, /* final= */ false);
    entitlement_tick(app, clock_wall_ms());
    if (serving->ticks % READER_CHECK_TICKS == 0 &&
        store_reader_check(app->store, &freed, &err) != ST_OK)
        log_warn("reader_check_failed", F_CSTR("error", err.text));
    if (!storage_is_lost(app))
        return true;
    log_error("storage_failed", F_CSTR("action", "stopping; a restart reads what the disk holds"));
    return false;
}

static int signal_wait(const struct serving *serving)
{
    const struct timespec second = {.tv_sec = TICK_MS / 1000};
    return sigtimedwait(&serving->signals, NULL, &second); /* -1: time is over, or interrupted */
}

/* Until a stop signal, or until storage cannot be trusted. */
static status serving_run(struct serving *serving, struct error *err)
{
    for (;;) {
        int number = signal_wait(serving);
        if (number == SIGTERM || number == SIGINT)
            return ST_OK;
        if (number == SIGHUP)
            reload(serving);
        else if (!tick(serving))
            return error_set(err, ST_IO, "the storage failed; see the log");
    }
}

/* --- stop ---------------------------------------------------------------------------------------
 */

/* Requests in flight end, or their time does, or a second signal forces it. */
static void drain(struct serving *serving)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};
    struct app *app = serving->app;
    atomic_store(&app->draining, true);
    notify_send("STOPPING=1");
    log_info("draining",
             F_U64("calls", atomic_load_explicit(&app->calls_inflight, memory_order_relaxed)));
    server_drain(app->server);
    while (!server_is_drained(app->server)) {
        int number = sigtimedwait(&serving->signals, NULL, &pause);
        if (number == SIGTERM || number == SIGINT)
            server_force(app->server);
    }
}

static void serving_stop(struct serving *serving)
{
    struct app *app = serving->app;
    struct error err = {0};
    if (!app)
        return;
    jobs_stop(app); /* what runs goes back into the queue while the calls still end */
    if (app->server)
        drain(serving);
    deliver_stop(app);
    replica_stop(&serving->replica);
    outbound_destroy(&app->outbound); /* whoever waits for the network gets an answer now */
    janitor_stop(&serving->janitor);
    backup_task_destroy(&app->backup); /* before the writer that it reports to */
    workers_destroy(&app->fetch_workers);
    workers_destroy(&app->password_workers);
    workers_destroy(&app->workers);
    if (app->store && usage_flush(app, clock_wall_ms(), &err) != ST_OK)
        log_error("usage_flush_failed", F_CSTR("error", err.text));
    if (app->store)
        checkpoint(serving, /* final= */ true);
    if (app->store)
        store_writer_stop(app->store);
    server_destroy(&app->server);
    jobs_destroy(app);
    metrics_destroy(&app->metrics);
    tls_finish(&serving->tls);
    tls_finish(&serving->old_tls);
    log_info("stopped", F_I64("uptime_ms", clock_mono_ms() - app->start_mono_ms));
    app_close(&serving->app);
    log_stop();
}

status serve_run(const struct serve_options *options, struct error *err)
{
    struct serving serving = {.options = options};
    status rc = serving_start(&serving, err);
    if (rc == ST_OK)
        rc = serving_run(&serving, err);
    serving_stop(&serving);
    dev_dir_remove(serving.dev_dir);
    return rc;
}
