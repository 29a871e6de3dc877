/* Checks of what the appliance itself knows: database, server, configuration, backups. */
#include "tools/doctor.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/stat.h>

enum { HOUR_MS = 3600 * 1000, CLOCK_BACK_MS = 5 * 60 * 1000, READER_LAG_MAX = 10000 };

static void check_config(struct doctor *d)
{
    slice file = d->config.file.len ? d->config.file : slice_of(cli_tr(d->cli, N_("defaults")));
    doctor_tell(d, "config", HEALTH_OK, arena_copy(&d->cli->arena, file), "");
    bool url = d->config.http_public_url.len != 0;
    doctor_tell(d, "public_url", url ? HEALTH_OK : HEALTH_WARN,
                arena_copy(&d->cli->arena, d->config.http_public_url),
                N_("set http.public_url: the links of password resets need it"));
    if (d->config.env_secrets.len)
        doctor_tell(d, "env_secrets", HEALTH_WARN,
                    arena_copy(&d->cli->arena, d->config.env_secrets),
                    N_("move secrets from the environment into files (KEY_file)"));
}

static uint64_t number(const struct json *root, const char *name)
{
    uint64_t value = 0;
    (void)json_to_u64(json_find(root, name), &value); /* absent counts as zero */
    return value;
}

static void check_numbers(struct doctor *d, const struct json *root)
{
    uint64_t used = number(root, "used_bytes"), map = number(root, "map_bytes");
    doctor_tell(d, "database", used > map / 10 * 8 ? HEALTH_WARN : HEALTH_OK,
                arena_printf(&d->cli->arena, "%llu KiB", (unsigned long long)(used / 1024)),
                N_("four fifths of the address space are used: raise storage.map_gib"));
    uint64_t lag = number(root, "oldest_reader_lag");
    doctor_tell(
        d, "readers", lag > READER_LAG_MAX ? HEALTH_WARN : HEALTH_OK,
        arena_printf(&d->cli->arena, "%llu", (unsigned long long)number(root, "readers_used")),
        N_("an old snapshot pins freed pages and the file grows: restart the server"));
    const struct json *durable = json_find(root, "durable");
    doctor_tell(d, "file_system", durable && durable->boolean ? HEALTH_OK : HEALTH_WARN,
                view_cell(d->cli, json_find(root, "file_system"), COLUMN_TEXT),
                N_("this file system may lose acknowledged writes in a power cut"));
}

/* Of the server that answers; without one there is nothing to be fenced off. */
static void check_sandbox(struct doctor *d, const struct json *root)
{
    uint64_t files = number(root, "sandbox_landlock");
    const struct json *filter = json_find(root, "sandbox_seccomp");
    bool calls = filter && filter->boolean;
    if (!d->cli->host || !host_is_remote(d->cli->host))
        return;
    slice found = arena_printf(&d->cli->arena, "landlock %llu, seccomp %s",
                               (unsigned long long)files, calls ? "on" : "off");
    doctor_tell(d, "sandbox", files && calls ? HEALTH_OK : HEALTH_WARN, found,
                N_("the server is not fenced off: sandbox.mode, or the kernel has no Landlock and "
                   "seccomp for it"));
}

/* False: there is no database to be asked. */
static bool check_store(struct doctor *d)
{
    const struct json *root;
    struct error err = {0};
    status rc = client_call(d->cli, &(struct request){.path = S("/api/host/db")}, &root, &err);
    if (rc == ST_NOT_FOUND) {
        doctor_tell(d, "database", HEALTH_WARN, S(""),
                    N_("it is made at the first start; 'sleuth setup' begins"));
        return false;
    }
    if (rc != ST_OK) {
        const char *text = d->cli->lang == LANG_ZH ? err.text_zh : err.text;
        doctor_tell(d, "database", HEALTH_FAIL, arena_copy(&d->cli->arena, slice_of(text)),
                    N_("see the log of the server, or 'sleuth db check'"));
        return false;
    }
    check_numbers(d, root);
    check_sandbox(d, root);
    return true;
}

static void check_server(struct doctor *d)
{
    bool running = d->cli->host && host_is_remote(d->cli->host);
    doctor_tell(d, "server", running ? HEALTH_OK : HEALTH_WARN, S(""),
                N_("no server is running: 'sleuth serve', or systemctl start sleuth"));
}

