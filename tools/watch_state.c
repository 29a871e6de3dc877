/* The state file and the spool of `sleuth watch`. */
#include "tools/watch.h"

#include "base/bigend.h"
#include "base/crypt.h"
#include "base/file.h"
#include "base/json_out.h"
#include "json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATE_BYTES_MAX = 512 << 20, ENTRY_BYTES_MAX = 16 << 20, NAME_DIGITS = 12 };

/* --- tables ----------------------------------------------------------------------------------- */

void watch_table_finish(struct watch_table *table)
{
    free(table->keys);
    free(table->stamps);
    *table = (struct watch_table){0};
}

static size_t slot_of(const struct watch_table *table, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (table->cap - 1);
    while (table->keys[at] && table->keys[at] != key)
        at = (at + 1) & (table->cap - 1);
    return at;
}

uint64_t watch_table_get(const struct watch_table *table, uint64_t key)
{
    if (table->cap == 0)
        return 0;
    size_t at = slot_of(table, key);
    return table->keys[at] ? table->stamps[at] : 0;
}

static status table_grow(struct watch_table *table, struct error *err)
{
    struct watch_table larger = {.cap = table->cap ? table->cap * 2 : 1024};
    larger.keys = (uint64_t *)calloc(larger.cap, sizeof *larger.keys);
    larger.stamps = (uint64_t *)calloc(larger.cap, sizeof *larger.stamps);
    if (!larger.keys || !larger.stamps) {
        watch_table_finish(&larger);
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    }
    for (size_t i = 0; i < table->cap; i++)
        if (table->keys[i]) {
            size_t at = slot_of(&larger, table->keys[i]);
            larger.keys[at] = table->keys[i];
            larger.stamps[at] = table->stamps[i];
        }
    larger.count = table->count;
    watch_table_finish(table);
    *table = larger;
    return ST_OK;
}

status watch_table_put(struct watch_table *table, uint64_t key, uint64_t stamp, struct error *err)
{
    if (table->count >= WATCH_FILES_MAX)
        return error_set(err, ST_LIMIT, N_("more than %d files were captured with this state"),
                         WATCH_FILES_MAX);
    if (2 * (table->count + 1) > table->cap)
        TRY(table_grow(table, err));
    size_t at = slot_of(table, key);
    table->count += table->keys[at] == 0;
    table->keys[at] = key;
    table->stamps[at] = stamp;
    return ST_OK;
}

