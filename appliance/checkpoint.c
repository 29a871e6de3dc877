/* Signs, writes and reads checkpoints; decides when the next one is due. */
#include "checkpoint.h"

#include "app.h"
#include "auth.h"
#include "base/bigend.h"
#include "base/clock.h"
#include "base/file.h"
#include "json.h"
#include "log.h"
#include "reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, PATH_BYTES = 4096, NAME_LEN = 27 };

/* Says what is signed, so that no other signature of this key can stand for a checkpoint. */
static const char name[NAME_LEN + 1] = "sleuth audit checkpoint v1\n";

enum { MESSAGE_BYTES = NAME_LEN + 8 + 8 + CRYPT_HASH_BYTES };

static void message_make(const struct store_audit_mark *mark,
                         unsigned char ret[static MESSAGE_BYTES])
{
    memcpy(ret, name, NAME_LEN);
    bigend_put(ret + NAME_LEN, mark->seq);
    bigend_put(ret + NAME_LEN + 8, (uint64_t)mark->at_ms);
    memcpy(ret + NAME_LEN + 16, mark->hash.ptr, CRYPT_HASH_BYTES);
}

status checkpoint_sign(const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES],
                       const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES],
                       struct store_audit_mark *mark, struct arena *arena)
{
    unsigned char message[MESSAGE_BYTES];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    message_make(mark, message);
    crypt_sign(signature, secret, slice_make(message, sizeof message));
    mark->key = arena_copy(arena, slice_make(public_key, CRYPT_SIGN_PUBLIC_BYTES));
    mark->signature = arena_copy(arena, slice_make(signature, sizeof signature));
    return arena_check(arena, NULL);
}

bool checkpoint_is_signed(const struct store_audit_mark *mark, const unsigned char *trusted)
{
    unsigned char message[MESSAGE_BYTES];
    if (mark->hash.len != CRYPT_HASH_BYTES || mark->key.len != CRYPT_SIGN_PUBLIC_BYTES ||
        mark->signature.len != CRYPT_SIGNATURE_BYTES)
        return false;
    if (trusted && !crypt_equal(trusted, mark->key.ptr, CRYPT_SIGN_PUBLIC_BYTES))
        return false;
    message_make(mark, message);
    return crypt_verify((const unsigned char *)mark->signature.ptr,
                        (const unsigned char *)mark->key.ptr, slice_make(message, sizeof message));
}

/* --- as JSON ------------------------------------------------------------------------------------
 */

static void put_hex(struct json_out *w, const char *member, slice bytes)
{
    char text[2 * CRYPT_SIGNATURE_BYTES + 1];
    json_key_str(w, member,
                 bytes.len <= CRYPT_SIGNATURE_BYTES ? crypt_hex(text, bytes.ptr, bytes.len)
                                                    : S(""));
}

void checkpoint_write(struct json_out *w, const struct store_audit_mark *mark)
{
    json_key_u64(w, "seq", mark->seq);
    json_key_time(w, "at", mark->at_ms);
    put_hex(w, "hash", mark->hash);
    put_hex(w, "key", mark->key);
    put_hex(w, "signature", mark->signature);
}

/* Lower-case digits of exactly that many bytes. */
static bool take_hex(slice text, size_t bytes, struct arena *arena, slice *ret)
{
    char again[2 * CRYPT_SIGNATURE_BYTES + 1];
    unsigned char *raw = arena_array(arena, bytes + 1, 1);
    if (!raw || text.len != 2 * bytes || !crypt_hex_decode(raw, bytes, text))
        return false;
    *ret = slice_make(raw, bytes);
    return slice_eq(crypt_hex(again, raw, bytes), text);
}

