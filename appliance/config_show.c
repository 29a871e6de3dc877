/* Reads a loaded configuration: values as text, differences, list items, directories. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_DATA_DIR    "/var/lib/sleuth"
#define SERVICE_SECRETS_DIR "/etc/sleuth/secrets"

/* An address without the user and password that stand before its host. */
static slice without_userinfo(slice url, struct arena *arena)
{
    size_t at, host = 0;
    if (!slice_find(url, S("://"), &at))
        return url;
    at += strlen("://");
    for (size_t i = at; i < url.len && url.ptr[i] != '/'; i++)
        if (url.ptr[i] == '@')
            host = i;
    if (host == 0)
        return url;
    return arena_printf(arena, SLICE_FMT "(set)" SLICE_FMT, SLICE_ARG(slice_sub(url, 0, at)),
                        SLICE_ARG(slice_from(url, host)));
}

slice config_text(const struct config *config, size_t option, struct arena *arena)
{
    const struct config_option *o = &config_options[option];
    const void *place = (const char *)config + o->offset;
    switch (o->type) {
    case CONFIG_INT:
        return arena_printf(arena, "%lld", (long long)*(const int64_t *)place);
    case CONFIG_BOOL:
        return *(const bool *)place ? S("true") : S("false");
    case CONFIG_SECRET:
        return ((const slice *)place)->len ? S("(set)") : S("");
    case CONFIG_STR:
        return without_userinfo(*(const slice *)place, arena);
    case CONFIG_ENUM:
    case CONFIG_LIST:
        break;
    }
    return *(const slice *)place;
}

static bool same_value(const struct config *a, const struct config *b,
                       const struct config_option *o)
{
    const void *x = (const char *)a + o->offset;
    const void *y = (const char *)b + o->offset;
    if (o->type == CONFIG_INT)
        return *(const int64_t *)x == *(const int64_t *)y;
    if (o->type == CONFIG_BOOL)
        return *(const bool *)x == *(const bool *)y;
    return slice_eq(*(const slice *)x, *(const slice *)y);
}

/* Sockets, threads, queues and directories are made once. */
static bool needs_restart(const struct config_option *o)
{
    static const char *const names[] = {
        "http.listen",          "http.tls",
        "http.loops",           "http.redirect_listen",
        "http.connections_max", "http.drain_seconds",
        "storage.data_dir",     "storage.run_dir",
        "storage.map_gib",      "storage.require_durable_fs",
        "workers.count",        "workers.queue_max",
        "outbound.mode",        "sandbox.mode",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        slice rest = slice_of(names[i]), section;
        (void)slice_split(&rest, '.', &section);
        if (slice_eq(section, slice_of(o->section)) && slice_eq(rest, slice_of(o->key)))
            return true;
    }
    return false;
}

static slice diff(const struct config *a, const struct config *b, bool restart_only,
                  struct arena *arena)
{
    slice names = S("");
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *o = &config_options[i];
        if (!same_value(a, b, o) && (!restart_only || needs_restart(o)))
            names = arena_printf(arena, SLICE_FMT "%s%s.%s", SLICE_ARG(names),
                                 names.len ? ", " : "", o->section, o->key);
    }
    return names;
}

slice config_diff(const struct config *a, const struct config *b, struct arena *arena)
{
    return diff(a, b, /* restart_only= */ false, arena);
}

slice config_restart_diff(const struct config *a, const struct config *b, struct arena *arena)
{
    return diff(a, b, /* restart_only= */ true, arena);
}

bool config_list_next(slice *rest, slice *ret_item)
{
    while (slice_split(rest, ',', ret_item)) {
        *ret_item = slice_trim(*ret_item);
        if (ret_item->len)
            return true;
    }
    return false;
}

slice config_data_dir(const struct config *config, struct arena *arena)
{
    const char *state = getenv("STATE_DIRECTORY");
    if (config->storage_data_dir.len)
        return config->storage_data_dir;
    return state && *state ? arena_copy(arena, slice_of(state)) : S("./sleuth-data");
}

slice config_run_dir(const struct config *config, slice data_dir, struct arena *arena)
{
    const char *runtime = getenv("RUNTIME_DIRECTORY");
    if (config->storage_run_dir.len)
        return config->storage_run_dir;
    if (runtime && *runtime)
        return arena_copy(arena, slice_of(runtime));
    return arena_printf(arena, SLICE_FMT "/run", SLICE_ARG(data_dir));
}

slice config_secrets_dir(slice data_dir, struct arena *arena)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (credentials && *credentials)
        return arena_copy(arena, slice_of(credentials));
    if (slice_eq(data_dir, S(SERVICE_DATA_DIR)))
        return S(SERVICE_SECRETS_DIR);
    return arena_printf(arena, SLICE_FMT "/secrets", SLICE_ARG(data_dir));
}
