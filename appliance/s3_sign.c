/* Canonical request, string to sign, derived key, signature. */
#include "s3_sign.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypt.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { CANONICAL_MAX = 64 << 10, KEY_MAX = 256, DAY_LEN = 8, DATE_LEN = 16 };

/* --- encoding -----------------------------------------------------------------------------------
 */

static bool is_unreserved(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

slice s3_encode(slice text, bool keep_slash, struct arena *arena)
{
    struct buf out;
    buf_init_arena(&out, arena, CANONICAL_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.ptr[i]) || (keep_slash && text.ptr[i] == '/'))
            buf_put_byte(&out, text.ptr[i]);
        else
            buf_printf(&out, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
    }
    if (out.overflow)
        arena->overflow = true;
    return buf_slice(&out);
}

static int by_name_then_value(const void *a, const void *b)
{
    const struct s3_pair *one = (const struct s3_pair *)a;
    const struct s3_pair *two = (const struct s3_pair *)b;
    int order = slice_cmp(one->name, two->name);
    return order != 0 ? order : slice_cmp(one->value, two->value);
}

static slice query_encode(const struct s3_pair *pairs, size_t count, struct arena *arena)
{
    struct s3_pair sorted[2 * S3_PAIRS_MAX];
    struct buf out;
    assert(count <= ARRAY_COUNT(sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct s3_pair){s3_encode(pairs[i].name, false, arena),
                                     s3_encode(pairs[i].value, false, arena)};
    qsort(sorted, count, sizeof *sorted, by_name_then_value);
    buf_init_arena(&out, arena, CANONICAL_MAX);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%s%.*s=%.*s", i > 0 ? "&" : "", SLICE_ARG(sorted[i].name),
                   SLICE_ARG(sorted[i].value));
    if (out.overflow)
        arena->overflow = true;
    return buf_slice(&out);
}

/* --- the canonical request ----------------------------------------------------------------------
 */

struct signing {
    const struct s3_credentials *credentials;
    const struct s3_question *question;
    struct arena *arena;
    struct s3_pair headers[2 * S3_PAIRS_MAX];
    size_t header_count;
    slice names; /* "host;x-amz-date" */
    slice scope; /* "20260102/us-east-1/s3/aws4_request" */
};

static void header_add(struct signing *signing, slice name, slice value)
{
    assert(signing->header_count < ARRAY_COUNT(signing->headers));
    signing->headers[signing->header_count++] = (struct s3_pair){name, value};
}

/* Trimmed, runs of blanks inside are one blank. */
static void put_value(struct buf *out, slice value)
{
    value = slice_trim(value);
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] != ' ' || value.ptr[i - 1] != ' ')
            buf_put_byte(out, value.ptr[i]);
}

static void names_join(struct signing *signing)
{
    struct buf out;
    qsort(signing->headers, signing->header_count, sizeof *signing->headers, by_name_then_value);
    buf_init_arena(&out, signing->arena, CANONICAL_MAX);
    for (size_t i = 0; i < signing->header_count; i++)
        buf_printf(&out, "%s%.*s", i > 0 ? ";" : "", SLICE_ARG(signing->headers[i].name));
    signing->names = buf_slice(&out);
}

static void canonical_write(struct signing *signing, slice payload, struct s3_signature *ret)
{
    struct buf out;
    buf_init_arena(&out, signing->arena, CANONICAL_MAX);
    buf_printf(&out, "%s\n%.*s\n%.*s\n", signing->question->method, SLICE_ARG(ret->path),
               SLICE_ARG(ret->query));
    for (size_t i = 0; i < signing->header_count; i++) {
        buf_put(&out, signing->headers[i].name);
        buf_put_byte(&out, ':');
        put_value(&out, signing->headers[i].value);
        buf_put_byte(&out, '\n');
    }
    buf_printf(&out, "\n%.*s\n%.*s", SLICE_ARG(signing->names), SLICE_ARG(payload));
    if (out.overflow)
        signing->arena->overflow = true;
    ret->canonical = buf_slice(&out);
}

/* --- the signature ------------------------------------------------------------------------------
 */

static void step(struct crypt_hash *key, slice data)
{
    struct crypt_hash next;
    crypt_hmac_sha256(&next, slice_make(key->bytes, sizeof key->bytes), data);
    *key = next;
    crypt_wipe(&next, sizeof next);
}

static slice hex_of(const struct crypt_hash *hash, struct arena *arena)
{
    char *text = (char *)arena_alloc(arena, 2 * CRYPT_HASH_BYTES + 1);
    return text ? crypt_hex(text, hash->bytes, sizeof hash->bytes) : S("");
}