status checkpoint_read(const struct json *object, struct arena *arena, struct store_audit_mark *ret,
                       struct error *err)
{
    char again[TIME_TEXT_MAX];
    slice at = S("");
    slice hash = S("");
    slice key = S("");
    slice signature = S("");
    const struct json_member members[] = {
        JSON_U64("seq", &ret->seq, 1, 9e15), JSON_STR("at", &at, 20, TIME_TEXT_MAX),
        JSON_STR("hash", &hash, 64, 64), JSON_STR("key", &key, 64, 64),
        JSON_STR("signature", &signature, 128, 128)};
    *ret = (struct store_audit_mark){0};
    if (json_members(object, members, ARRAY_COUNT(members), JSON_STRICT, NULL) == ST_OK &&
        time_parse(at, &ret->at_ms) && slice_eq(time_rfc3339(ret->at_ms, again), at) &&
        take_hex(hash, CRYPT_HASH_BYTES, arena, &ret->hash) &&
        take_hex(key, CRYPT_SIGN_PUBLIC_BYTES, arena, &ret->key) &&
        take_hex(signature, CRYPT_SIGNATURE_BYTES, arena, &ret->signature))
        return ST_OK;
    return error_set(err, ST_VERIFY, "a checkpoint is malformed");
}

/* --- the file -----------------------------------------------------------------------------------
 */

static status file_path(const struct app *app, char ret[static PATH_BYTES], struct error *err)
{
    int len = snprintf(ret, PATH_BYTES, "%s/" CHECKPOINT_FILE, app->data_dir);
    return len > 0 && len < PATH_BYTES
               ? ST_OK
               : error_set(err, ST_CONFIG, "the data directory's path is too long");
}

