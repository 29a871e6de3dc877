/* Tests of detect/seal.c: a sealed report verifies, any changed byte does not. */
#include "detect/detect.h"

#include "lib/main.h"
#include "payloads.h"
#include "report_sample.h"

static struct error err;
static unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
static unsigned char secret_key[CRYPT_SIGN_SECRET_BYTES];

static void make_key(unsigned char seed_byte)
{
    unsigned char seed[CRYPT_SIGN_SEED_BYTES];
    memset(seed, seed_byte, sizeof seed);
    crypt_sign_keypair(public_key, secret_key, seed);
}

static void seal_sample(slice name, struct buf *out)
{
    struct arena arena;
    struct report_context context = sample_context();
    arena_init(&arena, 1 << 26);
    buf_init(out, 1 << 20);
    make_key(7);
    if (name.len)
        context.label = context.input_name = name;
    ck_ok(report_seal(
        sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE, .name = name}, &arena),
        LANG_EN, &context, secret_key, out, &err));
    arena_finish(&arena);
}

START_TEST(a_sealed_report_verifies_with_and_without_the_key)
{
    struct buf file;
    struct report_seal seal;
    char key_id[REPORT_KEY_ID_BYTES + 1];
    seal_sample(S(""), &file);
    ck_ok(report_verify(buf_slice(&file), public_key, &seal, &err));
    ck_ok(report_verify(buf_slice(&file), NULL, &seal, &err));
    ck_assert(slice_eq(seal.key_id, report_key_id(key_id, public_key)));
    ck_assert_uint_eq(seal.key_id.len, 16);
    ck_slice(seal.sealed_at, "2026-11-23T05:00:00Z");
    ck_assert(slice_has_prefix(seal.canonical, S("{\"schema_version\":1,")));
    ck_assert(slice_has_suffix(seal.canonical, S("}")));
    buf_finish(&file);
}
END_TEST

START_TEST(what_is_inside_is_the_canonical_report)
{
    struct buf file, again;
    struct report_seal seal;
    struct arena arena;
    struct report_context context = {.input_sha256 = sample_context().input_sha256};
    seal_sample(S(""), &file);
    ck_ok(report_verify(buf_slice(&file), NULL, &seal, &err));
    arena_init(&arena, 1 << 26);
    buf_init(&again, 1 << 20);
    ck_ok(
        report_canonical(sample_report(&(struct sample_options){.kind = VERDICT_ADAPTIVE}, &arena),
                         LANG_EN, &context, &again, &err));
    ck_assert(slice_eq(seal.canonical, buf_slice(&again)));
    arena_finish(&arena);
    buf_finish(&again);
    buf_finish(&file);
}
END_TEST

START_TEST(every_changed_byte_is_noticed)
{
    struct buf file;
    struct report_seal seal;
    seal_sample(S(""), &file);
    for (size_t i = 0; i + 1 < file.len; i += 1 + file.len / 400) { /* the last is a line feed */
        file.ptr[i] ^= 1;
        enum status_code rc = report_verify(buf_slice(&file), public_key, &seal, &err);
        ck_assert_msg(rc == ST_VERIFY || rc == ST_INVALID, "byte %zu", i);
        file.ptr[i] ^= 1;
    }
    ck_ok(report_verify(buf_slice(&file), public_key, &seal, &err));
    for (size_t len = 0; len + 1 < file.len; len += 997)
        ck_status(report_verify(slice_make(file.ptr, len), public_key, &seal, &err), ST_INVALID);
    buf_finish(&file);
}
END_TEST

START_TEST(another_key_is_refused)
{
    struct buf file;
    struct report_seal seal;
    seal_sample(S(""), &file);
    make_key(8);
    ck_status(report_verify(buf_slice(&file), public_key, &seal, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "other_key");
    buf_finish(&file);
}
END_TEST

/* Somebody else signs our report with his key but keeps our key id. */
START_TEST(a_borrowed_key_id_is_refused)
{
    struct buf file;
    struct report_seal seal;
    char ours[REPORT_KEY_ID_BYTES + 1];
    char theirs[REPORT_KEY_ID_BYTES + 1];
    seal_sample(S(""), &file);
    make_key(8);
    (void)report_key_id(theirs, public_key);
    make_key(7);
    (void)report_key_id(ours, public_key);
    size_t at;
    ck_assert(slice_find(buf_slice(&file), slice_of(ours), &at));
    memcpy(file.ptr + at, theirs, REPORT_KEY_ID_BYTES);
    ck_status(report_verify(buf_slice(&file), NULL, &seal, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "key_id_mismatch");
    buf_finish(&file);
}
END_TEST

START_TEST(names_cannot_imitate_a_seal)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
        struct buf file;
        struct report_seal seal;
        seal_sample(payloads[i], &file);
        ck_ok(report_verify(buf_slice(&file), public_key, &seal, &err));
        ck_assert(slice_has_suffix(seal.canonical, S("}")));
        ck_assert_uint_eq(seal.key_id.len, 16);
        buf_finish(&file);
    }
}
END_TEST

START_TEST(other_files_are_not_sealed_reports)
{
    struct report_seal seal;
    static const char *const files[] = {"", "{}", "{\"report\":{}}", "time_period,algorithm\n1,a\n",
                                        "{\"report\":{},\"seal\":{\"algorithm\":\"Ed25519\","};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        ck_status(report_verify(slice_of(files[i]), NULL, &seal, &err), ST_INVALID);
        ck_assert_str_eq(err.code, "not_a_sealed_report");
        ck_assert_str_ne(err.text, err.text_zh);
    }
}
END_TEST

TEST_MAIN("seal", a_sealed_report_verifies_with_and_without_the_key,
          what_is_inside_is_the_canonical_report, every_changed_byte_is_noticed,
          another_key_is_refused, a_borrowed_key_id_is_refused, names_cannot_imitate_a_seal,
          other_files_are_not_sealed_reports)
