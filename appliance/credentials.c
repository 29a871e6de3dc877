/* Makes and checks the texts of API keys, sessions and links. */
#include "credentials.h"

#include "auth.h"
#include "route.h"

enum { RANDOM_BYTES = 32, API_KEY_HEAD = 8 };

static void random_text(char ret[static TOKEN_LEN + 1])
{
    unsigned char random[RANDOM_BYTES];
    crypt_random(random, sizeof random);
    (void)crypt_base64url(ret, random, sizeof random);
    crypt_wipe(random, sizeof random);
}

void credential_hash(const struct auth *auth, slice text, struct crypt_hash *ret)
{
    crypt_hash(ret, slice_make(auth->pepper, sizeof auth->pepper), text);
}

void api_key_make(const struct auth *auth, bool livemode, struct api_key_text *ret)
{
    memcpy(ret->text, livemode ? "sk_live_" : "sk_test_", API_KEY_HEAD);
    random_text(ret->text + API_KEY_HEAD);
    memcpy(ret->prefix, ret->text, API_KEY_PREFIX_LEN - 3);
    memcpy(ret->prefix + API_KEY_PREFIX_LEN - 3, "...", 4);
    credential_hash(auth, slice_make(ret->text, API_KEY_LEN), &ret->hash);
}

static bool base64url_only(slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
        if (!ok)
            return false;
    }
    return true;
}

bool api_key_well_formed(slice text)
{
    return text.len == API_KEY_LEN &&
           (slice_has_prefix(text, S("sk_live_")) || slice_has_prefix(text, S("sk_test_"))) &&
           base64url_only(text);
}

void token_make(const struct auth *auth, struct token_text *ret)
{
    random_text(ret->text);
    credential_hash(auth, slice_make(ret->text, TOKEN_LEN), &ret->hash);
}

bool token_well_formed(slice text)
{
    return text.len == TOKEN_LEN && base64url_only(text);
}

static const struct {
    const char *name;
    uint64_t bit;
} scopes[] = {
#define X(code, bit, name) {name, (uint64_t)code},
    SCOPE_MAP(X)
#undef X
};

const char *scope_at(size_t index, uint64_t *ret_bit)
{
    if (index >= ARRAY_COUNT(scopes))
        return NULL;
    if (ret_bit)
        *ret_bit = scopes[index].bit;
    return scopes[index].name;
}

bool scope_from(slice name, uint64_t *ret)
{
    for (size_t i = 0; i < ARRAY_COUNT(scopes); i++)
        if (slice_eq(name, slice_of(scopes[i].name))) {
            *ret = scopes[i].bit;
            return true;
        }
    return false;
}

bool scopes_from(slice names, uint64_t *ret)
{
    uint64_t bits = 0;
    slice name;
    while (slice_split(&names, ',', &name)) {
        uint64_t bit;
        if (!scope_from(slice_trim(name), &bit))
            return false;
        bits |= bit;
    }
    *ret = bits;
    return true;
}
