/* Tests of the texts of keys and tokens. */
#include "credentials.h"

#include "auth.h"
#include "lib/main.h"
#include "route.h"

static struct auth auth = {.pepper = {1, 2, 3}};

START_TEST(keys_have_the_documented_form)
{
    struct api_key_text key;
    api_key_make(&auth, true, &key);
    ck_assert_uint_eq(strlen(key.text), 51);
    ck_assert_int_eq(strncmp(key.text, "sk_live_", 8), 0);
    ck_assert(api_key_well_formed(slice_of(key.text)));
    ck_assert_uint_eq(strlen(key.prefix), 18);
    ck_assert_int_eq(strncmp(key.prefix, key.text, 15), 0);
    ck_assert_str_eq(key.prefix + 15, "...");
    api_key_make(&auth, false, &key);
    ck_assert_int_eq(strncmp(key.text, "sk_test_", 8), 0);
}
END_TEST

START_TEST(hash_depends_on_text_and_pepper)
{
    struct auth other = {.pepper = {9}};
    struct api_key_text key;
    struct crypt_hash again;
    api_key_make(&auth, true, &key);
    credential_hash(&auth, slice_of(key.text), &again);
    ck_assert_mem_eq(&again, &key.hash, sizeof again);
    credential_hash(&other, slice_of(key.text), &again);
    ck_assert_mem_ne(&again, &key.hash, sizeof again);
}
END_TEST

START_TEST(malformed_keys_are_known_before_hashing)
{
    struct api_key_text key;
    api_key_make(&auth, true, &key);
    ck_assert(!api_key_well_formed(slice_make(key.text, 50)));
    ck_assert(!api_key_well_formed(S("")));
    key.text[20] = '+';
    ck_assert(!api_key_well_formed(slice_of(key.text)));
    key.text[20] = 'a';
    ck_assert(api_key_well_formed(slice_of(key.text)));
    key.text[3] = 'L';
    ck_assert(!api_key_well_formed(slice_of(key.text)));
}
END_TEST

START_TEST(random_bits_of_keys_are_balanced)
{
    size_t ones[256] = {0};
    for (int n = 0; n < 2000; n++) {
        unsigned char bytes[32];
        struct api_key_text key;
        api_key_make(&auth, true, &key);
        ck_assert(crypt_base64url_decode(bytes, 32, slice_make(key.text + 8, 43)));
        for (size_t bit = 0; bit < 256; bit++)
            ones[bit] += bytes[bit / 8] >> bit % 8 & 1;
    }
    for (size_t bit = 0; bit < 256; bit++) /* 1000 expected, standard deviation 22 */
        ck_assert_msg(ones[bit] > 850 && ones[bit] < 1150, "bit %zu: %zu", bit, ones[bit]);
}
END_TEST

START_TEST(tokens_and_scopes_are_checked)
{
    struct token_text token;
    uint64_t bits;
    token_make(&auth, &token);
    ck_assert(token_well_formed(slice_of(token.text)));
    ck_assert(!token_well_formed(slice_make(token.text, 42)));
    ck_assert(scopes_from(S("detect, usage:read"), &bits));
    ck_assert_uint_eq(bits, SCOPE_DETECT | SCOPE_USAGE_READ);
    ck_assert(!scopes_from(S("detect,everything"), &bits));
    ck_assert_uint_eq(SCOPES_DEFAULT & SCOPE_KEYS_WRITE, 0);
    ck_assert_uint_eq(SCOPES_DEFAULT & SCOPE_BILLING_READ, 0);
    ck_assert_uint_ne(SCOPES_DEFAULT & SCOPE_KEYS_READ, 0);
    ck_assert_str_eq(scope_at(0, &bits), "detect");
    ck_assert_ptr_null(scope_at(9, NULL));
}
END_TEST

TEST_MAIN("credentials", keys_have_the_documented_form, hash_depends_on_text_and_pepper,
          malformed_keys_are_known_before_hashing, random_bits_of_keys_are_balanced,
          tokens_and_scopes_are_checked)
