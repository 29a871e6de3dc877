/* libFuzzer target: any bytes as a licence, and a genuine one that is edited.
 *
 * There is one text per licence: nothing but what the vendor's key signed is taken. The first byte
 * chooses: the rest is the text, or edits (place, byte) of the genuine one. */
#include "license.h"

#include "fuzz.h"

#include <stdio.h>

static const unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {1, 2, 3};
static struct license_keys keys;
static char genuine[LICENSE_TEXT_MAX];
static size_t genuine_len;

static void prepare(void)
{
    struct error err;
    struct buf text;
    struct license license = {.id = "lic_1",
                              .licensee = "Universität 测试",
                              .plan = PLAN_BUSINESS,
                              .seats = 5,
                              .analyses_per_month = 1000,
                              .issued_ms = INT64_C(1764547200000),
                              .not_before_ms = INT64_C(1764547200000),
                              .not_after_ms = INT64_C(1796083200000)};
    fuzz_need(crypt_init(&err) == ST_OK);
    buf_init(&text, LICENSE_TEXT_MAX);
    fuzz_need(license_sign(&license, seed, &text, &err) == ST_OK);
    memcpy(genuine, text.ptr, text.len);
    genuine_len = text.len - 1; /* without its line end */
    buf_finish(&text);
    memcpy(keys.key[0], license.public_key, sizeof license.public_key);
    keys.count = 1;
}

static bool is_genuine(slice text)
{
    if (slice_has_suffix(text, S("\n")))
        text.len -= slice_has_suffix(text, S("\r\n")) ? 2 : 1;
    return slice_eq(text, slice_make(genuine, genuine_len));
}

static void check(slice text)
{
    struct license license;
    struct error err = {0};
    status rc = license_read(text, &keys, &license, &err);
    fuzz_need((rc == ST_OK) == is_genuine(text));
    if (rc != ST_OK) {
        fuzz_need((rc == ST_INVALID || rc == ST_VERIFY) && err.text[0]);
        return;
    }
    fuzz_need(license.seats == 5 && license.plan == PLAN_BUSINESS);
    for (int day = -400; day < 800; day += 7) { /* a moment belongs to one state, in order */
        static const enum license_state order[] = {LICENSE_FUTURE, LICENSE_VALID, LICENSE_EXPIRING,
                                                   LICENSE_GRACE, LICENSE_EXPIRED};
        static size_t at;
        enum license_state state =
            license_state_at(&license, S(""), license.not_before_ms + day * LICENSE_DAY_MS);
        at = day == -400 ? 0 : at;
        while (at < ARRAY_COUNT(order) && order[at] != state)
            at++;
        fuzz_need(at < ARRAY_COUNT(order));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static char edited[LICENSE_TEXT_MAX + 8];
    slice input = slice_make(data, size);
    if (keys.count == 0)
        prepare();
    unsigned mode = fuzz_choice(&input);
    if (!(mode & 1)) {
        check(input);
        return 0;
    }
    size_t len = genuine_len;
    memcpy(edited, genuine, len);
    while (input.len >= 3) {
        size_t at = (fuzz_choice(&input) << 8 | fuzz_choice(&input)) % (len + 1);
        char byte = (char)fuzz_choice(&input);
        if (mode & 2 && len < LICENSE_TEXT_MAX) { /* put in */
            memmove(edited + at + 1, edited + at, len - at);
            len++;
        }
        if (mode & 4 && !(mode & 2) && at < len) { /* take out */
            memmove(edited + at, edited + at + 1, len - at - 1);
            len--;
        } else if (at < len) {
            edited[at] = byte;
        }
    }
    check(slice_make(edited, len));
    return 0;
}
