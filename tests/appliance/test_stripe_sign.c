/* Tests of webhook signatures: published vectors, the truth table, both bounds of the time. */
#include "stripe_sign.h"

#include "base/crypt.h"
#include "lib/main.h"

static struct error err;
static const char SECRET[] = "whsec_test_secret";
static const char BODY[] = "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\"}";
static const char V1[] = "dfb4777aaaec4ea29ff455dd4df7fe6b2ef71096ad3a93a158db7e100109ea91";
enum { T = 1700000000 };

static status check_at(const char *header, const char *body, const char *secrets, int64_t now_s)
{
    return stripe_signature_check(&(struct stripe_signed){.header = slice_of(header),
                                                          .body = slice_of(body),
                                                          .secrets = slice_of(secrets),
                                                          .now_s = now_s},
                                  &err);
}

static char header[400];
/* The header with V1 in the place of "%s". */
static const char *signed_by(const char *pattern)
{
    const char *hole = strstr(pattern, "%s");
    (void)snprintf(header, sizeof header, "%.*s%s%s",
                   hole ? (int)(hole - pattern) : (int)strlen(pattern), pattern, hole ? V1 : "",
                   hole ? hole + 2 : "");
    return header;
}

START_TEST(published_vectors_are_accepted)
{
    ck_ok(check_at(signed_by("t=1700000000,v1=%s"), BODY, SECRET, T));
    ck_ok(check_at("t=1760000000,v1="
                   "c44f1486b69df03e8cf6ea8bd1492149243ad9ab6990f161411a0efd002d6b59",
                   "{\"id\":\"evt_2\",\"object\":\"event\",\"data\":{\"object\":{\"name\":\"偏差 é"
                   "\"}}}",
                   SECRET, 1760000000));
}
END_TEST

START_TEST(the_time_is_bounded_on_both_sides)
{
    const char *good = signed_by("t=1700000000,v1=%s");
    ck_ok(check_at(good, BODY, SECRET, T + 300));
    ck_status(check_at(good, BODY, SECRET, T + 301), ST_INVALID);
    ck_ok(check_at(good, BODY, SECRET, T - 300));
    ck_status(check_at(good, BODY, SECRET, T - 301), ST_INVALID);
    ck_status(check_at(good, BODY, SECRET, T - 3600), ST_INVALID);
    ck_assert_str_eq(err.code, "invalid_signature");
}
END_TEST

START_TEST(several_signatures_and_several_secrets)
{
    ck_ok(check_at(signed_by("t=1700000000,v1=0000,v1=%s"), BODY, SECRET, T));
    ck_ok(check_at(signed_by("t=1700000000,v9=abc,v1=%s"), BODY, SECRET, T));
    ck_ok(check_at(signed_by("t=1700000000,v1=%s,v0=00"), BODY, "whsec_old, whsec_test_secret", T));
    ck_ok(check_at(signed_by("v1=%s,t=1700000000"), BODY, "whsec_test_secret\nwhsec_new", T));
    ck_status(check_at(signed_by("t=1700000000,v1=%s"), BODY, "whsec_old,whsec_new", T),
              ST_INVALID);
}
END_TEST

START_TEST(everything_else_is_refused)
{
    char upper[80];
    for (size_t i = 0; i <= strlen(V1); i++)
        upper[i] = (char)(V1[i] >= 'a' && V1[i] <= 'f' ? V1[i] - 32 : V1[i]);
    (void)snprintf(header, sizeof header, "t=1700000000,v1=%s", upper);
    ck_status(check_at(header, BODY, SECRET, T), ST_INVALID);
    const char *const headers[] = {"t=1700000000,v0=%s",
                                   "t=1700000000, v1=%s",
                                   "t=1700000000,t=1700000000,v1=%s",
                                   "v1=%s",
                                   "t=,v1=%s",
                                   "t=1700000000.0,v1=%s",
                                   "t=-1700000000,v1=%s",
                                   "t=99999999999999999999,v1=%s",
                                   "t=1700000000",
                                   "t=1700000000,v1=%sa",
                                   "t=1700000000;v1=%s",
                                   ""};
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++)
        ck_status(check_at(signed_by(headers[i]), BODY, SECRET, T), ST_INVALID);
    const char *good = signed_by("t=1700000000,v1=%s");
    ck_status(check_at(good, "", SECRET, T), ST_INVALID);
    ck_status(check_at(good, "{ \"id\":\"evt_1\"}", SECRET, T), ST_INVALID);
    ck_status(check_at(good, BODY, "", T), ST_INVALID);
    ck_status(check_at(good, BODY, " , ", T), ST_INVALID);
}
END_TEST

START_TEST(no_flipped_bit_of_body_or_signature_is_accepted)
{
    char body[sizeof BODY];
    const char *good = signed_by("t=1700000000,v1=%s");
    for (size_t bit = 0; bit < (sizeof BODY - 1) * 8; bit++) {
        memcpy(body, BODY, sizeof body);
        body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
        if (body[bit / 8] != 0)
            ck_status(check_at(good, body, SECRET, T), ST_INVALID);
    }
    for (size_t bit = 0; bit < strlen(good) * 8; bit++) {
        (void)signed_by("t=1700000000,v1=%s");
        header[bit / 8] = (char)(header[bit / 8] ^ (1 << bit % 8));
        if (header[bit / 8] != 0)
            ck_status(check_at(header, BODY, SECRET, T), ST_INVALID);
    }
}
END_TEST

START_TEST(blank_secrets_are_no_secrets)
{
    ck_assert(stripe_secrets_usable(S("whsec_a")));
    ck_assert(stripe_secrets_usable(S(" whsec_a ,whsec_b")));
    ck_assert(!stripe_secrets_usable(S("")));
    ck_assert(!stripe_secrets_usable(S("  \n")));
    ck_assert(!stripe_secrets_usable(S(",,")));
}
END_TEST

TEST_MAIN("stripe_sign", published_vectors_are_accepted, the_time_is_bounded_on_both_sides,
          several_signatures_and_several_secrets, everything_else_is_refused,
          no_flipped_bit_of_body_or_signature_is_accepted, blank_secrets_are_no_secrets)
