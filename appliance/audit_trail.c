/* Reads the lines of an exported audit log and follows the chain. */
#include "audit_trail.h"

#include "base/clock.h"
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 16 };

/* --- writing ------------------------------------------------------------------------------------
 */

static void put_hash(struct json_out *w, const char *name, slice hash)
{
    char text[2 * CRYPT_HASH_BYTES + 1];
    if (hash.len == CRYPT_HASH_BYTES)
        json_key_str(w, name, crypt_hex(text, hash.ptr, hash.len));
    else
        json_key_null(w, name);
}

void audit_entry_write(struct json_out *w, const struct store_audit *entry,
                       const struct store_audit_mark *mark)
{
    json_key_u64(w, "seq", entry->seq);
    json_key_time(w, "at", entry->at_ms);
    json_key_str(w, "actor", entry->actor);
    json_key_str(w, "action", entry->action);
    json_key_str(w, "object", entry->object);
    json_key_str(w, "detail", entry->detail);
    json_key_str(w, "address", entry->address);
    json_key_str(w, "request_id", entry->request_id);
    put_hash(w, "prev_hash", entry->prev_hash);
    put_hash(w, "hash", entry->hash);
    if (!mark)
        return;
    json_key(w, "checkpoint");
    json_object(w);
    checkpoint_write(w, mark);
    json_end(w);
}

/* --- reading: one spelling per value, so that no byte can change unseen -------------------------
 */

static bool take_hash(const struct json *value, unsigned char raw[static CRYPT_HASH_BYTES],
                      slice *ret)
{
    char again[2 * CRYPT_HASH_BYTES + 1];
    if (!value || (value->kind != JSON_NULL && value->kind != JSON_STRING))
        return false;
    *ret = (slice){"", 0};
    if (value->kind == JSON_NULL)
        return true;
    if (value->text.len != 2 * CRYPT_HASH_BYTES ||
        !crypt_hex_decode(raw, CRYPT_HASH_BYTES, value->text))
        return false;
    *ret = slice_make(raw, CRYPT_HASH_BYTES);
    return slice_eq(crypt_hex(again, raw, CRYPT_HASH_BYTES), value->text);
}

static bool take_time(slice text, int64_t *ret_ms)
{
    char again[TIME_TEXT_MAX];
    return time_parse(text, ret_ms) && slice_eq(time_rfc3339(*ret_ms, again), text);
}

struct entry_bytes {
    unsigned char prev[CRYPT_HASH_BYTES];
    unsigned char hash[CRYPT_HASH_BYTES];
};

static status entry_read(const struct json *root, struct entry_bytes *bytes,
                         struct store_audit *ret, const struct json **ret_mark)
{
    slice at = S("");
    const struct json *prev = NULL;
    const struct json *hash = NULL;
    *ret = (struct store_audit){0};
    *ret_mark = NULL;
    const struct json_member members[] = {
        JSON_U64("seq", &ret->seq, 1, 9e15),
        JSON_STR("at", &at, 20, TIME_TEXT_MAX),
        JSON_STR("actor", &ret->actor, 1, TEXT_MAX),
        JSON_STR("action", &ret->action, 1, TEXT_MAX),
        JSON_STR("object", &ret->object, 0, TEXT_MAX),
        JSON_STR("detail", &ret->detail, 0, TEXT_MAX),
        JSON_STR("address", &ret->address, 0, TEXT_MAX),
        JSON_STR("request_id", &ret->request_id, 0, TEXT_MAX),
        JSON_TREE_OPT("prev_hash", &prev),
        JSON_TREE_OPT("hash", &hash),
        JSON_TREE_OPT("checkpoint", ret_mark),
    };
    if (json_members(root, members, ARRAY_COUNT(members), JSON_STRICT, NULL) == ST_OK &&
        take_time(at, &ret->at_ms) && take_hash(hash, bytes->hash, &ret->hash) &&
        (!prev || take_hash(prev, bytes->prev, &ret->prev_hash)))
        return ST_OK;
    return ST_VERIFY;
}

/* --- the chain ----------------------------------------------------------------------------------
 */

void audit_trail_begin(struct audit_trail *trail, struct arena *arena, const unsigned char *trusted)
{
    *trail = (struct audit_trail){.arena = arena, .trusted = trusted};
}

static status mark_keep(struct audit_trail *trail, const struct store_audit_mark *mark,
                        struct error *err)
{
    if (trail->mark_count == AUDIT_TRAIL_MARKS_MAX)
        return error_set(err, ST_LIMIT, "more than %d checkpoints", AUDIT_TRAIL_MARKS_MAX);
    if (!arena_grow(trail->arena, (void **)&trail->marks, &trail->mark_cap, trail->mark_count,
                    sizeof *mark))
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    trail->marks[trail->mark_count++] = *mark;
    return ST_OK;
}

