/* Bundles (.sleuthpack): data sets in one plain tar that is carried to where no network is.
 *
 *   manifest.json   what is in it: source, files with sizes, md5 and sha256 (PACK_LAYOUT)
 *   record.json     the provider's answer, untouched; not there for plain directories
 *   files/0001 …    contents, in the manifest's order
 *   manifest.sig    optional: "ed25519 <key id> <signature>", both in hexadecimal, over
 * manifest.json
 *
 * In this order and under these names only, so that no name of the archive is ever used for a path;
 * the files' own names stand in the manifest and are checked (source_file_is_safe). A tar does not
 * compress: what comes out is never more than what came in. Any thread; functions block on files.
 */
#ifndef PACK_H
#define PACK_H

#include "base/arena.h"
#include "base/crypt.h"
#include "base/md5.h"
#include "source.h"
#include "zenodo_record.h"

enum {
    PACK_FILES_MAX = 2000,
    PACK_MANIFEST_MAX = 2 << 20,
    PACK_KEYS_MAX = 64,
    PACK_KEY_ID_LEN = 16, /* hex digits: the first 8 bytes of the public key's SHA-256 */
    PACK_CHUNK = 256 << 10,
};

struct pack_file {
    slice key; /* name as people know it; may hold folders */
    uint64_t bytes;
    unsigned char sha256[CRYPT_HASH_BYTES];
    unsigned char md5[MD5_BYTES];
    uint64_t at; /* where its bytes begin */
};

struct pack_key {
    unsigned char bytes[CRYPT_SIGN_PUBLIC_BYTES];
};

/* What a bundle says about itself. Texts live in the arena; empty = not said. */
struct pack {
    slice created, tool, license, title;
    slice base_url, record_id, doi, concept_doi, version, etag, retrieved_at;
    slice manifest; /* the bytes that are signed */
    slice record;   /* record.json */
    struct pack_file *files;
    size_t file_count;
    bool is_signed; /* a signature is there; pack_trust tells whose */
    char key_id[PACK_KEY_ID_LEN + 1];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
};

/* Random access to a bundle, wherever it lies. */
struct pack_input {
    status (*read)(void *arg, uint64_t at, void *into, size_t bytes, struct error *err);
    void *arg;
    uint64_t bytes;
};
/* Of an open file; arg is the descriptor. */
status pack_input_fd(int *fd, struct pack_input *ret, struct error *err);

/* Reads and checks everything but the files' contents and the signature. ST_INVALID, code
 * "bundle_invalid", says what is wrong; ST_VERIFY, code "checksum_mismatch": record.json. */
status pack_open(const struct pack_input *in, struct arena *arena, struct pack *ret,
                 struct error *err);
/* The signature against the keys: ST_OK and the index of the key that made it; ST_VERIFY, code
 * "signature_invalid" (made by a known key, but wrong) or "signature_unknown" (no known key, or no
 * signature at all). */
status pack_trust(const struct pack *pack, const struct pack_key *keys, size_t count,
                  size_t *ret_key, struct error *err);
/* Streams one file to `take` (NULL = nowhere) and compares size, md5 and sha256 on the way:
 * ST_VERIFY, code "checksum_mismatch". */
status pack_file_read(const struct pack_input *in, const struct pack_file *file,
                      status (*take)(void *arg, slice bytes, struct error *err), void *arg,
                      struct error *err);

/* "9f86d081884c7d65" of a public key. */
void pack_key_id(const unsigned char key[static CRYPT_SIGN_PUBLIC_BYTES],
                 char ret[static PACK_KEY_ID_LEN + 1]);
/* All DIR/X.pub, each with 64 hex digits in its first line. A directory that does not exist holds
 * no keys. ST_CONFIG names a file that is no key. */
status pack_keys_load(const char *dir, struct pack_key keys[static PACK_KEYS_MAX],
                      size_t *ret_count, struct error *err);

/* --- writing (pack_write.c) ------------------------------------------------------------------- */

/* The layout is decided before the first byte: sizes must be known, sums come with the bytes. */
struct pack_writer {
    int fd;
    struct pack *pack; /* files[].key and .bytes set by the caller; sums and places filled in */
    uint64_t manifest_at;
    size_t index;   /* of the file that is written */
    uint64_t taken; /* of its bytes */
    struct md5 md5;
    struct crypt_sha256_stream sha256;
};

/* Lays the bundle out in an empty file. pack->files, file_count and the texts are set; they and
 * pack live until the end. */
status pack_write_begin(struct pack_writer *writer, int fd, struct pack *pack, struct error *err);
/* One file after the other, in order; begin again to start one over. */
void pack_write_file(struct pack_writer *writer, size_t index);
status pack_write_take(struct pack_writer *writer, slice bytes, struct error *err);
/* ST_INVALID: fewer or more bytes than were announced. */
status pack_write_file_end(struct pack_writer *writer, struct error *err);
/* The manifest, the signature (secret may be NULL), fsync. */
status pack_write_end(struct pack_writer *writer, const unsigned char *secret, struct error *err);

#endif
