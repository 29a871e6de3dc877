/* Users, sessions, API keys and one-time tokens.
 *
 * A part of storage.h, which says what holds for all of storage; include that. */
#ifndef STORAGE_ACCOUNTS_H
#define STORAGE_ACCOUNTS_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/records.h"

struct store_txn;
struct store_page;

/* --- accounts --------------------------------------------------------------------------------- */

enum store_role { STORE_ROLE_USER, STORE_ROLE_REVIEWER, STORE_ROLE_ADMIN };

/* Trimmed, domain in lower case; ST_INVALID unless it looks like an address of at most
 * STORE_EMAIL_MAX bytes. Uniqueness is by the whole address in lower case (ASCII). */
status store_email_fold(slice text, struct arena *arena, slice *ret, struct error *err);

/* Sets user->id. ST_CONFLICT when the address is taken, ST_INVALID when it is none. */
status store_user_add(struct store_txn *txn, struct store_user *user);
status store_user_get(struct store_txn *txn, uint64_t id, struct arena *arena,
                      struct store_user *ret);
status store_user_find(struct store_txn *txn, slice email, struct arena *arena,
                       struct store_user *ret); /* ST_NOT_FOUND */
/* Replaces the record and raises rev. ST_CONFLICT: address taken; ST_FORBIDDEN: it would leave no
 * enabled admin. */
status store_user_put(struct store_txn *txn, struct store_user *user);
/* Removes the user with sessions, keys, tokens, objects, jobs, files; usage sums stay under the
 * number alone. ST_FORBIDDEN for the last enabled admin. */
status store_user_del(struct store_txn *txn, uint64_t id);
status store_user_list(struct store_txn *txn, struct store_page *page, struct arena *arena,
                       struct store_user **ret);
/* All users, and those enabled (seats). */
status store_user_count(struct store_txn *txn, uint64_t *ret_all, uint64_t *ret_enabled);

status store_session_put(struct store_txn *txn, const struct store_session *session);
status store_session_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                         struct store_session *ret); /* expired ones are returned too */
/* Sets seen_ms; a session that ended meanwhile stays ended. */
status store_session_touch(struct store_txn *txn, const struct crypt_hash *hash, int64_t seen_ms);
status store_session_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                          struct arena *arena, struct store_session **ret);
status store_session_end(struct store_txn *txn, uint64_t user_id, slice id);
/* Ends all but the one with id `keep` (empty = all). */
status store_session_end_all(struct store_txn *txn, uint64_t user_id, slice keep, uint64_t *ret);

enum store_scope {
    STORE_SCOPE_DETECT = 1 << 0,
    STORE_SCOPE_DATASETS_READ = 1 << 1,
    STORE_SCOPE_FILES_READ = 1 << 2,
    STORE_SCOPE_FILES_WRITE = 1 << 3,
    STORE_SCOPE_JOBS = 1 << 4,
    STORE_SCOPE_USAGE_READ = 1 << 5,
    STORE_SCOPE_KEYS_READ = 1 << 6,
    STORE_SCOPE_KEYS_WRITE = 1 << 7,
    STORE_SCOPE_BILLING_READ = 1 << 8,
};

/* id, hash and user_id set by the caller; ST_CONFLICT when the hash exists. */
status store_key_add(struct store_txn *txn, struct store_api_key *key);
status store_key_get(struct store_txn *txn, const struct crypt_hash *hash, struct arena *arena,
                     struct store_api_key *ret); /* revoked and expired ones too */
status store_key_find(struct store_txn *txn, uint64_t user_id, uint64_t key_id, struct arena *arena,
                      struct store_api_key *ret);
/* Replaces the record of that hash and raises rev. */
status store_key_put(struct store_txn *txn, struct store_api_key *key);
/* Sets revoked_ms once; ST_NOT_FOUND also for another user's key. */
status store_key_revoke(struct store_txn *txn, uint64_t user_id, uint64_t key_id, int64_t at_ms);
status store_key_list(struct store_txn *txn, uint64_t user_id, struct store_page *page,
                      struct arena *arena, struct store_api_key **ret); /* user_id 0 = all */
/* Neither revoked nor expired at now_ms. */
status store_key_count(struct store_txn *txn, uint64_t user_id, int64_t now_ms, uint64_t *ret);
/* Has the user fewer than max such keys? One row tells, until the next key expires. */
status store_key_room(struct store_txn *txn, uint64_t user_id, int64_t now_ms, uint64_t max,
                      bool *ret);
struct store_touch {
    struct crypt_hash hash;
    int64_t at_ms;
    slice address; /* may be empty */
};
status store_key_touch(struct store_txn *txn, const struct store_touch *rows, size_t count);

enum store_token_kind {
    STORE_TOKEN_RESET = 1,
    STORE_TOKEN_INVITE,
    STORE_TOKEN_SETUP,
    STORE_TOKEN_SHARE
};
status store_token_put(struct store_txn *txn, const struct store_token *token);
/* ST_NOT_FOUND when unknown, of another kind, or expired at now_ms. */
status store_token_get(struct store_txn *txn, enum store_token_kind kind,
                       const struct crypt_hash *hash, int64_t now_ms, struct arena *arena,
                       struct store_token *ret);
status store_token_del(struct store_txn *txn, const struct crypt_hash *hash);

#endif
