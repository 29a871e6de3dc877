/* Who a credential belongs to: the record of a key or session and its user, opened once and kept by
 * each loop while it is true.
 *
 * Opening two sealed records was half of a small request. What is kept is true as long as
 * store_identity has not moved since before it was read: that number grows with the commit of every
 * change of a user, key or session, so that a revoked key is dead with its commit. Only answers
 * that let somebody in are kept; whoever is refused was looked up in the store. Everything kept is
 * wiped when it goes. Own thread of the call; the records may be read by all its stages. */
#ifndef PRINCIPAL_H
#define PRINCIPAL_H

#include "base/arena.h"
#include "base/crypt.h"
#include "storage/storage.h"

struct call;
struct principals; /* what one loop keeps */

/* An answer that is the same until something of its key changes; see principal_answer. */
enum {
    PRINCIPAL_ANSWERS = 2,
    ANSWER_KEY_MAX = 128,
    ANSWER_TAG_MAX = 40,
    ANSWER_BYTES_MAX = 2048,
};
/* Everything that such an answer tells beyond the caller's own records; no padding in it. */
struct principal_key {
    const void *ptr;
    size_t len;
};
struct principal_answer {
    const struct route *route; /* NULL: none */
    int64_t until_ms;          /* wall; 0 = as long as its key is the same */
    unsigned char key[ANSWER_KEY_MAX];
    char tag[ANSWER_TAG_MAX];
    size_t key_len, tag_len, len;
    char *bytes; /* malloc, wiped */
};

struct principal {
    size_t refs;
    uint64_t identity; /* store_identity before it was read */
    int64_t used_ms;   /* monotonic, of the last call */
    int64_t noted_ms;  /* wall: its use was handed to the writer; newer than the record's */
    struct crypt_hash hash;
    bool is_session;
    bool has_user; /* there is an enabled one */
    struct store_api_key key;
    struct store_session session;
    struct store_user user;
    slice actor_name; /* for the audit log */
    struct arena arena;
    struct principal_answer answers[PRINCIPAL_ANSWERS];
};

enum { PRINCIPALS_MAX = 4096, PRINCIPALS_IDLE_MS = 60000 };

/* NULL without memory: then every call reads the store. */
struct principals *principals_create(void);
void principals_destroy(struct principals **kept); /* NULL is allowed */
/* Each second: forgets what is no longer true, and what nobody used for a while. */
void principals_sweep(struct principals *kept, uint64_t identity, int64_t mono_ms);
size_t principals_count(const struct principals *kept);

/* Key or session of that hash, from what the call's loop keeps or from the store, with a reference
 * for the caller. Without an enabled user has_user is false. ST_NOT_FOUND, or a failure. */
status principal_of_key(struct call *call, const struct crypt_hash *hash, struct principal **ret,
                        struct error *err);
status principal_of_session(struct call *call, const struct crypt_hash *hash,
                            struct principal **ret, struct error *err);
/* It let the call in: the call holds the reference from now on, and the loop may keep it. */
void principal_admit(struct call *call, struct principal *who);
void principal_unref(struct principal **who); /* NULL is allowed */

/* The body (and entity tag) that this caller got for call->route when all of `key` was the same; a
 * copy in the call's arena. False when there is none. */
bool principal_answer(struct call *call, const struct principal_key *key, slice *ret_body,
                      slice *ret_tag);
/* Keeps call->reply.bytes for the next time; tag may be empty. */
void principal_answer_keep(struct call *call, const struct principal_key *key, int64_t until_ms,
                           slice tag);

#endif
