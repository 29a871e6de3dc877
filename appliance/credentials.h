/* API keys, session cookies and one-time links as text: made at random, stored only as a keyed
 * hash (BLAKE2b-256 with the pepper), which is also the key of their table. Any thread. */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "base/crypt.h"
#include "base/slice.h"
#include "base/status.h"
#include "route.h"

enum {
    API_KEY_LEN = 51,        /* "sk_live_" and 43 characters of base64url: 256 random bits */
    API_KEY_PREFIX_LEN = 18, /* the first 15 characters and "..." */
    TOKEN_LEN = 43,          /* sessions and links: 256 random bits */
};

struct auth; /* holds the pepper; auth.h */

/* A new API key: its text, the hash to store, and what may be shown later. All NUL-terminated. */
struct api_key_text {
    char text[API_KEY_LEN + 1];
    char prefix[API_KEY_PREFIX_LEN + 1];
    struct crypt_hash hash;
};
void api_key_make(const struct auth *auth, bool livemode, struct api_key_text *ret);
/* Length and alphabet, before anything is hashed: junk costs nothing. */
bool api_key_well_formed(slice text);

struct token_text {
    char text[TOKEN_LEN + 1];
    struct crypt_hash hash;
};
void token_make(const struct auth *auth, struct token_text *ret);
bool token_well_formed(slice text);

/* The hash under which a credential is stored. */
void credential_hash(const struct auth *auth, slice text, struct crypt_hash *ret);

/* Names of scopes, comma or blank between, ↔ bits (route.h). */
bool scopes_from(slice names, uint64_t *ret);
bool scope_from(slice name, uint64_t *ret);
/* The name of the index-th scope; NULL beyond the last. *ret_bit optional. */
const char *scope_at(size_t index, uint64_t *ret_bit);
#define SCOPES_ALL ((uint64_t)0x1FF)
/* New keys: everything except writing keys and billing, so that a leaked key cannot make others. */
#define SCOPES_DEFAULT (SCOPES_ALL & ~(uint64_t)(SCOPE_KEYS_WRITE | SCOPE_BILLING_READ))

#endif
