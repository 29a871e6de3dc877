/* Writing bundles: the manifest's length is known before its sums are, so everything has its place
 * from the start and the manifest is filled in last. */
#include "base/file.h"
#include "base/json_out.h"
#include "pack.h"
#include "tar.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static status put_at(int fd, uint64_t at, slice bytes, struct error *err)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t n = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, errno == ENOSPC ? ST_FULL : ST_IO, "cannot write the bundle: %s",
                             errno_text(errno));
        done += (size_t)n;
    }
    return ST_OK;
}

/* --- manifest -----------------------------------------------------------------------------------
 */

static void put_hex(struct json_out *w, const char *key, const void *bytes, size_t len)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    json_key_str(w, key, crypt_hex(hex, bytes, len));
}

static void put_source(struct json_out *w, const struct pack *pack)
{
    json_key(w, "source");
    json_object(w);
    json_key_str(w, "base_url", pack->base_url);
    json_key_str(w, "record_id", pack->record_id);
    json_key_str(w, "doi", pack->doi);
    json_key_str(w, "concept_doi", pack->concept_doi);
    json_key_str(w, "version", pack->version);
    json_key_str(w, "etag", pack->etag);
    json_key_str(w, "retrieved_at", pack->retrieved_at);
    json_end(w);
}

static void manifest_put(struct buf *out, const struct pack *pack)
{
    struct json_out w;
    struct crypt_hash record;
    char path[32];
    json_out_init(&w, out, 1);
    json_object(&w);
    json_key_str(&w, "format", S("sleuthpack/1"));
    json_key_str(&w, "created", pack->created);
    json_key_str(&w, "tool", pack->tool);
    json_key_str(&w, "title", pack->title);
    put_source(&w, pack);
    json_key(&w, "files");
    json_array(&w);
    for (size_t i = 0; i < pack->file_count; i++) {
        const struct pack_file *file = &pack->files[i];
        (void)snprintf(path, sizeof path, "files/%04zu", i + 1);
        json_object(&w);
        json_key_str(&w, "key", file->key);
        json_key_u64(&w, "size", file->bytes);
        put_hex(&w, "md5", file->md5, MD5_BYTES);
        put_hex(&w, "sha256", file->sha256, CRYPT_HASH_BYTES);
        json_key_str(&w, "path", slice_of(path));
        json_end(&w);
    }
    json_end(&w);
    json_key_str(&w, "license", pack->license);
    if (pack->record.len > 0) {
        crypt_sha256(&record, pack->record);
        put_hex(&w, "record_sha256", record.bytes, CRYPT_HASH_BYTES);
    }
    json_end(&w);
    buf_put_byte(out, '\n');
}

/* --- layout -------------------------------------------------------------------------------------
 */

static status entry_put(int fd, uint64_t *at, const char *name, uint64_t bytes, struct error *err)
{
    unsigned char block[TAR_BLOCK];
    tar_header_write(block, name, bytes);
    TRY(put_at(fd, *at, slice_make(block, sizeof block), err));
    *at += TAR_BLOCK;
    return ST_OK;
}

/* Files that have been laid out are found by their place; gaps read as zeroes, which is what tar
 * pads with. */
static status layout(struct pack_writer *writer, struct error *err)
{
    struct pack *pack = writer->pack;
    struct buf manifest;
    uint64_t at = 0;
    buf_init(&manifest, PACK_MANIFEST_MAX);
    manifest_put(&manifest, pack);
    status rc = buf_check(&manifest, err);
    if (rc == ST_OK)
        rc = entry_put(writer->fd, &at, "manifest.json", manifest.len, err);
    writer->manifest_at = at;
    at += tar_padded(manifest.len);
    buf_finish(&manifest);
    if (rc == ST_OK && pack->record.len > 0) {
        rc = entry_put(writer->fd, &at, "record.json", pack->record.len, err);
        if (rc == ST_OK)
            rc = put_at(writer->fd, at, pack->record, err);
        at += tar_padded(pack->record.len);
    }
    for (size_t i = 0; i < pack->file_count && rc == ST_OK; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "files/%04zu", i + 1);
        rc = entry_put(writer->fd, &at, name, pack->files[i].bytes, err);
        pack->files[i].at = at;
        at += tar_padded(pack->files[i].bytes);
    }
    return rc;
}

