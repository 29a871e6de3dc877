/* Checks the signature of a webhook; see stripe_sign.h. */
#include "stripe_sign.h"

#include "base/buf.h"
#include "base/crypt.h"

#include <stdio.h>

enum { HEX_LEN = 2 * CRYPT_HASH_BYTES, SIGNED_MAX = (1 << 20) + 32 };

struct header {
    slice t;
    slice v1[STRIPE_SIGNATURES_MAX];
    size_t count;
};

#define REFUSE(err, text) error_code(err, ST_INVALID, "invalid_signature", text)

static bool header_read(slice text, struct header *ret)
{
    slice element;
    size_t elements = 0;
    *ret = (struct header){0};
    while (slice_split(&text, ',', &element)) {
        slice name;
        slice value = element;
        if (++elements > STRIPE_SIGNATURES_MAX || !slice_split(&value, '=', &name) || !value.ptr)
            return false;
        if (slice_eq(name, S("t"))) {
            if (ret->t.ptr)
                return false; /* which one was signed? */
            ret->t = value;
        } else if (slice_eq(name, S("v1"))) {
            ret->v1[ret->count++] = value;
        }
    }
    return ret->t.ptr && ret->count > 0;
}

static bool is_lower_hex(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
              (text.ptr[i] >= 'a' && text.ptr[i] <= 'f')))
            return false;
    return text.len == HEX_LEN;
}

/* The next secret of the list; false at its end. */
static bool secret_next(slice *rest, slice *ret)
{
    while (rest->len > 0) {
        size_t end = 0;
        while (end < rest->len && !memchr(", \t\r\n", rest->ptr[end], 5))
            end++;
        *ret = slice_sub(*rest, 0, end);
        *rest = slice_from(*rest, end + 1);
        if (ret->len > 0)
            return true;
    }
    return false;
}

bool stripe_secrets_usable(slice secrets)
{
    slice secret;
    return secret_next(&secrets, &secret);
}

/* No early end: how many signatures match tells nothing by its time. */
static bool any_matches(const struct header *header, const struct crypt_hash *expected)
{
    unsigned char given[CRYPT_HASH_BYTES];
    bool found = false;
    for (size_t i = 0; i < header->count; i++)
        if (is_lower_hex(header->v1[i]) && crypt_hex_decode(given, sizeof given, header->v1[i]))
            found |= crypt_equal(given, expected->bytes, sizeof given);
    return found;
}

static status signature_match(const struct header *header, const struct stripe_signed *in,
                              struct error *err)
{
    struct buf message;
    slice rest = in->secrets;
    slice secret;
    bool found = false;
    buf_init(&message, SIGNED_MAX);
    buf_put(&message, header->t);
    buf_put_byte(&message, '.');
    buf_put(&message, in->body);
    status rc = buf_check(&message, err);
    for (int i = 0; rc == ST_OK && i < STRIPE_SECRETS_MAX && secret_next(&rest, &secret); i++) {
        struct crypt_hash expected;
        crypt_hmac_sha256(&expected, secret, buf_slice(&message));
        found |= any_matches(header, &expected);
    }
    buf_finish(&message);
    if (rc == ST_OK && !found)
        return REFUSE(err, "no signature matches this body");
    return rc;
}

status stripe_signature_check(const struct stripe_signed *in, struct error *err)
{
    struct header header;
    uint64_t t;
    if (in->body.len == 0)
        return REFUSE(err, "the body is empty");
    if (!header_read(in->header, &header))
        return REFUSE(err, "the Stripe-Signature header is missing or not well-formed");
    if (!slice_to_u64(header.t, &t) || t > INT64_MAX / 2)
        return REFUSE(err, "the time of the signature is not a number");
    if (in->now_s - (int64_t)t > STRIPE_TOLERANCE_S || (int64_t)t - in->now_s > STRIPE_TOLERANCE_S)
        return REFUSE(err, "the time of the signature is more than 300 s from this clock");
    return signature_match(&header, in, err);
}
#undef REFUSE
