/* The table of a loop: sets of four by the hash of the credential, the oldest gives way. */
#include "principal.h"

#include "app.h"
#include "call.h"

#include <assert.h>
#include <stdlib.h>

enum { WAYS = 4, SETS = PRINCIPALS_MAX / WAYS, BLOCK_BYTES = 1024, ARENA_BYTES = 1 << 20 };

struct principals {
    struct principal *slots[SETS][WAYS];
    size_t count;
};

static void answer_drop(struct principal_answer *answer)
{
    if (answer->bytes)
        crypt_wipe(answer->bytes, answer->len);
    free(answer->bytes);
    *answer = (struct principal_answer){0};
}

void principal_unref(struct principal **at)
{
    struct principal *who = *at;
    *at = NULL;
    if (!who)
        return;
    assert(who->refs > 0);
    if (--who->refs > 0)
        return;
    for (size_t i = 0; i < PRINCIPAL_ANSWERS; i++)
        answer_drop(&who->answers[i]);
    arena_finish(&who->arena);
    crypt_wipe(who, sizeof *who);
    free(who);
}

/* --- what a loop keeps --- */

struct principals *principals_create(void)
{
    return calloc(1, sizeof(struct principals));
}

static void forget(struct principals *kept, struct principal **slot)
{
    principal_unref(slot);
    kept->count--;
}

void principals_destroy(struct principals **kept)
{
    if (!*kept)
        return;
    for (size_t i = 0; i < PRINCIPALS_MAX; i++)
        principal_unref(&(*kept)->slots[i / WAYS][i % WAYS]);
    free(*kept);
    *kept = NULL;
}

void principals_sweep(struct principals *kept, uint64_t identity, int64_t mono_ms)
{
    for (size_t i = 0; kept && kept->count && i < PRINCIPALS_MAX; i++) {
        struct principal **slot = &kept->slots[i / WAYS][i % WAYS];
        const struct principal *who = *slot;
        if (who && (who->identity != identity || mono_ms - who->used_ms > PRINCIPALS_IDLE_MS))
            forget(kept, slot);
    }
}

size_t principals_count(const struct principals *kept)
{
    return kept->count;
}

/* Hashes are keyed with the pepper: nobody outside chooses the set. */
static struct principal **set_of(struct principals *kept, const struct crypt_hash *hash)
{
    uint32_t number;
    memcpy(&number, hash->bytes, sizeof number);
    return kept->slots[number % SETS];
}

static bool is_that(const struct principal *who, const struct crypt_hash *hash, bool is_session)
{
    return who && who->is_session == is_session &&
           crypt_equal(who->hash.bytes, hash->bytes, sizeof hash->bytes);
}

/* A session that looks idle may have been used on another loop: then the store knows. */
static bool is_true(const struct call *call, const struct principal *who)
{
    if (who->identity != call->identity)
        return false;
    return !who->is_session || call->now_ms < who->session.seen_ms + who->session.idle_ms;
}

/* The one that is kept and still true; one that is not is forgotten. */
static struct principal *find(struct call *call, const struct crypt_hash *hash, bool is_session)
{
    struct principals *kept = call->principals;
    struct principal **set = kept ? set_of(kept, hash) : NULL;
    for (size_t i = 0; set && i < WAYS; i++) {
        if (!is_that(set[i], hash, is_session))
            continue;
        if (is_true(call, set[i]))
            return set[i];
        forget(kept, &set[i]);
    }
    return NULL;
}

static void keep(struct principals *kept, struct principal *who)
{
    struct principal **set = set_of(kept, &who->hash);
    struct principal **into = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i] == who)
            return;
        if (!set[i] || (*into && set[i]->used_ms < (*into)->used_ms))
            into = &set[i];
    }
    if (*into)
        forget(kept, into);
    *into = who;
    who->refs++;
    kept->count++;
}

/* --- from the store --- */

