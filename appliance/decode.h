/* Content-Encoding of requests: gzip, br, zstd, unpacked in memory within bounds (zlib, brotli,
 * zstd).
 *
 * The output is made twice: once to count it, once into memory of exactly that size, so that one
 * decoded copy exists and nothing grows. Any thread; up to 50 ms for each 16 MiB, so in a pool. */
#ifndef DECODE_H
#define DECODE_H

#include "base/arena.h"

enum decode_kind { DECODE_GZIP, DECODE_BR, DECODE_ZSTD };

enum {
    DECODE_RATIO_MAX = 100,           /* output by input … */
    DECODE_RATIO_FREE_BYTES = 1 << 20 /* … counts beyond this much output */
};

/* "gzip", "x-gzip", "br", "zstd" in any case; false for everything else, lists included. */
bool decode_kind_from(slice name, enum decode_kind *ret);

/* The output in the arena. ST_INVALID (invalid_encoding): damaged, cut, or followed by other bytes.
 * ST_TOO_LARGE (decoded_too_large): more than bytes_max, or than the ratio allows. */
status decode_body(enum decode_kind kind, slice encoded, size_t bytes_max, struct arena *arena,
                   slice *ret, struct error *err);

/* The bytes as one zstd frame in the arena: for what we store ourselves. */
status pack_zstd(slice bytes, struct arena *arena, slice *ret, struct error *err);

#endif