status pack_write_begin(struct pack_writer *writer, int fd, struct pack *pack, struct error *err)
{
    *writer = (struct pack_writer){.fd = fd, .pack = pack};
    if (pack->file_count == 0 || pack->file_count > PACK_FILES_MAX)
        return error_set(err, ST_INVALID, "a bundle holds 1 to %d files", PACK_FILES_MAX);
    for (size_t i = 0; i < pack->file_count; i++) {
        if (!source_file_is_safe(pack->files[i].key))
            return error_set(err, ST_INVALID, "'%.*s' cannot be the name of a file in a bundle",
                             SLICE_ARG(slice_sub(pack->files[i].key, 0, 120)));
        if (pack->files[i].bytes >= TAR_SIZE_MAX)
            return error_set(err, ST_TOO_LARGE, "a file of a bundle has less than 8 GiB");
    }
    return layout(writer, err);
}

/* --- contents -----------------------------------------------------------------------------------
 */

void pack_write_file(struct pack_writer *writer, size_t index)
{
    assert(index < writer->pack->file_count);
    writer->index = index;
    writer->taken = 0;
    md5_begin(&writer->md5);
    crypt_sha256_begin(&writer->sha256);
}

status pack_write_take(struct pack_writer *writer, slice bytes, struct error *err)
{
    const struct pack_file *file = &writer->pack->files[writer->index];
    if (bytes.len > file->bytes - writer->taken)
        return error_set(err, ST_INVALID, "'%.*s' grew while it was read",
                         SLICE_ARG(slice_sub(file->key, 0, 120)));
    md5_more(&writer->md5, bytes);
    crypt_sha256_more(&writer->sha256, bytes);
    TRY(put_at(writer->fd, file->at + writer->taken, bytes, err));
    writer->taken += bytes.len;
    return ST_OK;
}

status pack_write_file_end(struct pack_writer *writer, struct error *err)
{
    struct crypt_hash hash;
    struct pack_file *file = &writer->pack->files[writer->index];
    if (writer->taken != file->bytes)
        return error_set(err, ST_INVALID, "'%.*s' has %llu bytes instead of %llu",
                         SLICE_ARG(slice_sub(file->key, 0, 120)), (unsigned long long)writer->taken,
                         (unsigned long long)file->bytes);
    md5_end(&writer->md5, file->md5);
    crypt_sha256_end(&writer->sha256, &hash);
    memcpy(file->sha256, hash.bytes, CRYPT_HASH_BYTES);
    return ST_OK;
}

static status signature_put(struct pack_writer *writer, const unsigned char *secret, slice manifest,
                            uint64_t *at, struct error *err)
{
    char text[256], id[PACK_KEY_ID_LEN + 1], hex[2 * CRYPT_SIGNATURE_BYTES + 1];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    /* libsodium keeps the public key behind the seed */
    pack_key_id(secret + CRYPT_SIGN_SEED_BYTES, id);
    crypt_sign(signature, secret, manifest);
    (void)crypt_hex(hex, signature, sizeof signature);
    int len = snprintf(text, sizeof text, "ed25519 %s %s\n", id, hex);
    TRY(entry_put(writer->fd, at, "manifest.sig", (uint64_t)len, err));
    TRY(put_at(writer->fd, *at, slice_of(text), err));
    *at += tar_padded((uint64_t)len);
    return ST_OK;
}

status pack_write_end(struct pack_writer *writer, const unsigned char *secret, struct error *err)
{
    const struct pack *pack = writer->pack;
    const struct pack_file *last = &pack->files[pack->file_count - 1];
    uint64_t at = last->at + tar_padded(last->bytes);
    struct buf manifest;
    buf_init(&manifest, PACK_MANIFEST_MAX);
    manifest_put(&manifest, pack);
    status rc = buf_check(&manifest, err);
    if (rc == ST_OK)
        rc = put_at(writer->fd, writer->manifest_at, buf_slice(&manifest), err);
    if (rc == ST_OK && secret)
        rc = signature_put(writer, secret, buf_slice(&manifest), &at, err);
    buf_finish(&manifest);
    /* two empty blocks end a tar */
    if (rc == ST_OK &&
        (ftruncate(writer->fd, (off_t)(at + 2 * TAR_BLOCK)) != 0 || fsync(writer->fd) != 0))
        rc = error_set(err, errno == ENOSPC ? ST_FULL : ST_IO, "cannot write the bundle: %s",
                       errno_text(errno));
    return rc;
}
