/* Judges new passwords and makes random ones. */
#include "password.h"

#include "base/crypt.h"
#include "password_guess.h"

static bool contains_nocase(slice text, slice part)
{
    if (part.len < 4)
        return false;
    for (size_t at = 0; at + part.len <= text.len; at++)
        if (slice_eq_nocase(slice_sub(text, at, part.len), part))
            return true;
    return false;
}

/* Parts of the address and the name count as words that a guesser of this account tries first. */
static size_t own_words(slice text, slice *words, size_t count)
{
    size_t start = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at < text.len && strchr(" .-_+@", text.ptr[at]) == NULL)
            continue;
        if (at > start && count < PASSWORD_GUESS_OWN_MAX)
            words[count++] = slice_sub(text, start, at - start);
        start = at + 1;
    }
    return count;
}

status password_check(slice password, slice email, slice name, struct error *err)
{
    if (password.len < PASSWORD_BYTES_MIN || password.len > PASSWORD_BYTES_MAX)
        return error_code(err, ST_INVALID, "weak_password",
                          "a password has %d to %d bytes; a few words are easy to remember",
                          PASSWORD_BYTES_MIN, PASSWORD_BYTES_MAX);
    if (!slice_is_utf8(password) || memchr(password.ptr, 0, password.len))
        return error_code(err, ST_INVALID, "weak_password", "a password must be UTF-8 text");
    if (slice_eq_nocase(password, email) || contains_nocase(password, email))
        return error_code(err, ST_INVALID, "weak_password",
                          "the password must not hold the account's address");
    slice own[PASSWORD_GUESS_OWN_MAX] = {S("sleuth")};
    size_t count = own_words(name, own, own_words(email, own, 1));
    double bits = password_guess_bits(password, own, count);
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
