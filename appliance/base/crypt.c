/* libsodium behind our own names; the only file that includes sodium.h. */
#include "base/crypt.h"

#include <sodium.h>

#include <assert.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct crypt_sha256_stream), "stream");
_Static_assert(crypto_pwhash_STRBYTES <= CRYPT_PASSWORD_MAX, "password string");
_Static_assert(CRYPT_SEAL_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                          crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "seal overhead");
_Static_assert(CRYPT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "seal key");
_Static_assert(CRYPT_KEY_BYTES == crypto_kdf_KEYBYTES, "master key");

_Static_assert(sizeof(crypto_secretstream_xchacha20poly1305_state) <= sizeof(struct crypt_stream),
               "stream of pieces");
_Static_assert(CRYPT_STREAM_HEAD_BYTES == crypto_secretstream_xchacha20poly1305_HEADERBYTES,
               "head");
_Static_assert(CRYPT_STREAM_OVERHEAD == crypto_secretstream_xchacha20poly1305_ABYTES, "piece");
_Static_assert(CRYPT_BOX_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "public key");
_Static_assert(CRYPT_BOX_KEY_BYTES == crypto_box_SECRETKEYBYTES, "secret key");
_Static_assert(CRYPT_BOX_OVERHEAD == crypto_box_SEALBYTES, "sealed box");
_Static_assert(CRYPT_SALT_BYTES == crypto_pwhash_SALTBYTES, "salt");

enum { ARGON_PASSES = 2, ARGON_BYTES = 19 << 20 };
enum { PASSPHRASE_PASSES = 4, PASSPHRASE_BYTES = 64 << 20 };

static const unsigned char *bytes_of(slice s)
{
    return (const unsigned char *)s.ptr;
}

status crypt_init(struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, ST_INTERNAL, "cannot initialise libsodium: no source of randomness");
    return ST_OK;
}

void crypt_random(void *ret, size_t len)
{
    randombytes_buf(ret, len);
}

void crypt_random_name(void *ret, size_t len)
{
    static _Thread_local unsigned char store[1024];
    static _Thread_local size_t left;
    assert(len <= 64);
    if (left < len) {
        randombytes_buf(store, sizeof store);
        left = sizeof store;
    }
    left -= len;
    memcpy(ret, store + left, len);
}

bool crypt_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void crypt_wipe(void *ptr, size_t len)
{
    sodium_memzero(ptr, len);
}

/* The hash functions below fail only for sizes out of range, which is a programmer's error. */
static void must(int rc)
{
    assert(rc == 0);
    (void)rc;
}

void crypt_hash(struct crypt_hash *ret, slice key, slice data)
{
    must(crypto_generichash(ret->bytes, sizeof ret->bytes, bytes_of(data), data.len,
                            key.len ? bytes_of(key) : NULL, key.len));
}

void crypt_tag(unsigned char ret[static CRYPT_TAG_BYTES], slice key, slice ad, slice data)
{
    crypto_generichash_state state;
    uint64_t ad_len = ad.len; /* keeps the border between the two parts inside the tag */
    must(crypto_generichash_init(&state, bytes_of(key), key.len, CRYPT_TAG_BYTES));
    must(crypto_generichash_update(&state, (const unsigned char *)&ad_len, sizeof ad_len));
    must(crypto_generichash_update(&state, bytes_of(ad), ad.len));
    must(crypto_generichash_update(&state, bytes_of(data), data.len));
    must(crypto_generichash_final(&state, ret, CRYPT_TAG_BYTES));
}

void crypt_derive(unsigned char ret[static CRYPT_KEY_BYTES],
                  const unsigned char master[static CRYPT_KEY_BYTES], uint64_t id,
                  const char context[static 8])
{
    must(crypto_kdf_derive_from_key(ret, CRYPT_KEY_BYTES, id, context, master));
}

void crypt_sha256(struct crypt_hash *ret, slice data)
{
    must(crypto_hash_sha256(ret->bytes, bytes_of(data), data.len));
}

