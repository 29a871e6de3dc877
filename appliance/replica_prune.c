/* Removes copies of backups from S3 that backup.keep_… does not keep. */
#include "replica.h"

#include "app.h"
#include "backup_task.h"
#include "base/clock.h"
#include "config.h"
#include "retention.h"
#include "s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COPIES_MAX = 10000, ARENA_BYTES = 32 << 20 };

struct copy {
    slice key, name;
    int64_t at_ms;
};

struct copies {
    struct copy *rows;
    size_t count;
};

/* "sleuth-20261127T205500.000Z.backup", as backup_name writes it; anything else is left to people.
 */
static bool time_of_name(slice name, int64_t *ret_ms)
{
    char text[32];
    slice at = slice_from(name, strlen("sleuth-"));
    if (!slice_has_prefix(name, S("sleuth-")) || !slice_has_suffix(name, S("Z.backup")) ||
        at.len != strlen("20261127T205500.000Z.backup"))
        return false;
    (void)snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.6sZ", at.ptr, at.ptr + 4,
                   at.ptr + 6, at.ptr + 9, at.ptr + 11, at.ptr + 13);
    return time_parse(slice_of(text), ret_ms);
}

static int newest_first(const void *a, const void *b)
{
    const struct copy *x = a, *y = b;
    return x->at_ms < y->at_ms ? 1 : x->at_ms > y->at_ms ? -1 : slice_cmp(y->key, x->key);
}

static status copies_list(struct s3 *s3, slice prefix, struct arena *arena, struct copies *ret,
                          struct error *err)
{
    slice token = S("");
    ret->rows = arena_array(arena, COPIES_MAX, sizeof *ret->rows);
    TRY(arena_check(arena, err));
    do {
        struct s3_object *objects;
        size_t count;
        TRY(s3_list(s3, prefix, &token, arena, &objects, &count, err));
        for (size_t i = 0; i < count && ret->count < COPIES_MAX; i++) {
            struct copy *row = &ret->rows[ret->count];
            row->key = objects[i].key;
            row->name = slice_from(row->key, prefix.len);
            ret->count += time_of_name(row->name, &row->at_ms);
        }
    } while (token.len > 0 && ret->count < COPIES_MAX);
    if (ret->count > 0)
        qsort(ret->rows, ret->count, sizeof *ret->rows, newest_first);
    return ST_OK;
}

/* What still lies here would only be copied again. */
static bool is_here(const char *dir, slice name)
{
    char path[BACKUP_PLACE_MAX + BACKUP_NAME_MAX];
    (void)snprintf(path, sizeof path, "%s/%.*s", dir, SLICE_ARG(name));
    return access(path, F_OK) == 0;
}

static status prune(struct app *app, struct s3 *s3, struct arena *arena, uint64_t *ret_removed,
                    struct error *err)
{
    const struct config *config = app->config;
    const struct retention rule = {.daily = (uint64_t)config->backup_keep_daily,
                                   .weekly = (uint64_t)config->backup_keep_weekly,
                                   .monthly = (uint64_t)config->backup_keep_monthly};
    struct copies copies = {0};
    char dir[BACKUP_PLACE_MAX];
    slice prefix = arena_printf(arena, "%.*s%sbackups/", SLICE_ARG(config->s3_prefix),
                                config->s3_prefix.len > 0 ? "/" : "");
    int64_t *times = arena_array(arena, COPIES_MAX, sizeof *times);
    bool *keep = arena_array(arena, COPIES_MAX, sizeof *keep);
    TRY(arena_check(arena, err));
    TRY(backup_dir(app, dir, err));
    TRY(copies_list(s3, prefix, arena, &copies, err));
    for (size_t i = 0; i < copies.count; i++)
        times[i] = copies.rows[i].at_ms;
    retention_decide(&rule, times, copies.count, keep);
    for (size_t i = 0; i < copies.count; i++) {
        if (keep[i] || is_here(dir, copies.rows[i].name))
            continue;
        TRY(s3_delete(s3, copies.rows[i].key, err));
        ++*ret_removed;
    }
    return ST_OK;
}

status replica_prune(struct app *app, const atomic_bool *cancelled, uint64_t *ret_removed,
                     struct error *err)
{
    struct s3 s3 = {.outbound = app->outbound, .config = app->config, .cancelled = cancelled};
    struct arena arena;
    *ret_removed = 0;
    if (!s3_is_on(&s3))
        return ST_OK;
    arena_init(&arena, ARENA_BYTES);
    status rc = prune(app, &s3, &arena, ret_removed, err);
    arena_finish(&arena);
    return rc;
}