/* The newest checkpoint in the file; 0 when there is none. A torn last line counts as absent. */
static status file_newest(const char *path, uint64_t *ret_seq, struct error *err)
{
    struct arena arena;
    slice text;
    slice line;
    *ret_seq = 0;
    arena_init(&arena, CHECKPOINT_FILE_BYTES_MAX + (1 << 20));
    status rc = file_read(path, CHECKPOINT_FILE_BYTES_MAX, &arena, &text, err);
    while (rc == ST_OK && slice_split(&text, '\n', &line)) {
        const struct json *root;
        struct store_audit_mark mark;
        struct arena_mark here = arena_mark(&arena);
        if (line.len && json_parse(line, &arena, &root, NULL) == ST_OK &&
            checkpoint_read(root, &arena, &mark, NULL) == ST_OK && mark.seq > *ret_seq)
            *ret_seq = mark.seq;
        arena_rewind(&arena, here);
    }
    arena_finish(&arena);
    if (rc == ST_NOT_FOUND)
        error_clear(err);
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status file_append(const char *path, slice lines, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    status rc = file_write_all(fd, lines, path, err);
    if (rc == ST_OK && fdatasync(fd) != 0)
        rc = error_set(err, ST_IO, "cannot write '%s': %s", path, errno_text(errno));
    fd_close(&fd);
    return rc;
}

/* A line feed first: a torn line of a crash must not swallow the next one. */
static void line_write(struct buf *out, const struct store_audit_mark *mark, bool first)
{
    struct json_out w;
    if (first)
        buf_put_byte(out, '\n');
    json_out_init(&w, out, 0);
    json_object(&w);
    checkpoint_write(&w, mark);
    json_end(&w);
    buf_put_byte(out, '\n');
}

struct behind {
    uint64_t seq;
};

static bool is_behind(const void *row, const void *arg)
{
    return ((const struct store_audit_mark *)row)->seq > ((const struct behind *)arg)->seq;
}

/* Appends every stored checkpoint that the file lacks, a page at a time. */
static status file_update(struct app *app, struct checkpoint_maker *maker, struct store_txn *txn,
                          struct error *err)
{
    char path[PATH_BYTES];
    struct arena arena;
    struct buf lines;
    struct store_audit_mark *rows;
    const struct behind behind = {maker->file_seq};
    struct store_page page = {.keep = is_behind, .arg = &behind};
    TRY(file_path(app, path, err));
    arena_init(&arena, 4 << 20);
    buf_init_arena(&lines, &arena, (size_t)STORE_PAGE_MAX * LINE_BYTES);
    status rc = store_audit_mark_list(txn, &page, &arena, &rows);
    for (size_t i = 0; i < page.count && rc == ST_OK; i++)
        line_write(&lines, &rows[i], i == 0);
    if (rc == ST_OK && page.count) {
        rc = file_append(path, buf_slice(&lines), err);
        if (rc == ST_OK)
            maker->file_seq = rows[page.count - 1].seq;
    }
    arena_finish(&arena);
    return rc;
}

/* --- when ---------------------------------------------------------------------------------------
 */

static status newest_read(struct checkpoint_maker *maker, struct store_txn *txn)
{
    struct arena arena;
    struct store_audit_mark *rows;
    struct store_page page = {.limit = 1, .newest_first = true};
    arena_init(&arena, 1 << 16);
    status rc = store_audit_mark_list(txn, &page, &arena, &rows);
    if (rc == ST_OK && page.count) {
        maker->seq = rows[0].seq;
        maker->at_ms = rows[0].at_ms;
    }
    maker->known = rc == ST_OK;
    arena_finish(&arena);
    return rc;
}

static bool is_due(const struct checkpoint_maker *maker, uint64_t head, int64_t wall_ms, bool final)
{
    uint64_t fresh = head > maker->seq ? head - maker->seq : 0;
    return fresh &&
           (final || fresh >= CHECKPOINT_ENTRIES || wall_ms - maker->at_ms >= CHECKPOINT_MS);
}

static status mark_apply(struct store_txn *txn, void *arg, struct error *err)
{
    (void)err;
    return store_audit_mark_put(txn, arg);
}

static void mark_log(const struct store_audit_mark *mark)
{
    char hash[2 * CRYPT_HASH_BYTES + 1];
    char signature[2 * CRYPT_SIGNATURE_BYTES + 1];
    (void)crypt_hex(hash, mark->hash.ptr, mark->hash.len);
    (void)crypt_hex(signature, mark->signature.ptr, mark->signature.len);
    log_info("audit_checkpoint", F_U64("seq", mark->seq), F_CSTR("hash", hash),
             F_CSTR("signature", signature));
}

static status mark_make(struct app *app, struct checkpoint_maker *maker, uint64_t seq,
                        const struct crypt_hash *hash, int64_t wall_ms, struct error *err)
{
    struct arena arena;
    struct store_audit_mark mark = {
        .seq = seq, .at_ms = wall_ms, .hash = slice_make(hash->bytes, sizeof hash->bytes)};
    arena_init(&arena, 4096);
    status rc =
        checkpoint_sign(app->auth->signing_secret, app->auth->signing_public, &mark, &arena);
    if (rc == ST_OK)
        rc = store_apply(app->store, mark_apply, &mark, err);
    if (rc == ST_OK) {
        maker->seq = seq;
        maker->at_ms = wall_ms;
        mark_log(&mark);
    }
    arena_finish(&arena);
    return rc;
}

/* What the store holds now; *ret_seq 0: the log is empty. */
static status look(struct app *app, struct checkpoint_maker *maker, uint64_t *ret_seq,
                   struct crypt_hash *ret_hash, struct error *err)
{
    struct reading reading;
    TRY(reading_begin_app(app, &reading, err));
    status rc = maker->known ? ST_OK : newest_read(maker, reading.txn);
    if (rc == ST_OK)
        rc = store_audit_head(reading.txn, ret_seq, ret_hash);
    if (rc == ST_OK && maker->file_seq < maker->seq)
        rc = file_update(app, maker, reading.txn, err);
    status end = reading_end(&reading, err);
    return rc != ST_OK ? rc : end;
}

status checkpoint_tick(struct app *app, struct checkpoint_maker *maker, int64_t wall_ms, bool final,
                       struct error *err)
{
    char path[PATH_BYTES];
    struct crypt_hash hash;
    uint64_t head;
    TRY(file_path(app, path, err));
    if (!maker->file_known)
        TRY(file_newest(path, &maker->file_seq, err));
    maker->file_known = true;
    TRY(look(app, maker, &head, &hash, err));
    if (!is_due(maker, head, wall_ms, final))
        return ST_OK;
    TRY(mark_make(app, maker, head, &hash, wall_ms, err));
    return look(app, maker, &head, &hash, err); /* and into the file at once */
}