void crypt_hmac_sha256(struct crypt_hash *ret, slice key, slice data)
{
    crypto_auth_hmacsha256_state state;
    must(crypto_auth_hmacsha256_init(&state, bytes_of(key), key.len));
    must(crypto_auth_hmacsha256_update(&state, bytes_of(data), data.len));
    must(crypto_auth_hmacsha256_final(&state, ret->bytes));
    sodium_memzero(&state, sizeof state);
}

static crypto_hash_sha256_state *sha256_state(struct crypt_sha256_stream *s)
{
    return (crypto_hash_sha256_state *)(void *)s->opaque;
}

void crypt_sha256_begin(struct crypt_sha256_stream *s)
{
    must(crypto_hash_sha256_init(sha256_state(s)));
}

void crypt_sha256_more(struct crypt_sha256_stream *s, slice data)
{
    must(crypto_hash_sha256_update(sha256_state(s), bytes_of(data), data.len));
}

void crypt_sha256_end(struct crypt_sha256_stream *s, struct crypt_hash *ret)
{
    must(crypto_hash_sha256_final(sha256_state(s), ret->bytes));
}

void crypt_seal(unsigned char *ret, const unsigned char key[static CRYPT_KEY_BYTES], slice ad,
                slice plain)
{
    enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
    randombytes_buf(ret, NONCE);
    must(crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, bytes_of(plain), plain.len,
                                                    bytes_of(ad), ad.len, NULL, ret, key));
}

status crypt_open(unsigned char *ret, const unsigned char key[static CRYPT_KEY_BYTES], slice ad,
                  slice sealed)
{
    enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
    if (sealed.len < CRYPT_SEAL_OVERHEAD)
        return ST_CORRUPT;
    const unsigned char *nonce = bytes_of(sealed);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(
        ret, NULL, NULL, nonce + NONCE, sealed.len - NONCE, bytes_of(ad), ad.len, nonce, key);
    return rc == 0 ? ST_OK : ST_CORRUPT;
}

