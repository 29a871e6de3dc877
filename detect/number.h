/* Numbers for people: few digits, no locale, the same bytes on every machine.
 *
 * The C library's printf follows the process locale; these functions do not. Values that are NaN
 * print as an en dash. Thread-safe: no shared state. */
#ifndef DETECT_NUMBER_H
#define DETECT_NUMBER_H

#include "base/buf.h"

/* `decimals` (0..9) digits behind the point, "-0.00" written as "0.00"; beyond 1e15 like
 * number_sig. */
void number_fixed(struct buf *buf, double value, int decimals);

/* `digits` (1..9) significant digits without trailing zeros; integers below 1e7 stay whole:
 * 0.0123, 4.5, 51234. Very small and very large values as 1.2e-7. */
void number_sig(struct buf *buf, double value, int digits);

/* A value of at most 1 in size, as statistics are quoted: no leading zero (".57", "-.08"). */
void number_unit(struct buf *buf, double value, int decimals);

/* The right-hand side of "p …": "= .003", "= .45", "< .001". */
void number_p(struct buf *buf, double p);

/* 12345678 as 12,345,678 */
void number_grouped(struct buf *buf, uint64_t value);

#endif
