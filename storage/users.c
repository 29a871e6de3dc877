/* Users: unique addresses, the counts that seats and the last admin need, removal with everything.
 */
#include "storage/internal.h"

#include <assert.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One '@' with something on both sides, no blanks or control bytes, valid UTF-8. */
static bool email_is_plausible(slice email)
{
    size_t at;
    if (email.len < 3 || email.len > STORE_EMAIL_MAX || !slice_is_utf8(email))
        return false;
    for (size_t i = 0; i < email.len; i++)
        if ((unsigned char)email.ptr[i] <= ' ' || email.ptr[i] == 0x7f)
            return false;
    if (!slice_find_byte(email, '@', &at) || at == 0 || at + 1 == email.len)
        return false;
    return !slice_find_byte(slice_from(email, at + 1), '@', &at);
}

status store_email_fold(slice text, struct arena *arena, slice *ret, struct error *err)
{
    slice trimmed = slice_trim(text);
    size_t at;
    if (!email_is_plausible(trimmed))
        return error_set(err, ST_INVALID, "'" SLICE_FMT "' is not an e-mail address",
                         (int)(trimmed.len < 64 ? trimmed.len : 64), trimmed.ptr);
    slice copy = arena_copy(arena, trimmed);
    if (!copy.ptr)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    (void)slice_find_byte(copy, '@', &at);     /* checked above */
    char *bytes = (char *)(uintptr_t)copy.ptr; /* our own copy */
    for (size_t i = at; i < copy.len; i++)
        bytes[i] = lower(bytes[i]);
    *ret = copy;
    return ST_OK;
}

/* Where an address is looked up: the keyed hash of its lower case. */
struct key user_email_key(const struct store_txn *txn, slice email)
{
    char folded[STORE_EMAIL_MAX];
    struct crypt_hash hash;
    size_t len = email.len < sizeof folded ? email.len : sizeof folded;
    for (size_t i = 0; i < len; i++)
        folded[i] = lower(email.ptr[i]);
    lookup_hash(txn->store, slice_make(folded, len), &hash);
    return key_of_hash(&hash);
}

/* Moves the counts of users, seats and admins by one user's appearance (+1) or leaving (-1). */
static status user_count_move(struct store_txn *txn, const struct store_user *user, int step)
{
    TRY(meta_add(txn, "users", step));
    if (!user->enabled)
        return ST_OK;
    TRY(meta_add(txn, "users.enabled", step));
    return user->role == STORE_ROLE_ADMIN ? meta_add(txn, "users.admins", step) : ST_OK;
}

static bool is_admin(const struct store_user *user)
{
    return user->enabled && user->role == STORE_ROLE_ADMIN;
}

/* ST_FORBIDDEN when `user` is the only enabled admin. */
static status refuse_last_admin(struct store_txn *txn, const struct store_user *user)
{
    uint64_t admins;
    if (!is_admin(user))
        return ST_OK;
    TRY(meta_get(txn, "users.admins", &admins));
    return admins <= 1 ? ST_FORBIDDEN : ST_OK;
}

/* The address must be free, or the user's own. */
static status email_is_free(struct store_txn *txn, const struct key *key, uint64_t user_id)
{
    struct store_ref owner;
    status rc = row_get(txn, TABLE_USER_EMAIL, key, &txn->scratch, &owner);
    if (rc == ST_NOT_FOUND)
        return ST_OK;
    if (rc == ST_OK)
        return owner.id == user_id ? ST_OK : ST_CONFLICT;
    return rc;
}

status store_user_add(struct store_txn *txn, struct store_user *user)
{
    if (!email_is_plausible(user->email))
        return ST_INVALID;
    struct key address = user_email_key(txn, user->email);
    TRY(email_is_free(txn, &address, 0));
    TRY(store_next_id(txn, "user", &user->id));
    user->rev = 1;
    struct key key = key_of_u64(user->id);
    TRY(row_add(txn, TABLE_USER, &key, user));
    TRY(row_add(txn, TABLE_USER_EMAIL, &address, &(struct store_ref){.id = user->id}));
    return user_count_move(txn, user, +1);
}

status store_user_get(struct store_txn *txn, uint64_t id, struct arena *arena,
                      struct store_user *ret)
{
    struct key key = key_of_u64(id);
    TRY(row_get(txn, TABLE_USER, &key, arena, ret));
    if (ret->id != id)
        return txn_fail(txn, ST_CORRUPT, "a user has another user's number");
    return ST_OK;
}

