/* Judges new passwords with zxcvbn and makes random ones. */
#include "password.h"

#include "base/crypt.h"

#include <zxcvbn.h>

static bool contains_nocase(slice text, slice part)
{
    if (part.len < 4)
        return false;
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (slice_eq_nocase(slice_sub(text, at, part.len), part))
            return true;
    return false;
}

/* As much as fits, with a NUL; an empty slice may have no memory behind it. */
static void copy_cut(char *ret, size_t size, slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    if (len)
        memcpy(ret, text.ptr, len);
    ret[len] = 0;
}

status password_check(slice password, slice email, slice name, struct error *err)
{
    char text[PASSWORD_BYTES_MAX + 1];
    if (password.len < PASSWORD_BYTES_MIN || password.len > PASSWORD_BYTES_MAX)
        return error_code(err, ST_INVALID, "weak_password",
                          "a password has %d to %d bytes; a few words are easy to remember",
                          PASSWORD_BYTES_MIN, PASSWORD_BYTES_MAX);
    if (!slice_is_utf8(password) || memchr(password.ptr, 0, password.len))
        return error_code(err, ST_INVALID, "weak_password", "a password must be UTF-8 text");
    slice local;
    slice rest = email;
    (void)slice_split(&rest, '@', &local);
    if (slice_eq_nocase(password, email) || contains_nocase(password, email))
        return error_code(err, ST_INVALID, "weak_password",
                          "the password must not hold the account's address");
    memcpy(text, password.ptr, password.len);
    text[password.len] = 0;
    /* Parts of the address and the name count as dictionary words of this account. */
    char local_text[65];
    char name_text[101];
    copy_cut(local_text, sizeof local_text, local);
    copy_cut(name_text, sizeof name_text, name);
    const char *words[] = {local_text, name_text, "sleuth", NULL};
    double bits = ZxcvbnMatch(text, words, NULL);
    crypt_wipe(text, sizeof text);
    if (bits < PASSWORD_BITS_MIN)
        return error_code(err, ST_INVALID, "weak_password",
                          "the password is easy to guess; take several unrelated words");
    return ST_OK;
}

slice password_generate(char ret[static PASSWORD_TEXT_LEN + 1])
{
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789_"; /* 32, none looks alike */
    unsigned char random[PASSWORD_TEXT_LEN];
    crypt_random(random, sizeof random);
    for (size_t i = 0; i < PASSWORD_TEXT_LEN; i++)
        ret[i] = i % 6 == 5 ? '-' : alphabet[random[i] % 32];
    ret[PASSWORD_TEXT_LEN] = 0;
    crypt_wipe(random, sizeof random);
    return slice_make(ret, PASSWORD_TEXT_LEN);
}
