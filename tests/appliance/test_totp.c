/* Tests of one-time codes: the vectors of RFC 4226 and RFC 6238, the window, no step twice. */
#include "base/crypt.h"
#include "lib/main.h"
#include "totp.h"

#include <stdio.h>

static const char rfc_secret[] = "12345678901234567890";

START_TEST(codes_are_those_of_rfc_4226)
{
    static const uint32_t wanted[] = {755224, 287082, 359152, 969429, 338314,
                                      254676, 287922, 162583, 399871, 520489};
    for (uint64_t i = 0; i < ARRAY_COUNT(wanted); i++)
        ck_assert_uint_eq(totp_code(slice_of(rfc_secret), i), wanted[i]);
}
END_TEST

/* The RFC prints eight digits; ours are the last six of them. */
START_TEST(codes_are_those_of_rfc_6238)
{
    static const struct {
        int64_t seconds;
        uint32_t eight;
    } rows[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_uint_eq(totp_code(slice_of(rfc_secret), (uint64_t)rows[i].seconds / 30),
                          rows[i].eight % 1000000);
}
END_TEST

static bool fits(uint64_t code_step, int64_t now_ms, uint64_t last, uint64_t *ret)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%06u", totp_code(slice_of(rfc_secret), code_step));
    return totp_matches(slice_of(rfc_secret), slice_of(text), now_ms, last, ret);
}

START_TEST(one_step_of_clock_difference_is_allowed_and_no_more)
{
    uint64_t step = 0;
    const int64_t now_ms = 1000 * TOTP_STEP_MS + 29999;
    ck_assert(!fits(998, now_ms, 0, &step));
    ck_assert(fits(999, now_ms, 0, &step));
    ck_assert_uint_eq(step, 999);
    ck_assert(fits(1000, now_ms, 0, &step));
    ck_assert(fits(1001, now_ms, 0, &step));
    ck_assert_uint_eq(step, 1001);
    ck_assert(!fits(1002, now_ms, 0, &step));
}
END_TEST

START_TEST(a_step_opens_once)
{
    uint64_t step = 0;
    const int64_t now_ms = 1000 * TOTP_STEP_MS;
    ck_assert(fits(1000, now_ms, 999, &step));
    ck_assert(!fits(1000, now_ms, 1000, &step));
    ck_assert(!fits(999, now_ms, 1000, &step)); /* older than one that was used */
    ck_assert(fits(1001, now_ms, 1000, &step));
}
END_TEST

START_TEST(what_is_not_six_digits_is_refused)
{
    static const char *const wrong[] = {"", "12345", "1234567", "12345a", "-12345", " 12345"};
    uint64_t step;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        ck_assert(!totp_matches(slice_of(rfc_secret), slice_of(wrong[i]), 60000, 0, &step));
    ck_assert(!totp_matches(slice_of(rfc_secret), S("755224"), 0, 0, &step));
}
END_TEST

START_TEST(secrets_are_shown_in_base_32)
{
    char text[TOTP_SECRET_TEXT + 1];
    ck_assert(slice_eq(totp_secret_text(text, (const unsigned char *)rfc_secret),
                       S("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")));
}
END_TEST

START_TEST(recovery_codes_are_random_and_well_formed)
{
    char one[TOTP_RECOVERY_TEXT + 1];
    char two[TOTP_RECOVERY_TEXT + 1];
    totp_recovery_make(one);
    totp_recovery_make(two);
    ck_assert(totp_recovery_well_formed(slice_of(one)));
    ck_assert(!slice_eq(slice_of(one), slice_of(two)));
    one[5] = 'a';
    ck_assert(!totp_recovery_well_formed(slice_of(one)));
    two[0] = '0';
    ck_assert(!totp_recovery_well_formed(slice_of(two)));
    ck_assert(!totp_recovery_well_formed(S("123456")));
}
END_TEST

TEST_MAIN("totp", codes_are_those_of_rfc_4226, codes_are_those_of_rfc_6238,
          one_step_of_clock_difference_is_allowed_and_no_more, a_step_opens_once,
          what_is_not_six_digits_is_refused, secrets_are_shown_in_base_32,
          recovery_codes_are_random_and_well_formed)