static status mark_signed(const struct audit_trail *trail, const struct store_audit_mark *mark,
                          struct error *err)
{
    if (checkpoint_is_signed(mark, trail->trusted))
        return ST_OK;
    return error_set(err, ST_VERIFY,
                     "the checkpoint on audit entry %" PRIu64
                     " is not signed by the key of this appliance",
                     mark->seq);
}

static slice hash_slice(const struct crypt_hash *hash)
{
    return slice_make(hash->bytes, sizeof hash->bytes);
}

status audit_trail_mark(struct audit_trail *trail, const struct store_audit_mark *mark,
                        struct error *err)
{
    struct store_audit_mark copy = *mark;
    TRY(mark_signed(trail, mark, err));
    copy.hash = arena_copy(trail->arena, mark->hash);
    copy.key = copy.signature = S(""); /* checked; not needed any more */
    return mark_keep(trail, &copy, err);
}

status audit_trail_checkpoint(struct audit_trail *trail, slice line, struct error *err)
{
    const struct json *root;
    struct store_audit_mark mark;
    if (json_parse(line, trail->arena, &root, NULL) != ST_OK)
        return error_set(err, ST_VERIFY, "a checkpoint is malformed");
    TRY(checkpoint_read(root, trail->arena, &mark, err));
    return audit_trail_mark(trail, &mark, err);
}

/* Does the checkpoint speak of the entry that was read last? */
static status mark_fits(struct audit_trail *trail, const struct store_audit_mark *mark,
                        struct error *err)
{
    if (mark->seq != trail->seq || !slice_eq(mark->hash, hash_slice(&trail->hash)))
        return error_set(err, ST_VERIFY, "audit entry %" PRIu64 " is not the one of its checkpoint",
                         trail->seq);
    trail->checkpoints++;
    return ST_OK;
}

static int compare_marks(const void *a, const void *b)
{
    const struct store_audit_mark *x = a;
    const struct store_audit_mark *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static status marks_kept_fit(struct audit_trail *trail, struct error *err)
{
    if (!trail->sorted && trail->mark_count)
        qsort(trail->marks, trail->mark_count, sizeof *trail->marks, compare_marks);
    trail->sorted = true;
    for (; trail->mark_next < trail->mark_count; trail->mark_next++) {
        const struct store_audit_mark *mark = &trail->marks[trail->mark_next];
        if (mark->seq > trail->seq)
            break;
        TRY(mark_fits(trail, mark, err));
    }
    return ST_OK;
}

static status own_mark_fits(struct audit_trail *trail, const struct json *object, struct error *err)
{
    struct store_audit_mark mark;
    if (!object)
        return ST_OK;
    TRY(checkpoint_read(object, trail->arena, &mark, err));
    TRY(mark_signed(trail, &mark, err));
    return mark_fits(trail, &mark, err);
}

status audit_trail_link(struct audit_trail *trail, const struct store_audit *entry,
                        struct error *err)
{
    struct crypt_hash hash;
    slice prev = trail->seq ? hash_slice(&trail->hash) : S("");
    store_audit_hash(entry, &hash);
    if (entry->seq != trail->seq + 1)
        return error_set(err, ST_VERIFY,
                         "audit entry %" PRIu64 " stands where entry %" PRIu64 " should",
                         entry->seq, trail->seq + 1);
    if (!slice_eq(entry->prev_hash, prev))
        return error_set(err, ST_VERIFY, "audit entry %" PRIu64 " does not follow the one before",
                         entry->seq);
    if (!slice_eq(entry->hash, hash_slice(&hash)))
        return error_set(err, ST_VERIFY, "audit entry %" PRIu64 " was altered", entry->seq);
    trail->seq = entry->seq;
    trail->hash = hash;
    return marks_kept_fit(trail, err);
}

status audit_trail_entry(struct audit_trail *trail, slice line, struct error *err)
{
    const struct json *root;
    const struct json *own_mark;
    struct entry_bytes bytes;
    struct store_audit entry;
    struct arena_mark here = arena_mark(trail->arena);
    status rc = json_parse(line, trail->arena, &root, NULL);
    if (rc == ST_OK)
        rc = entry_read(root, &bytes, &entry, &own_mark);
    if (rc != ST_OK)
        rc = error_set(err, ST_VERIFY, "what follows audit entry %" PRIu64 " is no entry",
                       trail->seq);
    if (rc == ST_OK)
        rc = audit_trail_link(trail, &entry, err);
    if (rc == ST_OK)
        rc = own_mark_fits(trail, own_mark, err);
    arena_rewind(trail->arena, here);
    return rc;
}

status audit_trail_end(struct audit_trail *trail, struct error *err)
{
    uint64_t newest = 0;
    for (size_t i = 0; i < trail->mark_count; i++)
        newest = trail->marks[i].seq > newest ? trail->marks[i].seq : newest;
    if (newest > trail->seq)
        return error_set(err, ST_VERIFY,
                         "the log ends with entry %" PRIu64 ", but entry %" PRIu64
                         " has a checkpoint: the end was cut off",
                         trail->seq, newest);
    return ST_OK;
}