status crypt_password_hash(char ret[static CRYPT_PASSWORD_MAX], slice password, struct error *err)
{
    if (crypto_pwhash_str_alg(ret, password.ptr, password.len, ARGON_PASSES, ARGON_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(err, ST_NO_MEMORY, "not enough memory to hash a password");
    return ST_OK;
}

bool crypt_password_matches(const char *hash, slice password)
{
    return crypto_pwhash_str_verify(hash, password.ptr, password.len) == 0;
}

status crypt_passphrase_key(unsigned char ret[static CRYPT_KEY_BYTES], slice passphrase,
                            const unsigned char salt[static CRYPT_SALT_BYTES], struct error *err)
{
    if (crypto_pwhash(ret, CRYPT_KEY_BYTES, passphrase.ptr, passphrase.len, salt, PASSPHRASE_PASSES,
                      PASSPHRASE_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(err, ST_NO_MEMORY, "not enough memory to hash a password");
    return ST_OK;
}

static crypto_secretstream_xchacha20poly1305_state *stream_state(struct crypt_stream *s)
{
    return (crypto_secretstream_xchacha20poly1305_state *)(void *)s->opaque;
}

void crypt_stream_begin(struct crypt_stream *s, const unsigned char key[static CRYPT_KEY_BYTES],
                        unsigned char ret_head[static CRYPT_STREAM_HEAD_BYTES])
{
    must(crypto_secretstream_xchacha20poly1305_init_push(stream_state(s), ret_head, key));
}

void crypt_stream_push(struct crypt_stream *s, unsigned char *ret, slice ad, slice plain, bool last)
{
    unsigned char tag = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    must(crypto_secretstream_xchacha20poly1305_push(stream_state(s), ret, NULL, bytes_of(plain),
                                                    plain.len, bytes_of(ad), ad.len, tag));
}

status crypt_stream_open(struct crypt_stream *s, const unsigned char key[static CRYPT_KEY_BYTES],
                         const unsigned char head[static CRYPT_STREAM_HEAD_BYTES])
{
    int rc = crypto_secretstream_xchacha20poly1305_init_pull(stream_state(s), head, key);
    return rc == 0 ? ST_OK : ST_CORRUPT;
}

status crypt_stream_pull(struct crypt_stream *s, unsigned char *ret, slice ad, slice sealed,
                         bool *ret_last)
{
    unsigned char tag = 0;
    if (sealed.len < CRYPT_STREAM_OVERHEAD)
        return ST_CORRUPT;
    int rc = crypto_secretstream_xchacha20poly1305_pull(
        stream_state(s), ret, NULL, &tag, bytes_of(sealed), sealed.len, bytes_of(ad), ad.len);
    if (rc != 0)
        return ST_CORRUPT;
    *ret_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return ST_OK;
}

void crypt_box_keypair(unsigned char ret_public[static CRYPT_BOX_KEY_BYTES],
                       unsigned char ret_secret[static CRYPT_BOX_KEY_BYTES])
{
    must(crypto_box_keypair(ret_public, ret_secret));
}

void crypt_box_public(unsigned char ret_public[static CRYPT_BOX_KEY_BYTES],
                      const unsigned char secret[static CRYPT_BOX_KEY_BYTES])
{
    must(crypto_scalarmult_base(ret_public, secret));
}

status crypt_box_seal(unsigned char *ret,
                      const unsigned char public_key[static CRYPT_BOX_KEY_BYTES], slice plain)
{
    /* Fails for points of small order, which are no public key of anybody. */
    return crypto_box_seal(ret, bytes_of(plain), plain.len, public_key) == 0 ? ST_OK : ST_INVALID;
}

status crypt_box_open(unsigned char *ret, const unsigned char secret[static CRYPT_BOX_KEY_BYTES],
                      slice sealed)
{
    unsigned char public_key[CRYPT_BOX_KEY_BYTES];
    if (sealed.len < CRYPT_BOX_OVERHEAD)
        return ST_CORRUPT;
    crypt_box_public(public_key, secret);
    int rc = crypto_box_seal_open(ret, bytes_of(sealed), sealed.len, public_key, secret);
    return rc == 0 ? ST_OK : ST_CORRUPT;
}

void crypt_sign_keypair(unsigned char ret_public[static CRYPT_SIGN_PUBLIC_BYTES],
                        unsigned char ret_secret[static CRYPT_SIGN_SECRET_BYTES],
                        const unsigned char seed[static CRYPT_SIGN_SEED_BYTES])
{
    must(crypto_sign_seed_keypair(ret_public, ret_secret, seed));
}

void crypt_sign(unsigned char ret[static CRYPT_SIGNATURE_BYTES],
                const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES], slice message)
{
    must(crypto_sign_detached(ret, NULL, bytes_of(message), message.len, secret));
}

bool crypt_verify(const unsigned char signature[static CRYPT_SIGNATURE_BYTES],
                  const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES], slice message)
{
    return crypto_sign_verify_detached(signature, bytes_of(message), message.len, public_key) == 0;
}

slice crypt_hex(char *ret, const void *bytes, size_t len)
{
    (void)sodium_bin2hex(ret, len * 2 + 1, bytes, len);
    return slice_make(ret, len * 2);
}

bool crypt_hex_decode(void *ret, size_t ret_len, slice hex)
{
    size_t len;
    const char *end;
    if (hex.len != ret_len * 2)
        return false;
    return sodium_hex2bin(ret, ret_len, hex.ptr, hex.len, NULL, &len, &end) == 0 &&
           len == ret_len && end == hex.ptr + hex.len;
}

size_t crypt_base64_len(size_t bytes)
{
    return sodium_base64_encoded_len(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING) - 1;
}

slice crypt_base64url(char *ret, const void *bytes, size_t len)
{
    size_t text_len = crypt_base64_len(len);
    (void)sodium_bin2base64(ret, text_len + 1, bytes, len,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return slice_make(ret, text_len);
}

bool crypt_base64url_decode(void *ret, size_t ret_len, slice text)
{
    size_t len;
    const char *end;
    return sodium_base642bin(ret, ret_len, text.ptr, text.len, NULL, &len, &end,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           len == ret_len && end == text.ptr + text.len;
}