static status load_user(struct call *call, struct principal *who, uint64_t id)
{
    status rc = store_user_get(call->txn, id, &who->arena, &who->user);
    who->has_user = rc == ST_OK && who->user.enabled;
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static status load(struct call *call, struct principal *who, struct error *err)
{
    if (who->is_session) {
        TRY(store_session_get(call->txn, &who->hash, &who->arena, &who->session));
        TRY(load_user(call, who, who->session.user_id));
        who->actor_name = arena_printf(&who->arena, "user:%llu", (unsigned long long)who->user.id);
    } else {
        TRY(store_key_get(call->txn, &who->hash, &who->arena, &who->key));
        TRY(load_user(call, who, who->key.user_id));
        who->actor_name = arena_printf(&who->arena, "key:" SLICE_FMT, SLICE_ARG(who->key.prefix));
    }
    return arena_check(&who->arena, err);
}

static status get(struct call *call, const struct crypt_hash *hash, bool is_session,
                  struct principal **ret, struct error *err)
{
    struct principal *who = find(call, hash, is_session);
    if (who) {
        who->refs++;
        *ret = who;
        return ST_OK;
    }
    who = calloc(1, sizeof *who); /* outlives the call when it is kept */
    if (!who)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    who->refs = 1;
    who->identity = call->identity;
    who->hash = *hash;
    who->is_session = is_session;
    arena_init(&who->arena, ARENA_BYTES);
    who->arena.block_bytes = BLOCK_BYTES;
    who->arena.wipe = true;
    status rc = load(call, who, err);
    if (rc != ST_OK)
        principal_unref(&who);
    *ret = who;
    return rc;
}

status principal_of_key(struct call *call, const struct crypt_hash *hash, struct principal **ret,
                        struct error *err)
{
    return get(call, hash, false, ret, err);
}

status principal_of_session(struct call *call, const struct crypt_hash *hash,
                            struct principal **ret, struct error *err)
{
    return get(call, hash, true, ret, err);
}

void principal_admit(struct call *call, struct principal *who)
{
    assert(!call->principal);
    assert(who->has_user);
    who->used_ms = call->begin_us / 1000;
    call->principal = who;
    if (call->principals)
        keep(call->principals, who);
}

/* --- answers --- */

/* The place of the route's answer, else the first that may be taken. */
static struct principal_answer *answer_place(struct call *call)
{
    struct principal_answer *answers = call->principal->answers;
    for (size_t i = 0; i < PRINCIPAL_ANSWERS; i++)
        if (answers[i].route == call->route)
            return &answers[i];
    for (size_t i = 0; i < PRINCIPAL_ANSWERS; i++)
        if (!answers[i].route)
            return &answers[i];
    return &answers[0];
}

bool principal_answer(struct call *call, const struct principal_key *key, slice *ret_body,
                      slice *ret_tag)
{
    if (!call->principal || !call->principals)
        return false;
    const struct principal_answer *answer = answer_place(call);
    if (answer->route != call->route || answer->key_len != key->len ||
        memcmp(answer->key, key->ptr, key->len) != 0 ||
        (answer->until_ms && call->now_ms >= answer->until_ms))
        return false;
    *ret_body = arena_copy(&call->arena, slice_make(answer->bytes, answer->len));
    *ret_tag = arena_copy(&call->arena, slice_make(answer->tag, answer->tag_len));
    return ret_body->ptr && ret_tag->ptr;
}

void principal_answer_keep(struct call *call, const struct principal_key *key, int64_t until_ms,
                           slice tag)
{
    slice body = call->reply.bytes;
    assert(key->len <= ANSWER_KEY_MAX);
    assert(tag.len <= ANSWER_TAG_MAX);
    if (!call->principal || !call->principals || body.len == 0 || body.len > ANSWER_BYTES_MAX)
        return;
    struct principal_answer *answer = answer_place(call);
    answer_drop(answer);
    answer->bytes = malloc(body.len); /* lives as long as the principal */
    if (!answer->bytes)
        return;
    memcpy(answer->bytes, body.ptr, body.len);
    memcpy(answer->key, key->ptr, key->len);
    if (tag.len)
        memcpy(answer->tag, tag.ptr, tag.len);
    answer->len = body.len;
    answer->key_len = key->len;
    answer->tag_len = tag.len;
    answer->until_ms = until_ms;
    answer->route = call->route;
}
