/* Tests of licences: one text per licence, no bit may flip, states at the edges of their times. */
#include "license.h"

#include "base/clock.h"
#include "base/file.h"
#include "lib/main.h"

#include <unistd.h>

static struct error err;
static const unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {1, 2, 3};
static const int64_t BEGIN_MS = INT64_C(1764547200000); /* 2025-12-01 */
static const int64_t END_MS = INT64_C(1796083200000);   /* 2026-12-01 */

static struct license sample(void)
{
    return (struct license){.id = "lic_1",
                            .licensee = "Universität 测试",
                            .plan = PLAN_BUSINESS,
                            .seats = 5,
                            .analyses_per_month = 1000,
                            .issued_ms = BEGIN_MS,
                            .not_before_ms = BEGIN_MS,
                            .not_after_ms = END_MS};
}

static struct license_keys keys_of(const struct license *license)
{
    struct license_keys keys = {.count = 1};
    memcpy(keys.key[0], license->public_key, sizeof license->public_key);
    return keys;
}

/* Signs into `out` and returns the keys that trust it. */
static struct license_keys sign(struct license *license, struct buf *out)
{
    buf_init(out, LICENSE_TEXT_MAX);
    ck_ok(license_sign(license, seed, out, &err));
    return keys_of(license);
}

START_TEST(a_signed_licence_reads_back_as_it_was)
{
    struct license in = sample();
    struct license got;
    struct buf text;
    (void)snprintf(in.host_id, sizeof in.host_id, "0123456789abcdef0123456789abcdef");
    struct license_keys keys = sign(&in, &text);
    ck_ok(license_read(buf_slice(&text), &keys, &got, &err));
    ck_assert_str_eq(got.id, in.id);
    ck_assert_str_eq(got.licensee, in.licensee);
    ck_assert_str_eq(got.host_id, in.host_id);
    ck_assert_int_eq(got.plan, PLAN_BUSINESS);
    ck_assert_uint_eq(got.seats, 5);
    ck_assert_uint_eq(got.analyses_per_month, 1000);
    ck_assert_int_eq(got.not_before_ms, BEGIN_MS);
    ck_assert_int_eq(got.not_after_ms, END_MS);
    /* Without a line end, or with that of another system, it is the same licence. */
    ck_ok(license_read(slice_make(text.ptr, text.len - 1), &keys, &got, &err));
    text.len--;
    buf_put(&text, S("\r\n"));
    ck_ok(license_read(buf_slice(&text), &keys, &got, &err));
    buf_finish(&text);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
    struct license in = sample();
    struct license got;
    struct buf text;
    struct license_keys keys = sign(&in, &text);
    size_t refused = 0;
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        text.ptr[bit / 8] = (char)(text.ptr[bit / 8] ^ (1 << bit % 8));
        status rc = license_read(buf_slice(&text), &keys, &got, &err);
        ck_assert_msg(rc == ST_INVALID || rc == ST_VERIFY, "bit %zu: %s", bit, status_slug(rc));
        refused++;
        text.ptr[bit / 8] = (char)(text.ptr[bit / 8] ^ (1 << bit % 8));
    }
    ck_assert_uint_eq(refused, text.len * 8);
    ck_ok(license_read(buf_slice(&text), &keys, &got, &err));
    buf_finish(&text);
}
END_TEST

START_TEST(every_truncation_and_every_extension_is_refused)
{
    struct license in = sample();
    struct license got;
    struct buf text;
    struct license_keys keys = sign(&in, &text);
    for (size_t n = 0; n + 1 < text.len; n++)
        ck_assert_int_ne(license_read(slice_make(text.ptr, n), &keys, &got, &err), ST_OK);
    buf_put_byte(&text, '\n');
    ck_assert_int_ne(license_read(buf_slice(&text), &keys, &got, &err), ST_OK);
    buf_finish(&text);
}
END_TEST

