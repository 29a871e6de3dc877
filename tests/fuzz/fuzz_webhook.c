/* libFuzzer target: a choice, a Stripe-Signature header, a line end, and a body.
 *
 * A body is taken only under a signature that is right, a right one is always taken, and one
 * changed byte of time, signature or body undoes it. Whatever the body, reading it as an event ends
 * well. */
#include "billing_event.h"
#include "stripe_sign.h"

#include "fuzz.h"

#include "base/buf.h"
#include "base/crypt.h"

#include <stdio.h>

enum { NOW_S = 1790000000, BODY_MAX = 2048, HEX = 2 * CRYPT_HASH_BYTES };
#define SECRET "whsec_fuzz"

static bool is_taken(slice header, slice body)
{
    struct error err = {0};
    const struct stripe_signed in = {
        .header = header, .body = body, .secrets = S("old_one " SECRET), .now_s = NOW_S};
    status rc = stripe_signature_check(&in, &err);
    fuzz_need(rc == ST_OK || (rc == ST_INVALID && strcmp(err.code, "invalid_signature") == 0));
    return rc == ST_OK;
}

static slice sign(slice time, slice body, char ret[static HEX + 1])
{
    static char message[BODY_MAX + 64];
    struct crypt_hash mac;
    size_t len = 0;
    slice parts[] = {slice_sub(time, 0, 40), S("."), body};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (parts[i].len)
            memcpy(message + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    crypt_hmac_sha256(&mac, S(SECRET), slice_make(message, len));
    return crypt_hex(ret, mac.bytes, sizeof mac.bytes);
}

/* The input's own header: taken only if it carries the signature of its own time. */
static void check_foreign(slice header, slice body)
{
    char hex[HEX + 1];
    slice rest = header, element, time = S("");
    if (!is_taken(header, body))
        return;
    while (slice_split(&rest, ',', &element))
        if (slice_has_prefix(element, S("t=")))
            time = slice_from(element, 2);
    fuzz_need(time.len > 0 && time.len <= 40);
    fuzz_need(slice_find(header, sign(time, body, hex), &(size_t){0}));
}

/* "t=…,v1=…" of that body, `then` seconds; returns where the signature stands. */
static size_t right_header(int64_t then, slice body, char ret[static 128])
{
    char time[24], hex[HEX + 1];
    (void)snprintf(time, sizeof time, "%lld", (long long)then);
    (void)sign(slice_of(time), body, hex);
    (void)snprintf(ret, 128, "t=%s,v1=%s", time, hex);
    return strlen(ret) - HEX;
}

/* Another scheme's element beside ours changes nothing. */
static void check_beside(slice header, slice extra, slice body)
{
    char text[256];
    bool is_element = extra.len > 0 && extra.len < 100 && !memchr(extra.ptr, ',', extra.len) &&
                      memchr(extra.ptr, '=', extra.len) && !slice_has_prefix(extra, S("t="));
    if (!is_element)
        return;
    memcpy(text, header.ptr, header.len);
    text[header.len] = ',';
    memcpy(text + header.len + 1, extra.ptr, extra.len);
    fuzz_need(is_taken(slice_make(text, header.len + 1 + extra.len), body));
}

/* A right header is taken, up to 300 s off; not when one byte is changed in what was signed. */
static void check_ours(slice extra, slice body, unsigned at, unsigned change)
{
    char header[128];
    static char changed[BODY_MAX];
    int64_t off = (int64_t)(at % 610) - 305;
    size_t hex_at = right_header(NOW_S + off, body, header);
    bool is_near = off >= -STRIPE_TOLERANCE_S && off <= STRIPE_TOLERANCE_S;
    fuzz_need(is_taken(slice_of(header), body) == (body.len > 0 && is_near));
    if (body.len == 0 || !is_near)
        return;
    check_beside(slice_of(header), extra, body);
    if (change == 0)
        return;
    size_t time_len = hex_at - strlen("t=,v1="), where = at % (time_len + HEX + body.len);
    memcpy(changed, body.ptr, body.len);
    if (where < time_len)
        header[2 + where] = (char)(header[2 + where] ^ (char)change);
    else if (where < time_len + HEX)
        header[hex_at + where - time_len] ^= (char)change;
    else
        changed[where - time_len - HEX] ^= (char)change;
    fuzz_need(!is_taken(slice_of(header), slice_make(changed, body.len)));
}

static void check_event(slice body)
{
    struct arena arena;
    struct error err = {0};
    struct billing_event event = {0};
    arena_init(&arena, 1 << 20);
    status rc = billing_event_read(body, &arena, &event, &err);
    if (rc == ST_OK) {
        fuzz_need(event.id.len > 0 && event.id.len <= 255 && event.type.len > 0);
        fuzz_need(event.object_id.len <= 255 && event.customer_id.len <= 255);
        fuzz_need(event.created_ms >= 0 && event.cancel_ms >= 0 && event.period_end_ms >= 0);
        fuzz_need(slice_eq(event.payload, body));
    } else {
        fuzz_need(err.text[0] != '\0');
    }
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static bool ready;
    struct error err;
    slice body = slice_make(data, size < BODY_MAX ? size : BODY_MAX), header = S("");
    if (!ready)
        fuzz_need(crypt_init(&err) == ST_OK);
    ready = true;
    unsigned mode = fuzz_choice(&body), at = fuzz_choice(&body) << 8 | fuzz_choice(&body);
    unsigned change = fuzz_choice(&body);
    if (!slice_split(&body, '\n', &header) || !body.ptr)
        return 0;
    if (mode & 1)
        check_foreign(header, body);
    else
        check_ours(header, body, at, change);
    if (mode & 2)
        check_event(body);
    return 0;
}
