/* Tests of hashes, seals, signatures and encodings against published vectors. */
#include "base/crypt.h"

#include "lib/main.h"

START_TEST(hmac_sha256_matches_rfc_4231_case_2)
{
    struct crypt_hash mac;
    char hex[65];
    crypt_hmac_sha256(&mac, S("Jefe"), S("what do ya want for nothing?"));
    ck_slice(crypt_hex(hex, mac.bytes, 32),
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

START_TEST(sha256_stream_equals_one_shot)
{
    struct crypt_sha256_stream s;
    struct crypt_hash a, b;
    crypt_sha256_begin(&s);
    crypt_sha256_more(&s, S("ab"));
    crypt_sha256_more(&s, S("c"));
    crypt_sha256_end(&s, &a);
    crypt_sha256(&b, S("abc"));
    ck_assert_mem_eq(a.bytes, b.bytes, 32);
}
END_TEST

START_TEST(seal_opens_only_with_same_key_data_and_context)
{
    unsigned char key[CRYPT_KEY_BYTES] = {1};
    unsigned char sealed[5 + CRYPT_SEAL_OVERHEAD];
    unsigned char plain[5];
    crypt_seal(sealed, key, S("table|key"), S("hello"));
    ck_status(crypt_open(plain, key, S("table|key"), slice_make(sealed, sizeof sealed)), ST_OK);
    ck_assert_mem_eq(plain, "hello", 5);
    ck_status(crypt_open(plain, key, S("table|kez"), slice_make(sealed, sizeof sealed)),
              ST_CORRUPT);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        ck_status(crypt_open(plain, key, S("table|key"), slice_make(sealed, sizeof sealed)),
                  ST_CORRUPT);
        sealed[i] ^= 1;
    }
    ck_status(crypt_open(plain, key, S(""), S("short")), ST_CORRUPT);
}
END_TEST

START_TEST(tag_keeps_the_border_between_its_parts)
{
    unsigned char a[CRYPT_TAG_BYTES], b[CRYPT_TAG_BYTES];
    slice key = S("0123456789abcdef0123456789abcdef");
    crypt_tag(a, key, S("ab"), S("c"));
    crypt_tag(b, key, S("a"), S("bc"));
    ck_assert(!crypt_equal(a, b, sizeof a));
}
END_TEST

START_TEST(password_matches_itself_only)
{
    char hash[CRYPT_PASSWORD_MAX];
    struct error err;
    ck_ok(crypt_password_hash(hash, S("correct horse"), &err));
    ck_assert(crypt_password_matches(hash, S("correct horse")));
    ck_assert(!crypt_password_matches(hash, S("correct horsf")));
    ck_assert_ptr_nonnull(strstr(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));
}
END_TEST

START_TEST(signature_breaks_with_any_flipped_bit)
{
    unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {7};
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES], secret[CRYPT_SIGN_SECRET_BYTES];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    char text[] = "plan=pro";
    crypt_sign_keypair(public_key, secret, seed);
    crypt_sign(signature, secret, slice_of(text));
    ck_assert(crypt_verify(signature, public_key, slice_of(text)));
    for (size_t bit = 0; bit < 64; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
        ck_assert(!crypt_verify(signature, public_key, slice_make(text, 8)));
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
    }
}
END_TEST

START_TEST(encodings_are_inverse_and_strict)
{
    unsigned char bytes[32], back[32];
    char text[80];
    crypt_random(bytes, sizeof bytes);
    slice b64 = crypt_base64url(text, bytes, sizeof bytes);
    ck_assert_uint_eq(b64.len, 43);
    ck_assert(crypt_base64url_decode(back, 32, b64));
    ck_assert_mem_eq(back, bytes, 32);
    ck_assert(!crypt_base64url_decode(back, 32, slice_sub(b64, 0, 42)));
    slice hex = crypt_hex(text, bytes, sizeof bytes);
    ck_assert(crypt_hex_decode(back, 32, hex));
    ck_assert(!crypt_hex_decode(back, 31, hex));
    ck_assert(!crypt_hex_decode(back, 1, S("g0")));
}
END_TEST

