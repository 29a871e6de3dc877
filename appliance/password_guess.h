/* How many bits a guesser needs for a password: the cheapest way to write it down.
 *
 * A password is cut into pieces, and every piece costs what a guesser who knows the kinds pays for
 * it: a word that everybody uses or of the account itself, a walk over the keyboard, a run such as
 * 4567, a year or a date, a copy of what stands before, text that reads like words, single
 * characters. The cheapest cut counts. There is no dictionary: letters that follow each other as
 * they do in words cost 2 bits, about what English has. Any thread, no shared state. */
#ifndef PASSWORD_GUESS_H
#define PASSWORD_GUESS_H

#include "base/slice.h"

enum { PASSWORD_GUESS_BYTES_MAX = 256, PASSWORD_GUESS_OWN_MAX = 16 };

/* text: UTF-8 of at most PASSWORD_GUESS_BYTES_MAX bytes; own: words of the account, in any case,
 * of which those below 3 bytes do not count. */
double password_guess_bits(slice text, const slice *own, size_t own_count);

#endif
