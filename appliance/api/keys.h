/* Making and showing API keys, shared by the dashboard's and the administrator's routes. */
#ifndef API_KEYS_H
#define API_KEYS_H

#include "credentials.h"
#include "storage/storage.h"

struct call;

enum { KEY_NAME_MAX = 100, KEY_NOTE_MAX = 200, KEY_CIDRS_MAX = 20, KEY_DAYS_MAX = 3650 };

/* State of a call that makes a key: the text exists only here and in the answer. */
struct key_create {
    uint64_t user_id;
    uint64_t keys_max; /* of the user's plan */
    struct store_api_key key;
    struct api_key_text made;
};

/* check: reads {name?, scopes?, expires_in_days?, allowed_cidrs?, livemode?, note?} into ret->key
 * and makes the text; user_id and keys_max are the caller's to set. */
status key_create_read(struct call *call, struct key_create *ret, struct error *err);
/* apply: counts the user's keys, stores the new one, writes the audit record. */
status key_create_store(struct call *call, struct key_create *in, struct error *err);
/* reply: 201 with the key's text, the only time. */
status key_create_reply(struct call *call, const struct key_create *in, struct error *err);

/* State of a call that replaces a key. */
struct key_rotate {
    struct key_create create; /* the new key */
    struct store_api_key old; /* the caller's to set before key_rotate_read */
    uint64_t grace_s;
};

/* check, apply, reply of a rotation: {grace_seconds?, name?} → the new key and `previous`. */
status key_rotate_read(struct call *call, struct key_rotate *in, struct error *err);
status key_rotate_store(struct call *call, struct key_rotate *in, struct error *err);
status key_rotate_reply(struct call *call, const struct key_rotate *in, struct error *err);

/* reply: {"keys":[…]} of a user; ?include=revoked adds the inactive ones. */
status key_list_reply(struct call *call, uint64_t user_id, int64_t *ret_until_ms,
                      struct error *err);

/* 404 as the plan words it, also for another user's key. */
status key_not_found(struct call *call, struct error *err);

#endif
