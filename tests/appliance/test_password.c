/* Tests of the password rules. */
#include "password.h"

#include "lib/main.h"

static struct error err;

static void refused(const char *password, const char *why)
{
    ck_status(
        password_check(slice_of(password), S("maria.keller@example.com"), S("Maria Keller"), &err),
        ST_INVALID);
    ck_assert_str_eq(err.code, "weak_password");
    ck_assert_msg(strstr(err.text, why), "'%s': %s", password, err.text);
}

START_TEST(short_common_and_personal_passwords_are_refused)
{
    char long_text[300];
    memset(long_text, 'k', sizeof long_text);
    long_text[PASSWORD_BYTES_MAX + 1] = 0;
    refused("kR7!pq2zLm9", "12 to 256");
    refused(long_text, "12 to 256");
    refused("password1234", "easy to guess");
    refused("qwertyuiop123", "easy to guess");
    refused("aaaaaaaaaaaaaaaa", "easy to guess");
    refused("maria.keller@example.com", "address");
    refused("x-Maria.Keller@example.com-x", "address");
    refused("mariakeller1990", "easy to guess");
    refused("\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "UTF-8");
}
END_TEST

START_TEST(a_few_unrelated_words_are_fine)
{
    ck_ok(password_check(S("tulip brick ferry nine"), S("a@b.c"), (slice){0}, &err));
    ck_ok(password_check(S("correct zebra staple 42"), S("a@b.c"), S("A"), &err));
    ck_ok(password_check(S("窗外的月亮像一条小船"), S("a@b.c"), S(""), &err));
}
END_TEST

START_TEST(generated_passwords_pass_and_differ)
{
    char a[PASSWORD_TEXT_LEN + 1];
    char b[PASSWORD_TEXT_LEN + 1];
    ck_ok(password_check(password_generate(a), S("a@b.c"), S(""), &err));
    ck_assert_uint_eq(strlen(a), PASSWORD_TEXT_LEN);
    ck_assert_str_ne(a, password_generate(b).ptr);
}
END_TEST

TEST_MAIN("password", short_common_and_personal_passwords_are_refused,
          a_few_unrelated_words_are_fine, generated_passwords_pass_and_differ)
