/* sleuth watch: registers every new log of a directory in a project, as it appears. */
#include "tools/ledger_source.h"
#include "tools/project.h"
#include "tools/remote.h"
#include "tools/watch.h"

#include "base/clock.h"
#include "base/crypt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    SEND_ARENA_BYTES = 256 << 20,
    RESCAN_MS = 30000,     /* at least so often, whatever inotify says */
    SETTLE_MS = 300,       /* after an event, so that several files make one addition */
    RETRY_FIRST_MS = 2000, /* after a failure to send … */
    RETRY_LAST_MS = 60000, /* … doubling up to this */
    EVENT_BYTES = 16 * 1024,
};

struct watcher {
    struct cli *cli;
    struct watch_state state;
    struct watch_scan scan;
    struct ledger_options options;
    struct project_ref project;
    bool resolved;
    slice token; /* of the registration; empty = not registered yet */
    int inotify;
    int64_t retry_at_ms, retry_ms; /* monotonic */
};

/* --- sending ---------------------------------------------------------------------------------- */

/* The appliance may be there again later. */
static bool is_passing(enum status_code rc)
{
    return rc == ST_UNREACHABLE || rc == ST_LOCKED || rc == ST_BUSY || rc == ST_TIMEOUT ||
           rc == ST_CONFLICT || rc == ST_RATE || rc == ST_QUOTA || rc == ST_IO || rc == ST_FULL ||
           rc == ST_NOT_SET_UP || rc == ST_NO_MEMORY || rc == ST_UPSTREAM;
}

/* Which project, and that it is watched from now on. */
static status register_watch(struct watcher *w, struct error *err)
{
    if (!w->resolved)
        TRY(project_resolve(w->cli, cli_text(w->cli, "project"), &w->project, err));
    w->resolved = true;
    if (w->token.len)
        return ST_OK;
    return watch_session_get(w->cli, &w->state, &w->project, &w->token, err);
}

static status call_rounds(struct watcher *w, slice body, struct arena *arena,
                          struct host_reply *ret, struct error *err)
{
    struct host *host;
    struct cli *cli = w->cli;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    struct crypt_hash hash;
    slice owner = project_query(cli, w->project.owner_id);
    crypt_sha256(&hash, body);
    const struct host_request request = {
        .method = METHOD_POST,
        .path = project_path(cli, &w->project, "/rounds"),
        .query = arena_printf(arena, SLICE_FMT "%swatch=" SLICE_FMT, SLICE_ARG(owner),
                              owner.len ? "&" : "", SLICE_ARG(w->token)),
        .body = body,
        .idempotency_key =
            arena_printf(arena, "watch-%s", crypt_hex(hex, hash.bytes, sizeof hash.bytes).ptr)};
    TRY(arena_check(arena, err));
    TRY(client_host(cli, &host, err));
    return host_call(host, &request, arena, ret, err);
}

/* An appliance that was restored with another key does not know the token: registered anew. */
static bool is_token_refused(const struct host_reply *reply)
{
    return reply->http_status == 400 && slice_find(reply->body, S("\"invalid_watch\""), NULL);
}

static status send_entry(struct watcher *w, slice body, struct arena *arena, struct error *err)
{
    struct host_reply reply;
    const struct json *root;
    struct cli *cli = w->cli;
    TRY(call_rounds(w, body, arena, &reply, err));
    if (is_token_refused(&reply)) {
        watch_session_drop(cli, &w->state);
        w->token = S("");
        TRY(register_watch(w, err));
        TRY(call_rounds(w, body, arena, &reply, err));
    }
    TRY(host_status(&reply, err));
    TRY(json_parse(reply.body, arena, &root, err));
    const struct json *verdict = json_at(root, "verdict.verdict");
    const struct json *rounds = json_find(root, "rounds_total");
    const struct json *grade = json_find(root, "grade");
    if (verdict && rounds && grade && verdict->kind == JSON_STRING)
        cli_note(cli, N_("sent: %.0f rounds in all, grade of these %.*s, verdict %.*s"),
                 rounds->number, SLICE_ARG(grade->text), SLICE_ARG(verdict->text));
    project_tell_deviations(cli, root);
    return ST_OK;
}

