/* MD5 (RFC 1321) of a stream: only to compare with what other systems publish (Zenodo, S3), never
 * for security. Any thread. */
#ifndef BASE_MD5_H
#define BASE_MD5_H

#include "base/slice.h"

enum { MD5_BYTES = 16, MD5_BLOCK_BYTES = 64 };

struct md5 {
    uint32_t state[4];
    uint64_t bytes; /* seen so far */
    unsigned char block[MD5_BLOCK_BYTES];
};

void md5_begin(struct md5 *md5);
void md5_more(struct md5 *md5, slice data);
void md5_end(struct md5 *md5, unsigned char ret[static MD5_BYTES]);

#endif
