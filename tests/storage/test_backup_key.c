/* Tests of who may open a backup. */
#include "lib/temp_backup.h"

static unsigned char public_key[CRYPT_BOX_KEY_BYTES], secret_key[CRYPT_BOX_KEY_BYTES];

static struct store_backup_head head_made(enum store_backup_kind kind, struct arena *arena,
                                          unsigned char ret_key[static CRYPT_KEY_BYTES])
{
    struct store_backup_head head = {0};
    struct error err = {0};
    const struct backup_seal seal = {
        .kind = kind, .master = temp_key, .recipient = public_key, .passphrase = S("open sesame")};
    arena_init(arena, 8192);
    crypt_box_keypair(public_key, secret_key);
    ck_ok(backup_key_make(&seal, arena, ret_key, &head, &err));
    ck_assert_uint_eq(head.kind, (uint64_t)kind);
    return head;
}

START_TEST(each_kind_opens_with_its_own_key)
{
    for (int kind = 0; kind < STORE_BACKUP_KINDS; kind++) {
        struct arena arena;
        struct error err = {0};
        unsigned char made[CRYPT_KEY_BYTES], opened[CRYPT_KEY_BYTES];
        struct store_backup_head head = head_made((enum store_backup_kind)kind, &arena, made);
        const struct store_backup_keys keys = {
            .master = temp_key, .identity = secret_key, .passphrase = S("open sesame")};
        ck_ok(backup_key_open(&head, &keys, opened, &err));
        ck_assert_mem_eq(made, opened, sizeof made);
        ck_assert(head.wrapped.len > CRYPT_KEY_BYTES);
        ((char *)(uintptr_t)head.wrapped.ptr)[40] ^= 1;
        ck_status(backup_key_open(&head, &keys, opened, &err), ST_VERIFY);
        head.wrapped.len--;
        ck_status(backup_key_open(&head, &keys, opened, &err), ST_VERIFY);
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(a_missing_or_wrong_key_says_which)
{
    struct arena arena;
    struct error err = {0};
    unsigned char key[CRYPT_KEY_BYTES], other[CRYPT_KEY_BYTES] = {9};
    struct store_backup_head head = head_made(STORE_BACKUP_RECIPIENT, &arena, key);
    struct store_backup_keys keys = {.master = temp_key};
    ck_status(backup_key_open(&head, &keys, key, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "secret key"));
    keys.identity = other;
    ck_status(backup_key_open(&head, &keys, key, &err), ST_VERIFY);
    arena_finish(&arena);
    head = head_made(STORE_BACKUP_PASSPHRASE, &arena, key);
    ck_status(backup_key_open(&head, &keys, key, &err), ST_CONFIG);
    keys.passphrase = S("open sesam");
    ck_status(backup_key_open(&head, &keys, key, &err), ST_VERIFY);
    arena_finish(&arena);
    head = head_made(STORE_BACKUP_MASTER, &arena, key);
    keys.master = other;
    ck_status(backup_key_open(&head, &keys, key, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "another master key"));
    head.kind = 77;
    keys.master = temp_key;
    ck_status(backup_key_open(&head, &keys, key, &err), ST_VERIFY);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_recipient_must_be_a_key)
{
    struct arena arena;
    struct error err = {0};
    struct store_backup_head head = {0};
    unsigned char key[CRYPT_KEY_BYTES], nobody[CRYPT_BOX_KEY_BYTES] = {0};
    const struct backup_seal seal = {
        .kind = STORE_BACKUP_RECIPIENT, .master = temp_key, .recipient = nobody};
    arena_init(&arena, 8192);
    ck_status(backup_key_make(&seal, &arena, key, &head, &err), ST_INVALID);
    arena_finish(&arena);
}
END_TEST

START_TEST(kinds_have_names)
{
    ck_assert_str_eq(store_backup_kind_name(STORE_BACKUP_PASSPHRASE), "passphrase");
    ck_assert_str_eq(store_backup_kind_name(99), "unknown");
}
END_TEST

TEST_MAIN("backup_key", each_kind_opens_with_its_own_key, a_missing_or_wrong_key_says_which,
          a_recipient_must_be_a_key, kinds_have_names)
