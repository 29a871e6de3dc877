/* Password rules: length, no composition rules, refused when easily guessed (password_guess.h) or
 * when it is the account's own address. In a work stage, never on a loop. Any thread. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

enum {
    PASSWORD_BYTES_MIN = 12,
    PASSWORD_BYTES_MAX = 256,
    PASSWORD_BITS_MIN = 33, /* about 10^10 guesses: safe against a throttled online attack */
};

/* ST_INVALID (weak_password) with what to change. */
status password_check(slice password, slice email, slice name, struct error *err);

/* A password that people can type: four groups of five letters and digits, 100 random bits. */
enum { PASSWORD_TEXT_LEN = 23 };
slice password_generate(char ret[static PASSWORD_TEXT_LEN + 1]);

#endif
