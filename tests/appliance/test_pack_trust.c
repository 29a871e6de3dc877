/* pack_trust.c: whose signature counts. */
#include "pack.h"

#include "base/file.h"

#include "lib/main.h"
#include "lib/pack_fixture.h"
#include "lib/temp_dir.h"

static struct error err;
static struct arena arena;
static struct pack pack;
static struct pack_key key;

static void open_fixture(bool is_signed)
{
    struct pack_input in;
    int fd = fixture_pack(is_signed, &key);
    arena_init(&arena, 16 << 20);
    ck_ok(pack_input_fd(&fd, &in, &err));
    ck_ok(pack_open(&in, &arena, &pack, &err));
    close(fd);
}

START_TEST(only_a_known_key_is_trusted)
{
    struct pack_key keys[2] = {{{1}}, {{2}}};
    size_t which = 9;
    open_fixture(true);
    ck_status(pack_trust(&pack, keys, 2, &which, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "signature_unknown");
    keys[1] = key;
    ck_ok(pack_trust(&pack, keys, 2, &which, &err));
    ck_assert_uint_eq(which, 1);
    pack.signature[5] ^= 1;
    ck_status(pack_trust(&pack, keys, 2, &which, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "signature_invalid");
    arena_finish(&arena);
    open_fixture(false);
    ck_status(pack_trust(&pack, keys, 2, &which, &err), ST_VERIFY);
    ck_assert_str_eq(err.code, "signature_unknown");
    arena_finish(&arena);
}
END_TEST

START_TEST(keys_are_files_of_a_directory)
{
    char dir[TEMP_DIR_MAX], path[128], hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1], text[128];
    struct pack_key keys[PACK_KEYS_MAX];
    size_t count;
    temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/none", dir);
    ck_ok(pack_keys_load(path, keys, &count, &err));
    ck_assert_uint_eq(count, 0);
    open_fixture(true);
    (void)snprintf(text, sizeof text, "%s a comment\n",
                   crypt_hex(hex, key.bytes, sizeof key.bytes).ptr);
    (void)snprintf(path, sizeof path, "%s/one.pub", dir);
    ck_ok(file_replace(path, slice_of(text), 0600, &err));
    (void)snprintf(path, sizeof path, "%s/README", dir);
    ck_ok(file_replace(path, S("not a key"), 0600, &err));
    ck_ok(pack_keys_load(dir, keys, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_mem_eq(keys[0].bytes, key.bytes, sizeof key.bytes);
    (void)snprintf(path, sizeof path, "%s/two.pub", dir);
    ck_ok(file_replace(path, S("zz"), 0600, &err));
    ck_status(pack_keys_load(dir, keys, &count, &err), ST_CONFIG);
    arena_finish(&arena);
    temp_dir_remove(dir);
}
END_TEST

TEST_MAIN("pack_trust", only_a_known_key_is_trusted, keys_are_files_of_a_directory)
