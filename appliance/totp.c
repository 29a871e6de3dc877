/* HMAC-SHA1 and what RFC 4226 and RFC 6238 make of it. */
#include "totp.h"

#include "base/bigend.h"
#include "base/crypt.h"

#include <string.h>

enum { SHA1_BYTES = 20, SHA1_BLOCK = 64, MESSAGE_BYTES = 8, CODE_RANGE = 1000000 };

/* Lower case without the letters and digits that are mistaken for each other. */
static const char recovery_letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

/* --- SHA-1 (FIPS 180-4, section 6.1), for the short messages of HMAC only ------------------------
 */

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t sha1_mix(size_t round, const uint32_t v[static 5])
{
    if (round < 20)
        return ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5A827999U;
    if (round < 40)
        return (v[1] ^ v[2] ^ v[3]) + 0x6ED9EBA1U;
    if (round < 60)
        return ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8F1BBCDCU;
    return (v[1] ^ v[2] ^ v[3]) + 0xCA62C1D6U;
}

static void sha1_block(uint32_t state[static 5], const unsigned char block[static SHA1_BLOCK])
{
    uint32_t w[80];
    uint32_t v[5];
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, state, sizeof v);
    for (size_t i = 0; i < 80; i++) {
        uint32_t next = rotate(v[0], 5) + sha1_mix(i, v) + v[4] + w[i];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (size_t i = 0; i < 5; i++)
        state[i] += v[i];
    crypt_wipe(w, sizeof w);
}

/* SHA-1 of one whole block and a tail of at most 32 bytes. */
static void sha1_two(unsigned char ret[static SHA1_BYTES],
                     const unsigned char first[static SHA1_BLOCK], const unsigned char *tail,
                     size_t tail_len)
{
    uint32_t state[5] = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
    unsigned char last[SHA1_BLOCK] = {0};
    size_t bits = (SHA1_BLOCK + tail_len) * 8;
    memcpy(last, tail, tail_len);
    last[tail_len] = 0x80;
    last[SHA1_BLOCK - 2] = (unsigned char)(bits >> 8);
    last[SHA1_BLOCK - 1] = (unsigned char)bits;
    sha1_block(state, first);
    sha1_block(state, last);
    for (size_t i = 0; i < SHA1_BYTES; i++)
        ret[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* --- HMAC (RFC 2104) and the code ---------------------------------------------------------------
 */

static void hmac_sha1(unsigned char ret[static SHA1_BYTES], slice key,
                      const unsigned char message[static MESSAGE_BYTES])
{
    unsigned char inner[SHA1_BLOCK];
    unsigned char outer[SHA1_BLOCK];
    unsigned char digest[SHA1_BYTES];
    for (size_t i = 0; i < SHA1_BLOCK; i++) {
        unsigned char byte = i < key.len ? (unsigned char)key.ptr[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5C;
    }
    sha1_two(digest, inner, message, MESSAGE_BYTES);
    sha1_two(ret, outer, digest, sizeof digest);
    crypt_wipe(inner, sizeof inner);
    crypt_wipe(outer, sizeof outer);
}

uint32_t totp_code(slice secret, uint64_t step)
{
    unsigned char message[MESSAGE_BYTES];
    unsigned char mac[SHA1_BYTES];
    bigend_put(message, step);
    hmac_sha1(mac, secret, message);
    size_t at = mac[SHA1_BYTES - 1] & 15;
    uint32_t number = (uint32_t)(mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
                      (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    return number % CODE_RANGE;
}

bool totp_matches(slice secret, slice given, int64_t now_ms, uint64_t last_step, uint64_t *ret_step)
{
    uint64_t wanted;
    bool found = false;
    if (now_ms < TOTP_STEP_MS || given.len != TOTP_DIGITS || !slice_to_u64(given, &wanted))
        return false;
    uint64_t now = (uint64_t)(now_ms / TOTP_STEP_MS);
    for (uint64_t step = now - 1; step <= now + 1; step++) {
        uint32_t code = totp_code(secret, step);
        uint32_t number = (uint32_t)wanted;
        if (crypt_equal(&code, &number, sizeof code) && step > last_step && !found) {
            found = true;
            *ret_step = step;
        }
    }
    return found;
}

/* --- texts --------------------------------------------------------------------------------------
 */

slice totp_secret_text(char ret[static TOTP_SECRET_TEXT + 1],
                       const unsigned char secret[static TOTP_SECRET_BYTES])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < TOTP_SECRET_TEXT; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)secret[bit / 8] << 8;
        if (bit / 8 + 1 < TOTP_SECRET_BYTES)
            pair |= secret[bit / 8 + 1];
        ret[i] = letters[pair >> (11 - bit % 8) & 31];
    }
    ret[TOTP_SECRET_TEXT] = 0;
    return slice_make(ret, TOTP_SECRET_TEXT);
}

void totp_recovery_make(char ret[static TOTP_RECOVERY_TEXT + 1])
{
    unsigned char bytes[TOTP_RECOVERY_TEXT];
    crypt_random(bytes, sizeof bytes);
    for (size_t i = 0; i < TOTP_RECOVERY_TEXT; i++)
        ret[i] = recovery_letters[bytes[i] % 32];
    ret[TOTP_RECOVERY_TEXT / 2] = '-';
    ret[TOTP_RECOVERY_TEXT] = 0;
    crypt_wipe(bytes, sizeof bytes);
}

bool totp_recovery_well_formed(slice given)
{
    if (given.len != TOTP_RECOVERY_TEXT)
        return false;
    for (size_t i = 0; i < given.len; i++)
        if (i == TOTP_RECOVERY_TEXT / 2 ? given.ptr[i] != '-'
                                        : !memchr(recovery_letters, given.ptr[i], 32))
            return false;
    return true;
}
