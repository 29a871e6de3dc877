/* Cryptography in one place (libsodium): hashes, sealing, signatures, randomness, comparison,
 * wiping.
 *
 * Call crypt_init once before anything else. All functions are safe in any thread. */
#ifndef BASE_CRYPT_H
#define BASE_CRYPT_H

#include "base/slice.h"
#include "base/status.h"

enum {
    CRYPT_HASH_BYTES = 32,    /* BLAKE2b-256, SHA-256 */
    CRYPT_KEY_BYTES = 32,     /* master, table and pepper keys */
    CRYPT_TAG_BYTES = 16,     /* keyed BLAKE2b-128 */
    CRYPT_SEAL_OVERHEAD = 40, /* 24 nonce + 16 tag */
    CRYPT_SIGN_PUBLIC_BYTES = 32,
    CRYPT_SIGN_SECRET_BYTES = 64,
    CRYPT_SIGN_SEED_BYTES = 32,
    CRYPT_SIGNATURE_BYTES = 64,
    CRYPT_PASSWORD_MAX = 128, /* bytes of an Argon2id string with its NUL */
    CRYPT_STREAM_HEAD_BYTES = 24,
    CRYPT_STREAM_OVERHEAD = 17, /* per piece: 1 tag byte + 16 of Poly1305 */
    CRYPT_BOX_KEY_BYTES = 32,   /* X25519, public and secret */
    CRYPT_BOX_OVERHEAD = 48,    /* 32 ephemeral key + 16 tag */
    CRYPT_SALT_BYTES = 16,
};

struct crypt_hash {
    unsigned char bytes[CRYPT_HASH_BYTES];
};

status crypt_init(struct error *err);

void crypt_random(void *ret, size_t len);
/* For names that are not secret: from a store of each thread, which asks the system only now and
 * then. At most 64 bytes. */
void crypt_random_name(void *ret, size_t len);
bool crypt_equal(const void *a, const void *b, size_t len); /* constant time */
void crypt_wipe(void *ptr, size_t len);

/* BLAKE2b-256; key empty or 16..64 bytes. */
void crypt_hash(struct crypt_hash *ret, slice key, slice data);
/* Keyed BLAKE2b-128 over two parts (associated data, value). */
void crypt_tag(unsigned char ret[static CRYPT_TAG_BYTES], slice key, slice ad, slice data);
/* A 32-byte sub-key for `id` and an 8-character context (crypto_kdf). */
void crypt_derive(unsigned char ret[static CRYPT_KEY_BYTES],
                  const unsigned char master[static CRYPT_KEY_BYTES], uint64_t id,
                  const char context[static 8]);

void crypt_sha256(struct crypt_hash *ret, slice data);
void crypt_hmac_sha256(struct crypt_hash *ret, slice key, slice data);

/* SHA-256 of a stream. */
struct crypt_sha256_stream {
    unsigned char opaque[128];
};
void crypt_sha256_begin(struct crypt_sha256_stream *s);
void crypt_sha256_more(struct crypt_sha256_stream *s, slice data);
void crypt_sha256_end(struct crypt_sha256_stream *s, struct crypt_hash *ret);

/* XChaCha20-Poly1305 with a random nonce in front: ret gets plain.len + CRYPT_SEAL_OVERHEAD bytes.
 */
void crypt_seal(unsigned char *ret, const unsigned char key[static CRYPT_KEY_BYTES], slice ad,
                slice plain);
/* The reverse; ret gets sealed.len - CRYPT_SEAL_OVERHEAD bytes. ST_CORRUPT when the tag differs. */
status crypt_open(unsigned char *ret, const unsigned char key[static CRYPT_KEY_BYTES], slice ad,
                  slice sealed);

/* Argon2id, 19 MiB, 2 passes (decisions.md): about 20 ms, never on an event loop. */
status crypt_password_hash(char ret[static CRYPT_PASSWORD_MAX], slice password, struct error *err);
bool crypt_password_matches(const char *hash, slice password);

/* A key out of a passphrase: Argon2id, 64 MiB, 4 passes: a third of a second. The numbers belong to
 * the format of backups. ST_NO_MEMORY. */
status crypt_passphrase_key(unsigned char ret[static CRYPT_KEY_BYTES], slice passphrase,
                            const unsigned char salt[static CRYPT_SALT_BYTES], struct error *err);

/* XChaCha20-Poly1305 over a stream of pieces (crypto_secretstream): order, number and end are
 * authenticated, too. One thread at a time; wipe it with crypt_wipe. */
struct crypt_stream {
    unsigned char opaque[64];
};
void crypt_stream_begin(struct crypt_stream *s, const unsigned char key[static CRYPT_KEY_BYTES],
                        unsigned char ret_head[static CRYPT_STREAM_HEAD_BYTES]);
/* ret gets plain.len + CRYPT_STREAM_OVERHEAD bytes; `last` marks the end. */
void crypt_stream_push(struct crypt_stream *s, unsigned char *ret, slice ad, slice plain,
                       bool last);
status crypt_stream_open(struct crypt_stream *s, const unsigned char key[static CRYPT_KEY_BYTES],
                         const unsigned char head[static CRYPT_STREAM_HEAD_BYTES]);
/* ret gets sealed.len - CRYPT_STREAM_OVERHEAD bytes. ST_CORRUPT: damaged, or another key. */
status crypt_stream_pull(struct crypt_stream *s, unsigned char *ret, slice ad, slice sealed,
                         bool *ret_last);

/* To a public key (crypto_box_seal): whoever has the secret opens, the sender is anonymous. */
void crypt_box_keypair(unsigned char ret_public[static CRYPT_BOX_KEY_BYTES],
                       unsigned char ret_secret[static CRYPT_BOX_KEY_BYTES]);
void crypt_box_public(unsigned char ret_public[static CRYPT_BOX_KEY_BYTES],
                      const unsigned char secret[static CRYPT_BOX_KEY_BYTES]);
/* ret gets plain.len + CRYPT_BOX_OVERHEAD bytes; ST_INVALID: no such public key. */
status crypt_box_seal(unsigned char *ret,
                      const unsigned char public_key[static CRYPT_BOX_KEY_BYTES], slice plain);
/* ret gets sealed.len - CRYPT_BOX_OVERHEAD bytes. ST_CORRUPT: not for this key, or damaged. */
status crypt_box_open(unsigned char *ret, const unsigned char secret[static CRYPT_BOX_KEY_BYTES],
                      slice sealed);

/* Ed25519 */
void crypt_sign_keypair(unsigned char ret_public[static CRYPT_SIGN_PUBLIC_BYTES],
                        unsigned char ret_secret[static CRYPT_SIGN_SECRET_BYTES],
                        const unsigned char seed[static CRYPT_SIGN_SEED_BYTES]);
void crypt_sign(unsigned char ret[static CRYPT_SIGNATURE_BYTES],
                const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES], slice message);
bool crypt_verify(const unsigned char signature[static CRYPT_SIGNATURE_BYTES],
                  const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES], slice message);

/* Lower-case hex and base64url without padding. ret needs 2 * len + 1, or crypt_base64_len(len) + 1
 * bytes; both write a NUL and return the text. The decoders want exactly ret_len bytes back. */
slice crypt_hex(char *ret, const void *bytes, size_t len);
bool crypt_hex_decode(void *ret, size_t ret_len, slice hex);
size_t crypt_base64_len(size_t bytes);
slice crypt_base64url(char *ret, const void *bytes, size_t len);
bool crypt_base64url_decode(void *ret, size_t ret_len, slice text);

#endif
