/* tls.c: the self-signed pair, its reuse and renewal, and files that do not fit. */
#include "tls.h"

#include "base/clock.h"

#include "lib/main.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int drop(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static void dir_make(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/tls-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void dir_drop(void)
{
    ck_assert_int_eq(nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct tls load(int64_t now_ms)
{
    struct error err;
    struct tls tls;
    const struct tls_options options = {.data_dir = dir, .http2 = true, .now_ms = now_ms};
    ck_ok(tls_init(&options, &tls, &err));
    return tls;
}

START_TEST(a_pair_is_made_once_and_found_again)
{
    dir_make();
    int64_t now_ms = clock_wall_ms();
    struct tls first = load(now_ms), second = load(now_ms);
    ck_assert(first.self_signed);
    ck_assert(first.created);
    ck_assert(!second.created);
    ck_assert_str_eq(first.fingerprint, second.fingerprint);
    ck_assert_uint_eq(strlen(first.fingerprint), 95);
    ck_assert_int_gt(first.not_after_ms, now_ms + 800LL * 86400 * 1000);
    tls_finish(&first);
    tls_finish(&second);
    dir_drop();
}
END_TEST

START_TEST(looking_makes_nothing)
{
    struct error err = {0};
    struct tls tls;
    dir_make();
    struct tls_options options = {.data_dir = dir, .now_ms = clock_wall_ms(), .look_only = true};
    ck_assert_int_eq(tls_init(&options, &tls, &err), ST_CONFIG);
    options.look_only = false;
    ck_ok(tls_init(&options, &tls, &err));
    tls_finish(&tls);
    options.look_only = true;
    options.now_ms += 800LL * 86400 * 1000; /* near its end: told, not renewed */
    ck_ok(tls_init(&options, &tls, &err));
    ck_assert(!tls.created);
    ck_assert_int_lt(tls.not_after_ms, options.now_ms + 30LL * 86400 * 1000);
    tls_finish(&tls);
    dir_drop();
}
END_TEST

START_TEST(the_key_is_readable_by_its_owner_only)
{
    dir_make();
    struct tls tls = load(clock_wall_ms());
    char path[128];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/tls/key.pem", dir);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    tls_finish(&tls);
    dir_drop();
}
END_TEST

START_TEST(a_pair_about_to_expire_is_renewed)
{
    dir_make();
    int64_t now_ms = clock_wall_ms(), day_ms = 86400 * 1000;
    struct tls first = load(now_ms), late = load(now_ms + 800 * day_ms);
    ck_assert(late.created);
    ck_assert_str_ne(first.fingerprint, late.fingerprint);
    tls_finish(&first);
    tls_finish(&late);
    dir_drop();
}
END_TEST

START_TEST(files_that_do_not_fit_are_refused)
{
    dir_make();
    char cert[128], key[128];
    struct error err;
    struct tls tls = load(clock_wall_ms());
    tls_finish(&tls);
    (void)snprintf(cert, sizeof cert, "%s/tls/cert.pem", dir);
    (void)snprintf(key, sizeof key, "%s/tls/key.pem", dir);
    struct tls_options options = {.cert_path = cert, .now_ms = clock_wall_ms()};
    ck_status(tls_init(&options, &tls, &err), ST_CONFIG); /* no key */
    options.key_path = key;
    ck_ok(tls_init(&options, &tls, &err));
    ck_assert(!tls.self_signed);
    tls_finish(&tls);
    options.key_path = cert; /* no key in it */
    ck_status(tls_init(&options, &tls, &err), ST_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "private key"));
    options.cert_path = "/nowhere/cert.pem";
    ck_status(tls_init(&options, &tls, &err), ST_CONFIG);
    options.cert_path = cert;
    options.key_path = key;
    options.now_ms += 1000LL * 86400 * 1000;
    ck_status(tls_init(&options, &tls, &err), ST_CONFIG); /* expired */
    dir_drop();
}
END_TEST

TEST_MAIN("tls", a_pair_is_made_once_and_found_again, looking_makes_nothing,
          the_key_is_readable_by_its_owner_only, a_pair_about_to_expire_is_renewed,
          files_that_do_not_fit_are_refused)
