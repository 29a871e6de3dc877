/* What is told about a file besides its name: hashes, media type, rows and columns of a table;
 * found while its bytes go by, in constant memory. Any thread. */
#ifndef CONTENT_H
#define CONTENT_H

#include "base/crypt.h"
#include "base/md5.h"

struct content {
    struct crypt_hash sha256;
    unsigned char md5[MD5_BYTES];
    uint64_t bytes;
    const char *mime; /* static text */
    uint64_t rows;    /* CSV: without the header; JSON lines: lines; 0 for everything else */
    uint64_t columns; /* of a CSV's header; 0 for everything else */
};

enum { CONTENT_HEAD_BYTES = 512 };

struct content_scan {
    struct crypt_sha256_stream sha256;
    struct md5 md5;
    uint64_t bytes;
    char head[CONTENT_HEAD_BYTES]; /* first bytes */
    bool in_quotes, has_nul, line_has_text;
    uint64_t records, lines;
    uint64_t separators[4]; /* , ; tab | of the first record */
};

void content_begin(struct content_scan *scan);
void content_more(struct content_scan *scan, slice bytes);
/* The media type follows the name's ending, then the first bytes; what the sender says of it does
 * not count. */
void content_end(struct content_scan *scan, slice name, struct content *ret);

/* A file's name as it is kept: the last component, without control characters, valid UTF-8, at most
 * CONTENT_NAME_MAX bytes; "upload" when nothing is left. In `text`. */
enum { CONTENT_NAME_MAX = 255 };
slice content_name(slice name, char text[static CONTENT_NAME_MAX + 1]);

/* Content-Digest (RFC 9530): true when `header` names no sha-256, or the hash is the same.
 * ret_named (may be NULL): it names one. */
bool content_digest_matches(slice header, const struct crypt_hash *sha256, bool *ret_named);

#endif