static uint64_t key_of(const unsigned char sha256[static 32])
{
    uint64_t key = bigend_get(sha256);
    return key ? key : 1;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool entry_number(const char *name, uint64_t *ret)
{
    slice text = slice_of(name);
    return text.len == NAME_DIGITS + 5 && slice_has_suffix(text, S(".json")) &&
           slice_to_u64(slice_sub(text, 0, NAME_DIGITS), ret);
}

static status read_spool(struct watch_state *state, struct error *err)
{
    DIR *stream = opendir(state->spool.ptr);
    if (!stream)
        return error_set(err, ST_IO, "cannot open '%s': %s", state->spool.ptr, errno_text(errno));
    for (struct dirent *entry; (entry = readdir(stream));) {
        uint64_t number;
        slice name = slice_of(entry->d_name);
        bool refused = slice_has_suffix(name, S(".refused"));
        if (!slice_to_u64(slice_sub(name, 0, NAME_DIGITS), &number))
            continue;
        if (number >= state->next)
            state->next = number + 1;
        state->waiting += !refused && entry_number(entry->d_name, &number);
    }
    (void)closedir(stream); /* read only */
    return ST_OK;
}

static status read_line(struct watch_state *state, slice line, struct arena *scratch,
                        struct error *err)
{
    const struct json *root;
    unsigned char sha256[32];
    struct error ignored;
    if (json_parse(line, scratch, &root, &ignored) != ST_OK)
        return ST_OK; /* torn by a power cut: its file is captured again */
    const struct json *hex = json_find(root, "sha256");
    if (!hex || hex->kind != JSON_STRING || !crypt_hex_decode(sha256, sizeof sha256, hex->text))
        return ST_OK;
    return watch_table_put(&state->captured, key_of(sha256), 1, err);
}

static status read_state(struct watch_state *state, struct error *err)
{
    struct arena arena;
    slice text, line;
    arena_init(&arena, (size_t)STATE_BYTES_MAX + (1 << 20));
    status rc = file_read(state->path.ptr, STATE_BYTES_MAX, &arena, &text, err);
    while (rc == ST_OK && slice_split(&text, '\n', &line)) {
        struct arena_mark mark = arena_mark(&arena);
        rc = line.len ? read_line(state, line, &arena, err) : ST_OK;
        arena_rewind(&arena, mark);
    }
    arena_finish(&arena);
    return rc;
}

status watch_state_open(const char *path, struct arena *arena, struct watch_state *ret,
                        struct error *err)
{
    *ret = (struct watch_state){.fd = -1, .next = 1};
    ret->path = arena_copy(arena, slice_of(path));
    ret->spool = arena_printf(arena, "%s.spool", path);
    TRY(arena_check(arena, err));
    TRY(file_make_dirs(ret->spool.ptr, 0700, err));
    ret->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (ret->fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    if (flock(ret->fd, LOCK_EX | LOCK_NB) != 0)
        return error_set(err, ST_LOCKED, N_("another watch uses '%s'"), path);
    TRY(read_spool(ret, err));
    return read_state(ret, err);
}

void watch_state_close(struct watch_state *state)
{
    fd_close(&state->fd);
    watch_table_finish(&state->captured);
}

bool watch_state_knows(const struct watch_state *state, const unsigned char sha256[static 32])
{
    return watch_table_get(&state->captured, key_of(sha256)) != 0;
}

/* --- adding ----------------------------------------------------------------------------------- */

static slice entry_path(const struct watch_state *state, struct arena *arena, slice name,
                        const char *suffix)
{
    return arena_printf(arena, SLICE_FMT "/" SLICE_FMT "%s", SLICE_ARG(state->spool),
                        SLICE_ARG(name), suffix);
}

static status append_lines(struct watch_state *state, const struct watch_captured *files,
                           size_t count, int64_t now_ms, struct error *err)
{
    struct buf lines;
    char hex[65];
    buf_init(&lines, (size_t)count * 8192 + 4096);
    buf_put_byte(&lines, '\n'); /* ends a line that a power cut may have torn */
    for (size_t i = 0; i < count; i++) {
        struct json_out w;
        json_out_init(&w, &lines, 0);
        json_object(&w);
        json_key_str(&w, "sha256", crypt_hex(hex, files[i].sha256, 32));
        json_key_str(&w, "path", slice_sub(files[i].path, 0, 4096));
        json_key_time(&w, "captured_at", now_ms);
        json_end(&w);
        buf_put_byte(&lines, '\n');
    }
    status rc = buf_check(&lines, err);
    if (rc == ST_OK)
        rc = file_write_all(state->fd, buf_slice(&lines), state->path.ptr, err);
    if (rc == ST_OK && fsync(state->fd) != 0)
        rc = error_set(err, ST_IO, "cannot sync '%s': %s", state->path.ptr, errno_text(errno));
    buf_finish(&lines);
    return rc;
}

status watch_state_add(struct watch_state *state, slice body, const struct watch_captured *files,
                       size_t count, int64_t now_ms, struct error *err)
{
    struct arena arena;
    char name[NAME_DIGITS + 6];
    (void)snprintf(name, sizeof name, "%0*llu.json", NAME_DIGITS, (unsigned long long)state->next);
    arena_init(&arena, 1 << 16);
    slice path = entry_path(state, &arena, slice_of(name), "");
    status rc = arena_check(&arena, err);
    if (rc == ST_OK && body.len)
        rc = file_replace(path.ptr, body, 0600, err);
    arena_finish(&arena);
    TRY(rc);
    if (body.len) {
        state->next++;
        state->waiting++;
    }
    TRY(append_lines(state, files, count, now_ms, err));
    for (size_t i = 0; i < count; i++)
        TRY(watch_table_put(&state->captured, key_of(files[i].sha256), 1, err));
    return ST_OK;
}

/* --- the spool -------------------------------------------------------------------------------- */

static status first_name(const struct watch_state *state, char ret[static 256], struct error *err)
{
    uint64_t best = UINT64_MAX;
    DIR *stream = opendir(state->spool.ptr);
    if (!stream)
        return error_set(err, ST_IO, "cannot open '%s': %s", state->spool.ptr, errno_text(errno));
    for (struct dirent *entry; (entry = readdir(stream));) {
        uint64_t number;
        if (entry_number(entry->d_name, &number) && number < best) {
            best = number;
            (void)snprintf(ret, 256, "%s", entry->d_name);
        }
    }
    (void)closedir(stream); /* read only */
    return best == UINT64_MAX ? ST_NOT_FOUND : ST_OK;
}

status watch_spool_first(const struct watch_state *state, struct arena *arena, slice *ret_name,
                         slice *ret_body, struct error *err)
{
    char name[256];
    TRY(first_name(state, name, err));
    *ret_name = arena_copy(arena, slice_of(name));
    slice path = entry_path(state, arena, *ret_name, "");
    TRY(arena_check(arena, err));
    return file_read(path.ptr, ENTRY_BYTES_MAX, arena, ret_body, err);
}

status watch_spool_done(struct watch_state *state, slice name, bool refused, struct error *err)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    slice path = entry_path(state, &arena, name, "");
    slice aside = entry_path(state, &arena, name, ".refused");
    status rc = arena_check(&arena, err);
    if (rc == ST_OK && (refused ? rename(path.ptr, aside.ptr) : unlink(path.ptr)) != 0)
        rc = error_set(err, ST_IO, "cannot remove '%s': %s", path.ptr, errno_text(errno));
    if (rc == ST_OK && state->waiting)
        state->waiting--;
    arena_finish(&arena);
    return rc;
}