static void signature_make(struct signing *signing, struct s3_signature *ret)
{
    struct crypt_hash hash, key;
    char first[KEY_MAX];
    const struct s3_credentials *credentials = signing->credentials;
    crypt_sha256(&hash, ret->canonical);
    ret->to_sign =
        arena_printf(signing->arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s", SLICE_ARG(ret->date),
                     SLICE_ARG(signing->scope), SLICE_ARG(hex_of(&hash, signing->arena)));
    int len = snprintf(first, sizeof first, "AWS4%.*s", SLICE_ARG(credentials->secret_key));
    if (len >= (int)sizeof first) /* no such secret exists */
        signing->arena->overflow = true;
    crypt_hmac_sha256(&key, slice_of(first), slice_sub(ret->date, 0, DAY_LEN));
    step(&key, credentials->region);
    step(&key, S("s3"));
    step(&key, S("aws4_request"));
    crypt_hmac_sha256(&hash, slice_make(key.bytes, sizeof key.bytes), ret->to_sign);
    ret->signature = hex_of(&hash, signing->arena);
    crypt_wipe(first, sizeof first);
    crypt_wipe(&key, sizeof key);
}

static void begin(struct signing *signing, const struct s3_credentials *credentials,
                  const struct s3_question *question, struct arena *arena, struct s3_signature *ret)
{
    struct civil at = civil_from_ms(question->now_ms);
    *signing = (struct signing){.credentials = credentials, .question = question, .arena = arena};
    *ret = (struct s3_signature){.authorization = S("")};
    assert(question->query_count <= S3_PAIRS_MAX);
    assert(question->header_count <= S3_PAIRS_MAX);
    ret->date = arena_printf(arena, "%04d%02d%02dT%02d%02d%02dZ", at.year, at.month, at.day,
                             at.hour, at.minute, at.second);
    ret->path = s3_encode(question->path, true, arena);
    signing->scope =
        arena_printf(arena, "%.*s/%.*s/s3/aws4_request",
                     SLICE_ARG(slice_sub(ret->date, 0, DAY_LEN)), SLICE_ARG(credentials->region));
    header_add(signing, S("host"), question->host);
}

status s3_sign(const struct s3_credentials *credentials, const struct s3_question *question,
               struct arena *arena, struct s3_signature *ret, struct error *err)
{
    struct signing signing;
    begin(&signing, credentials, question, arena, ret);
    ret->query = query_encode(question->query, question->query_count, arena);
    for (size_t i = 0; i < question->header_count; i++)
        header_add(&signing, question->headers[i].name, question->headers[i].value);
    header_add(&signing, S("x-amz-content-sha256"), question->payload);
    header_add(&signing, S("x-amz-date"), ret->date);
    if (credentials->session_token.len > 0)
        header_add(&signing, S("x-amz-security-token"), credentials->session_token);
    names_join(&signing);
    canonical_write(&signing, question->payload, ret);
    signature_make(&signing, ret);
    ret->authorization = arena_printf(
        arena, "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
        SLICE_ARG(credentials->access_key), SLICE_ARG(signing.scope), SLICE_ARG(signing.names),
        SLICE_ARG(ret->signature));
    return arena_check(arena, err);
}

status s3_presign(const struct s3_credentials *credentials, const struct s3_question *question,
                  uint32_t seconds, struct arena *arena, struct s3_signature *ret,
                  struct error *err)
{
    struct signing signing;
    struct s3_pair query[2 * S3_PAIRS_MAX];
    size_t count = 0;
    assert(seconds >= 1);
    assert(seconds <= 604800);
    begin(&signing, credentials, question, arena, ret);
    for (size_t i = 0; i < question->query_count; i++)
        query[count++] = question->query[i];
    query[count++] = (struct s3_pair){S("X-Amz-Algorithm"), S("AWS4-HMAC-SHA256")};
    query[count++] = (struct s3_pair){
        S("X-Amz-Credential"), arena_printf(arena, "%.*s/%.*s", SLICE_ARG(credentials->access_key),
                                            SLICE_ARG(signing.scope))};
    query[count++] = (struct s3_pair){S("X-Amz-Date"), ret->date};
    query[count++] = (struct s3_pair){S("X-Amz-Expires"), arena_printf(arena, "%u", seconds)};
    query[count++] = (struct s3_pair){S("X-Amz-SignedHeaders"), S("host")};
    if (credentials->session_token.len > 0)
        query[count++] = (struct s3_pair){S("X-Amz-Security-Token"), credentials->session_token};
    ret->query = query_encode(query, count, arena);
    names_join(&signing);
    canonical_write(&signing, S("UNSIGNED-PAYLOAD"), ret);
    signature_make(&signing, ret);
    ret->query = arena_printf(arena, "%.*s&X-Amz-Signature=%.*s", SLICE_ARG(ret->query),
                              SLICE_ARG(ret->signature));
    return arena_check(arena, err);
}