static status send_first(struct watcher *w, struct error *err)
{
    struct arena arena;
    slice name, body;
    arena_init(&arena, SEND_ARENA_BYTES);
    status rc = watch_spool_first(&w->state, &arena, &name, &body, err);
    if (rc == ST_OK) {
        rc = send_entry(w, body, &arena, err);
        if (rc == ST_OK)
            rc = watch_spool_done(&w->state, name, false, err);
        else if (!is_passing(rc)) {
            cli_warn(w->cli, N_("refused for good, kept as '%.*s/%.*s.refused': %s"),
                     SLICE_ARG(w->state.spool), SLICE_ARG(name),
                     w->cli->lang == LANG_ZH ? err->text_zh : err->text);
            rc = watch_spool_done(&w->state, name, true, err);
        }
    }
    if (rc == ST_NOT_FOUND) { /* somebody emptied the spool */
        w->state.waiting = 0;
        rc = ST_OK;
    }
    arena_finish(&arena);
    return rc;
}

/* The host is opened for each round of sending: without a server it owns the data directory, and a
 * server that starts meanwhile must find it free. */
static status send_all(struct watcher *w, struct error *err)
{
    if (w->state.waiting == 0 && w->token.len)
        return ST_OK;
    status rc = register_watch(w, err);
    while (rc == ST_OK && w->state.waiting && !interrupted())
        rc = send_first(w, err);
    host_close(&w->cli->host);
    return rc;
}

/* Sends when it is time; a failure that may pass is told once per try and tried again later. */
static status try_sending(struct watcher *w, struct error *err)
{
    int64_t now = clock_mono_ms();
    if ((w->state.waiting == 0 && w->token.len) || now < w->retry_at_ms)
        return ST_OK;
    status rc = send_all(w, err);
    if (rc == ST_OK)
        w->retry_ms = 0;
    if (rc == ST_OK || !is_passing(rc)) /* such as: no such project */
        return rc;
    w->retry_ms = w->retry_ms ? w->retry_ms * 2 : RETRY_FIRST_MS;
    if (w->retry_ms > RETRY_LAST_MS)
        w->retry_ms = RETRY_LAST_MS;
    w->retry_at_ms = now + w->retry_ms;
    cli_warn(w->cli, N_("%zu additions wait, next try in %lld s: %s"), w->state.waiting,
             (long long)(w->retry_ms / 1000), w->cli->lang == LANG_ZH ? err->text_zh : err->text);
    return ST_OK;
}

/* --- waking up -------------------------------------------------------------------------------- */

/* inotify only wakes the scan: what it may miss (a full queue, new directories) the scan finds. */
static void add_directories(const struct watcher *w)
{
    const uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR;
    struct import_listing list;
    struct arena arena;
    struct error ignored;
    arena_init(&arena, 64 << 20);
    if (import_list(w->scan.dir, &arena, &list, &ignored) == ST_OK)
        for (size_t i = 0; i < list.dir_count; i++)
            (void)inotify_add_watch(w->inotify, list.dirs[i].ptr, events);
    arena_finish(&arena);
}

static void wait_for_events(const struct watcher *w)
{
    char events[EVENT_BYTES];
    int64_t now = clock_mono_ms(), wait = RESCAN_MS;
    if (w->state.waiting && w->retry_at_ms > now && w->retry_at_ms - now < wait)
        wait = w->retry_at_ms - now;
    struct pollfd fd = {.fd = w->inotify, .events = POLLIN};
    if (poll(&fd, 1, (int)wait) <= 0)
        return; /* time is up, or a signal */
    (void)poll(NULL, 0, SETTLE_MS);
    while (read(w->inotify, events, sizeof events) > 0)
        continue; /* which file it was does not matter */
}

static status capture(struct watcher *w, struct error *err)
{
    size_t files;
    TRY(watch_scan_run(&w->scan, &files, err));
    if (files)
        cli_note(w->cli, N_("new files captured: %zu"), files);
    return ST_OK;
}

static status watch_loop(struct watcher *w, struct error *err)
{
    w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->inotify < 0)
        return error_set(err, ST_IO, "cannot watch directories: %s", errno_text(errno));
    cli_note(w->cli, N_("watching '%s'; Ctrl-C ends"), w->scan.dir);
    status rc = ST_OK;
    while (rc == ST_OK && !interrupted()) {
        add_directories(w);
        rc = try_sending(w, err); /* registers before the first capture */
        if (rc == ST_OK)
            rc = capture(w, err);
        if (rc == ST_OK)
            rc = try_sending(w, err);
        if (rc == ST_OK && !interrupted())
            wait_for_events(w);
    }
    (void)close(w->inotify);
    return rc;
}