static const struct json *ask(struct doctor *d, slice path, slice query)
{
    const struct json *root;
    struct error ignored = {0}; /* the database row told it already */
    const struct request request = {.path = path, .query = query};
    return client_call(d->cli, &request, &root, &ignored) == ST_OK ? root : NULL;
}

static bool time_of(const struct json *root, const char *name, int64_t *ret_ms)
{
    const struct json *member = root ? json_find(root, name) : NULL;
    return member && member->kind == JSON_STRING && time_parse(member->text, ret_ms);
}

/* The newest audited change lies in the past, or the clock went back. */
static void check_events(struct doctor *d)
{
    int64_t at_ms;
    const struct json *root = ask(d, S("/api/admin/audit"), S("limit=1"));
    const struct json *entries = root ? json_find(root, "entries") : NULL;
    const struct json *first = entries ? entries->first : NULL;
    if (!time_of(first, "at", &at_ms))
        return;
    char text[TIME_TEXT_MAX];
    doctor_tell(d, "last_event", at_ms > d->now_ms + CLOCK_BACK_MS ? HEALTH_FAIL : HEALTH_OK,
                arena_copy(&d->cli->arena, time_rfc3339(at_ms, text)),
                N_("it lies in the future: the clock was set back; set it right"));
}

static void check_backup(struct doctor *d)
{
    int64_t last_ms = 0;
    const struct json *root = ask(d, S("/api/host/backup"), S(""));
    if (!root)
        return;
    if (!time_of(root, "last_success_at", &last_ms)) {
        doctor_tell(d, "backup", HEALTH_WARN, S("-"),
                    N_("there is none: 'sleuth backup create', or enable sleuth-backup.timer"));
        return;
    }
    int64_t hours = (d->now_ms - last_ms) / HOUR_MS;
    doctor_tell(
        d, "backup", hours >= d->config.backup_warn_hours ? HEALTH_WARN : HEALTH_OK,
        arena_printf(&d->cli->arena, cli_tr(d->cli, N_("%lld hours old")), (long long)hours),
        N_("it is old: 'sleuth backup create', or look at sleuth-backup.timer"));
}

/* Plans sold by licence: what is wrong with it, in the appliance's own words. */
static void check_license(struct doctor *d)
{
    const struct json *root = ask(d, S("/api/admin/license"), S(""));
    const struct json *mode = json_find(root, "mode"), *state = json_find(root, "state");
    const struct json *warnings = json_find(root, "warnings");
    if (!mode || !state || !slice_eq(mode->text, S("license")))
        return;
    bool none = slice_eq(state->text, S("none"));
    bool fine = !none && (!warnings || warnings->count == 0);
    doctor_tell(d, "license", fine ? HEALTH_OK : HEALTH_WARN,
                arena_copy(&d->cli->arena, fine || none ? state->text : warnings->first->text),
                N_("'sleuth license show' tells more; ask the vendor for a newer one"));
}

static slice option_here(struct doctor *d, slice name)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        slice full =
            arena_printf(&d->cli->arena, "%s.%s", config_options[i].section, config_options[i].key);
        if (full.ptr && slice_eq(full, name))
            return config_text(&d->config, i, &d->cli->arena);
    }
    return S("");
}

/* Settings of the running server that the files would give another value now. Flags and the
 * environment of the server are its own and are not compared. */
static void check_drift(struct doctor *d)
{
    slice names = S("");
    const struct json *root = ask(d, S("/api/admin/config"), S(""));
    const struct json *options = root ? json_find(root, "options") : NULL;
    if (!options || !host_is_remote(d->cli->host))
        return;
    for (const struct json *o = options->first; o; o = o->next) {
        const struct json *name = json_find(o, "name"), *value = json_find(o, "value");
        const struct json *origin = json_find(o, "origin");
        if (!name || !value || !origin || slice_eq(origin->text, S("flag")) ||
            slice_eq(origin->text, S("environment")))
            continue;
        slice here = option_here(d, name->text);
        if (!slice_eq(here, value->text))
            names = arena_printf(&d->cli->arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(names),
                                 names.len ? ", " : "", SLICE_ARG(name->text));
    }
    doctor_tell(d, "config_drift", names.len ? HEALTH_WARN : HEALTH_OK, names,
                N_("the server runs with other values: systemctl reload sleuth, or restart it"));
}

void doctor_store(struct doctor *d)
{
    check_config(d);
    bool known = check_store(d);
    check_server(d);
    if (!known)
        return;
    check_events(d);
    check_backup(d);
    check_license(d);
    check_drift(d);
}