START_TEST(another_spelling_of_the_same_licence_is_refused)
{
    struct license in = sample();
    struct license got;
    struct buf text;
    struct license_keys keys = sign(&in, &text);
    struct buf spaced;
    buf_init(&spaced, LICENSE_TEXT_MAX);
    buf_put(&spaced, S("{ "));
    buf_put(&spaced, slice_from(buf_slice(&text), 1));
    ck_status(license_read(buf_slice(&spaced), &keys, &got, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "license_changed");
    buf_finish(&spaced);
    buf_finish(&text);
}
END_TEST

START_TEST(only_trusted_keys_count)
{
    struct license in = sample();
    struct license got;
    struct buf text;
    struct license_keys keys = sign(&in, &text);
    struct license_keys built_in;
    ck_ok(license_keys_load(NULL, &built_in, &err));
    ck_assert_uint_le(built_in.count, LICENSE_KEYS_MAX);
    ck_status(license_read(buf_slice(&text), &built_in, &got, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "license_signer");
    keys.count = 0;
    ck_status(license_read(buf_slice(&text), &keys, &got, &err), ST_VERIFY);
    buf_finish(&text);
}
END_TEST

START_TEST(a_file_of_keys_adds_to_the_built_in_ones)
{
    struct license_keys built_in;
    struct license_keys keys;
    struct license in = sample();
    struct license got;
    struct buf text;
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    char file[200];
    const char *path = "/tmp/sleuth-license-keys";
    (void)sign(&in, &text);
    ck_ok(license_keys_load(NULL, &built_in, &err));
    (void)crypt_hex(hex, in.public_key, sizeof in.public_key);
    (void)snprintf(file, sizeof file, "# ours\n\n%s # main\n", hex);
    ck_ok(file_replace(path, slice_of(file), 0600, &err));
    ck_ok(license_keys_load(path, &keys, &err));
    ck_assert_uint_eq(keys.count, built_in.count + 1);
    ck_ok(license_read(buf_slice(&text), &keys, &got, &err));
    ck_ok(file_replace(path, S("\nabc\n"), 0600, &err));
    ck_status(license_keys_load(path, &keys, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, ":2"));
    ck_status(license_keys_load("/tmp/sleuth-no-such-file", &keys, &err), ST_CONFIG);
    (void)unlink(path);
    buf_finish(&text);
}
END_TEST

START_TEST(members_out_of_bounds_are_not_signed)
{
    struct license bad[6];
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        bad[i] = sample();
    bad[0].seats = 0;
    bad[1].seats = LICENSE_SEATS_MAX + 1;
    bad[2].not_after_ms = bad[2].not_before_ms;
    bad[3].not_before_ms += 1;
    bad[4].licensee[0] = 0;
    (void)snprintf(bad[5].host_id, sizeof bad[5].host_id, "xyz");
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct buf text;
        buf_init(&text, LICENSE_TEXT_MAX);
        ck_status(license_sign(&bad[i], seed, &text, &err), ST_INVALID);
        ck_assert_uint_eq(text.len, 0);
    }
}
END_TEST

START_TEST(states_change_exactly_at_their_times)
{
    const struct license license = sample();
    const struct {
        int64_t at_ms;
        enum license_state state;
    } rows[] = {
        {BEGIN_MS - 1, LICENSE_FUTURE},
        {BEGIN_MS, LICENSE_VALID},
        {END_MS - LICENSE_WARN_MS - 1, LICENSE_VALID},
        {END_MS - LICENSE_WARN_MS, LICENSE_EXPIRING},
        {END_MS - 1, LICENSE_EXPIRING},
        {END_MS, LICENSE_GRACE},
        {END_MS + LICENSE_GRACE_MS - 1, LICENSE_GRACE},
        {END_MS + LICENSE_GRACE_MS, LICENSE_EXPIRED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_str_eq(license_state_name(license_state_at(&license, S(""), rows[i].at_ms)),
                         license_state_name(rows[i].state));
    ck_assert(license_counts(LICENSE_GRACE) && !license_counts(LICENSE_EXPIRED));
    ck_assert_int_eq(license_state_at(&(struct license){0}, S(""), BEGIN_MS), LICENSE_NONE);
}
END_TEST

START_TEST(a_bound_licence_counts_on_its_machine_only)
{
    struct license license = sample();
    char host[LICENSE_HOST_MAX];
    char other[LICENSE_HOST_MAX];
    const char *path = "/tmp/sleuth-machine-id";
    ck_ok(file_replace(path, S("0123456789abcdef\n"), 0600, &err));
    ck_assert_uint_eq(license_host_id(path, host).len, LICENSE_HOST_MAX - 1);
    ck_ok(file_replace(path, S("0123456789abcdee\n"), 0600, &err));
    (void)license_host_id(path, other);
    ck_assert_str_ne(host, other);
    ck_assert_uint_eq(license_host_id("/tmp/sleuth-no-such-file", other).len, 0);
    (void)snprintf(license.host_id, sizeof license.host_id, "%s", host);
    ck_assert_int_eq(license_state_at(&license, slice_of(host), BEGIN_MS), LICENSE_VALID);
    ck_assert_int_eq(license_state_at(&license, S(""), BEGIN_MS), LICENSE_FOREIGN);
    (void)unlink(path);
}
END_TEST

TEST_MAIN("license", a_signed_licence_reads_back_as_it_was, every_flipped_bit_is_refused,
          every_truncation_and_every_extension_is_refused,
          another_spelling_of_the_same_licence_is_refused, only_trusted_keys_count,
          a_file_of_keys_adds_to_the_built_in_ones, members_out_of_bounds_are_not_signed,
          states_change_exactly_at_their_times, a_bound_licence_counts_on_its_machine_only)