static status watch_once(struct watcher *w, struct error *err)
{
    status rc = register_watch(w, err);
    if (rc != ST_OK && !is_passing(rc)) /* such as: no such project */
        return rc;
    TRY(capture(w, err));
    rc = send_all(w, err);
    if (rc != ST_OK && is_passing(rc)) {
        cli_hint(w->cli, N_("what was captured waits in '%.*s'; run it again"),
                 SLICE_ARG(w->state.spool));
        w->cli->exit_code = EXIT_UNREACHABLE;
    }
    return rc;
}

/* --- the command ------------------------------------------------------------------------------ */

static void read_options(const struct cli *cli, struct ledger_options *ret)
{
    slice split = slice_of(cli_text(cli, "split"));
    ret->lineage_pattern = slice_of(cli_text(cli, "lineage"));
    ret->metric = slice_of(cli_text(cli, "metric"));
    ret->split = slice_eq(split, S("dev"))    ? SPLIT_DEV
                 : slice_eq(split, S("test")) ? SPLIT_TEST
                                              : SPLIT_UNKNOWN;
}

static status watch_run(struct cli *cli, struct error *err)
{
    struct watcher *w = arena_alloc(&cli->arena, sizeof *w);
    const char *path = cli_text(cli, "state");
    if (!w)
        return arena_check(&cli->arena, err);
    if (!cli_text(cli, "project"))
        return cli_usage(cli, err, N_("--project PROJECT is needed"));
    if (!path)
        path = arena_printf(&cli->arena, "%s/.sleuth-watch", cli->words[0]).ptr;
    TRY(arena_check(&cli->arena, err));
    TRY(remote_choose(cli, err));
    w->cli = cli;
    read_options(cli, &w->options);
    interrupt_catch();
    status rc = watch_state_open(path, &cli->arena, &w->state, err);
    w->scan = (struct watch_scan){
        .cli = cli, .state = &w->state, .dir = cli->words[0], .options = &w->options};
    if (rc == ST_OK)
        rc = cli_flag(cli, "once") ? watch_once(w, err) : watch_loop(w, err);
    watch_table_finish(&w->scan.seen);
    watch_state_close(&w->state);
    return rc;
}

static const struct flag flags[] = {
    {"project", .kind = FLAG_TEXT, .value = "PROJECT",
     .summary = N_("where the logs go: id, beginning of one, or name (required)")},
    {"once", .kind = FLAG_SWITCH, .summary = N_("capture and send what is there, then end")},
    {"state", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("state file; FILE.spool is beside it (default: DIR/.sleuth-watch)")},
    {.name = "lineage",
     .kind = FLAG_TEXT,
     .value = "REGEX",
     .summary = N_("part of the system's name that stays the same along one line of development")},
    {.name = "split",
     .kind = FLAG_CHOICE,
     .value = "dev|test",
     .summary = N_("part of the data, for logs that do not tell")},
    {.name = "metric", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("only this score")},
    REMOTE_FLAGS,
    {0},
};

static const struct example examples[] = {
    {"sleuth watch results/ --project 'spring release'", N_("until Ctrl-C")},
    {"sleuth watch results/ --project prj_01m8 --once", N_("from a job that ends by itself")},
    {"sleuth watch results/ --project spring --server https://sleuth.example.com --key-file key",
     N_("to an appliance on another host")},
    {0},
};

static const struct command commands[] = {
    {.noun = "watch",
     .usage = "DIR",
     .word_min = 1,
     .word_max = 1,
     .summary = N_("Register every new log of a directory in a project."),
     .details =
         N_("Logs are captured as they appear: read once, hashed, and kept in the spool until "
            "the appliance has taken them, so a server that is away, a crash or a log that is "
            "deleted later loses nothing.\n"
            "Input grade A is given by the appliance: to runs that started after it was told of "
            "the watch, and whose logs reached it within 72 hours. Others are of grade B.\n"
            "Exit code 8 with --once: the appliance was not there; run it again."),
     .examples = examples,
     .flags = flags,
     .run = watch_run},
    {0},
};

const struct noun noun_watch = {.name = "watch",
                                .summary = N_("register new logs in a project as they appear"),
                                .group = N_("Analysis"),
                                .commands = commands};