/* Order, end and associated data belong to a stream. */
START_TEST(stream_pieces_open_in_order_only)
{
    unsigned char key[CRYPT_KEY_BYTES] = {1}, head[CRYPT_STREAM_HEAD_BYTES];
    unsigned char sealed[2][5 + CRYPT_STREAM_OVERHEAD], plain[5];
    struct crypt_stream s;
    bool last = true;
    crypt_stream_begin(&s, key, head);
    crypt_stream_push(&s, sealed[0], S("ad"), S("first"), false);
    crypt_stream_push(&s, sealed[1], S("ad"), S("other"), true);
    slice one = slice_make(sealed[0], sizeof sealed[0]);
    slice two = slice_make(sealed[1], sizeof sealed[1]);
    ck_assert_int_eq(crypt_stream_open(&s, key, head), ST_OK);
    ck_assert_int_eq(crypt_stream_pull(&s, plain, S("ad"), one, &last), ST_OK);
    ck_assert(!last);
    ck_assert_mem_eq(plain, "first", 5);
    ck_assert_int_eq(crypt_stream_pull(&s, plain, S("ad"), two, &last), ST_OK);
    ck_assert(last);
    ck_assert_int_eq(crypt_stream_open(&s, key, head), ST_OK);
    ck_assert_int_eq(crypt_stream_pull(&s, plain, S("ad"), two, &last), ST_CORRUPT);
    ck_assert_int_eq(crypt_stream_open(&s, key, head), ST_OK);
    ck_assert_int_eq(crypt_stream_pull(&s, plain, S("da"), one, &last), ST_CORRUPT);
    ck_assert_int_eq(crypt_stream_pull(&s, plain, S("ad"), slice_sub(one, 0, 16), &last),
                     ST_CORRUPT);
}
END_TEST

START_TEST(box_opens_for_its_secret_key_only)
{
    unsigned char public_key[CRYPT_BOX_KEY_BYTES], secret[CRYPT_BOX_KEY_BYTES];
    unsigned char again[CRYPT_BOX_KEY_BYTES], other[CRYPT_BOX_KEY_BYTES];
    unsigned char sealed[5 + CRYPT_BOX_OVERHEAD], plain[5];
    crypt_box_keypair(public_key, secret);
    crypt_box_public(again, secret);
    ck_assert_mem_eq(again, public_key, sizeof again);
    ck_assert_int_eq(crypt_box_seal(sealed, public_key, S("hello")), ST_OK);
    ck_assert_int_eq(crypt_box_open(plain, secret, slice_make(sealed, sizeof sealed)), ST_OK);
    ck_assert_mem_eq(plain, "hello", 5);
    crypt_box_keypair(again, other);
    ck_assert_int_eq(crypt_box_open(plain, other, slice_make(sealed, sizeof sealed)), ST_CORRUPT);
    ck_assert_int_eq(crypt_box_open(plain, secret, slice_make(sealed, 10)), ST_CORRUPT);
    memset(again, 0, sizeof again); /* of small order */
    ck_assert_int_eq(crypt_box_seal(sealed, again, S("hello")), ST_INVALID);
}
END_TEST

START_TEST(passphrase_key_follows_phrase_and_salt)
{
    unsigned char salt[CRYPT_SALT_BYTES] = {1}, a[CRYPT_KEY_BYTES], b[CRYPT_KEY_BYTES];
    struct error err = {0};
    ck_ok(crypt_passphrase_key(a, S("phrase"), salt, &err));
    ck_ok(crypt_passphrase_key(b, S("phrase"), salt, &err));
    ck_assert_mem_eq(a, b, sizeof a);
    ck_ok(crypt_passphrase_key(b, S("Phrase"), salt, &err));
    ck_assert_mem_ne(a, b, sizeof a);
    salt[0] = 2;
    ck_ok(crypt_passphrase_key(b, S("phrase"), salt, &err));
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

TEST_MAIN("crypt", hmac_sha256_matches_rfc_4231_case_2, sha256_stream_equals_one_shot,
          seal_opens_only_with_same_key_data_and_context, tag_keeps_the_border_between_its_parts,
          password_matches_itself_only, signature_breaks_with_any_flipped_bit,
          encodings_are_inverse_and_strict, stream_pieces_open_in_order_only,
          box_opens_for_its_secret_key_only, passphrase_key_follows_phrase_and_salt)