status store_user_find(struct store_txn *txn, slice email, struct arena *arena,
                       struct store_user *ret)
{
    struct store_ref ref;
    slice trimmed = slice_trim(email);
    if (!email_is_plausible(trimmed))
        return ST_NOT_FOUND;
    struct key address = user_email_key(txn, trimmed);
    TRY(row_get(txn, TABLE_USER_EMAIL, &address, arena, &ref));
    return store_user_get(txn, ref.id, arena, ret);
}

status store_user_put(struct store_txn *txn, struct store_user *user)
{
    struct store_user old;
    if (!email_is_plausible(user->email))
        return ST_INVALID;
    TRY(store_user_get(txn, user->id, &txn->scratch, &old));
    if (!is_admin(user))
        TRY(refuse_last_admin(txn, &old));
    struct key was = user_email_key(txn, old.email), address = user_email_key(txn, user->email);
    TRY(email_is_free(txn, &address, user->id));
    user->rev = old.rev + 1;
    struct key key = key_of_u64(user->id);
    TRY(row_put(txn, TABLE_USER, &key, user));
    if (!slice_eq(key_slice(&was), key_slice(&address))) {
        TRY(row_del(txn, TABLE_USER_EMAIL, &was));
        TRY(row_add(txn, TABLE_USER_EMAIL, &address, &(struct store_ref){.id = user->id}));
    }
    TRY(user_count_move(txn, &old, -1));
    return user_count_move(txn, user, +1);
}

/* Keys of the user: the index leads to the rows by hash. */
static status keys_remove(struct store_txn *txn, uint64_t user_id)
{
    struct key prefix = key_of_u64(user_id); /* and the key of their count */
    struct walk walk;
    struct store_ref ref;
    for (walk_begin(&walk, txn, TABLE_API_KEY_USER, &prefix); walk_next(&walk);) {
        if (walk_row(&walk, &txn->scratch, &ref) != ST_OK)
            break;
        struct key index = walk.at, key = key_of_bytes(ref.data);
        if (row_del(txn, TABLE_API_KEY, &key) != ST_OK ||
            row_del(txn, TABLE_API_KEY_USER, &index) != ST_OK)
            break;
    }
    walk_end(&walk);
    status rc = row_del(txn, TABLE_API_KEY_COUNT, &prefix);
    return rc == ST_NOT_FOUND ? txn->failed : rc;
}

/* Tokens are few and short-lived: the whole table is searched. */
static status tokens_remove(struct store_txn *txn, uint64_t user_id)
{
    struct walk walk;
    struct store_token token;
    for (walk_begin(&walk, txn, TABLE_TOKEN, NULL); walk_next(&walk);) {
        if (walk_row(&walk, &txn->scratch, &token) != ST_OK)
            break;
        struct key key = walk.at;
        if (token.user_id != user_id)
            continue;
        if (due_move(txn, TABLE_TOKEN, &key, token.expires_ms, 0) != ST_OK ||
            row_del(txn, TABLE_TOKEN, &key) != ST_OK)
            break;
    }
    walk_end(&walk);
    return txn->failed;
}

status store_user_del(struct store_txn *txn, uint64_t id)
{
    struct store_user user;
    struct key key = key_of_u64(id);
    uint64_t count;
    TRY(store_user_get(txn, id, &txn->scratch, &user));
    TRY(refuse_last_admin(txn, &user));
    TRY(store_session_end_all(txn, id, (slice){0}, &count));
    TRY(keys_remove(txn, id));
    TRY(tokens_remove(txn, id));
    TRY(objects_remove_user(txn, id));
    struct key address = user_email_key(txn, user.email);
    TRY(row_del(txn, TABLE_USER_EMAIL, &address));
    TRY(row_del(txn, TABLE_USER, &key));
    return user_count_move(txn, &user, -1);
}

status store_user_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                       struct store_user **ret)
{
    struct key none;
    key_init(&none);
    struct list list = {TABLE_USER, TABLE_USER, &none};
    return list_rows(txn, &list, page, arena, (void **)ret);
}

status store_user_count(struct store_txn *txn, uint64_t *ret_all, uint64_t *ret_enabled)
{
    TRY(meta_get(txn, "users", ret_all));
    return meta_get(txn, "users.enabled", ret_enabled);
}
