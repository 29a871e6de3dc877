/* Reading bundles: structure, manifest, contents. */
#include "pack.h"

#include "json.h"
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- input --------------------------------------------------------------------------------------
 */

static status fd_read(void *arg, uint64_t at, void *into, size_t bytes, struct error *err)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(*(const int *)arg, (char *)into + done, bytes - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ST_IO, "cannot read the bundle: %s", errno_text(errno));
        if (n == 0)
            return error_code(err, ST_INVALID, "bundle_invalid",
                              "this is not a bundle: it is cut off");
        done += (size_t)n;
    }
    return ST_OK;
}

status pack_input_fd(int *fd, struct pack_input *ret, struct error *err)
{
    struct stat info;
    if (fstat(*fd, &info) != 0 || !S_ISREG(info.st_mode))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: no regular file");
    *ret = (struct pack_input){fd_read, fd, (uint64_t)info.st_size};
    return ST_OK;
}

struct walk {
    const struct pack_input *in;
    struct arena *arena;
    uint64_t at; /* of the next header */
};

/* The next entry must be called `name`; false in *ret_is_there at the end of the archive. */
static status entry_next(struct walk *walk, const char *name, bool *ret_is_there, uint64_t *ret_at,
                         uint64_t *ret_bytes, struct error *err)
{
    unsigned char block[TAR_BLOCK];
    slice found;
    *ret_is_there = false;
    if (walk->at + TAR_BLOCK > walk->in->bytes)
        return error_code(err, ST_INVALID, "bundle_invalid", "this is not a bundle: it is cut off");
    TRY(walk->in->read(walk->in->arg, walk->at, block, sizeof block, err));
    if (tar_is_end(block))
        return ST_OK;
    TRY(tar_header_read(block, &found, ret_bytes, err));
    if (!slice_eq(found, slice_of(name)))
        return ST_OK;
    *ret_is_there = true;
    *ret_at = walk->at + TAR_BLOCK;
    if (*ret_bytes > walk->in->bytes - *ret_at)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: an entry is longer than the file");
    walk->at = *ret_at + tar_padded(*ret_bytes);
    return ST_OK;
}

static status small_read(struct walk *walk, const char *name, uint64_t bytes_max,
                         bool *ret_is_there, slice *ret, struct error *err)
{
    uint64_t at, bytes;
    TRY(entry_next(walk, name, ret_is_there, &at, &bytes, err));
    if (!*ret_is_there)
        return ST_OK;
    if (bytes > bytes_max)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: an entry is too long");
    char *text = (char *)arena_alloc(walk->arena, (size_t)bytes + 1);
    TRY(arena_check(walk->arena, err));
    *ret = slice_make(text, (size_t)bytes);
    return walk->in->read(walk->in->arg, at, text, (size_t)bytes, err);
}

/* --- manifest -----------------------------------------------------------------------------------
 */

static slice text_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value && value->kind == JSON_STRING ? value->text : S("");
}

static status file_parse(const struct json *item, size_t index, struct pack_file *ret,
                         struct error *err)
{
    char path[32];
    (void)snprintf(path, sizeof path, "files/%04zu", index + 1);
    ret->key = text_at(item, "key");
    if (!source_file_is_safe(ret->key))
        return error_code(
            err, ST_INVALID, "bundle_invalid",
            "this is not a bundle: the manifest names a file that would lie outside of its folder");
    if (!json_to_u64(json_find(item, "size"), &ret->bytes) ||
        !crypt_hex_decode(ret->sha256, sizeof ret->sha256, text_at(item, "sha256")) ||
        !crypt_hex_decode(ret->md5, sizeof ret->md5, text_at(item, "md5")) ||
        !slice_eq(text_at(item, "path"), slice_of(path)))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: a file of the manifest lacks size, sums or path");
    return ST_OK;
}

static status files_parse(const struct json *files, struct arena *arena, struct pack *ret,
                          struct error *err)
{
    if (!files || files->kind != JSON_ARRAY || files->count == 0 || files->count > PACK_FILES_MAX)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: the manifest lists no files, or too many");
    ret->files = (struct pack_file *)arena_array(arena, files->count, sizeof *ret->files);
    TRY(arena_check(arena, err));
    for (const struct json *item = files->first; item; item = item->next) {
        TRY(file_parse(item, ret->file_count, &ret->files[ret->file_count], err));
        for (size_t i = 0; i < ret->file_count; i++)
            if (slice_eq(ret->files[i].key, ret->files[ret->file_count].key))
                return error_code(err, ST_INVALID, "bundle_invalid",
                                  "this is not a bundle: the manifest names a file twice");
        ret->file_count++;
    }
    return ST_OK;
}

static status manifest_parse(struct arena *arena, struct pack *ret, struct error *err)
{
    const struct json *root;
    uint64_t ignored;
    struct error why;
    if (json_parse(ret->manifest, arena, &root, &why) != ST_OK || root->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: its manifest is no JSON");
    if (!slice_eq(text_at(root, "format"), S("sleuthpack/1")))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: its format is not sleuthpack/1");
    ret->created = text_at(root, "created");
    ret->tool = text_at(root, "tool");
    ret->license = text_at(root, "license");
    ret->title = text_at(root, "title");
    ret->base_url = text_at(root, "source.base_url");
    ret->record_id = text_at(root, "source.record_id");
    ret->doi = text_at(root, "source.doi");
    ret->concept_doi = text_at(root, "source.concept_doi");
    ret->version = text_at(root, "source.version");
    ret->etag = text_at(root, "source.etag");
    ret->retrieved_at = text_at(root, "source.retrieved_at");
    if (ret->record_id.len > SOURCE_RECORD_MAX ||
        (ret->record_id.len > 0 && !slice_to_u64(ret->record_id, &ignored)))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: the manifest's record id is no number");
    return files_parse(json_find(root, "files"), arena, ret, err);
}

/* record_sha256 of the manifest binds record.json to what is signed. */
static status record_check(struct pack *pack, struct arena *arena, struct error *err)
{
    const struct json *root;
    struct crypt_hash have;
    unsigned char want[CRYPT_HASH_BYTES];
    TRY(json_parse(pack->manifest, arena, &root, err));
    slice hex = text_at(root, "record_sha256");
    if (pack->record.len == 0 && hex.len == 0)
        return ST_OK;
    crypt_sha256(&have, pack->record);
    if (crypt_hex_decode(want, sizeof want, hex) && memcmp(want, have.bytes, sizeof want) == 0)
        return ST_OK;
    return error_code(err, ST_VERIFY, "checksum_mismatch",
                      "record.json does not match the manifest's checksum");
}

/* --- the archive --------------------------------------------------------------------------------
 */

static status places_find(struct walk *walk, struct pack *pack, struct error *err)
{
    for (size_t i = 0; i < pack->file_count; i++) {
        char name[32];
        uint64_t bytes;
        bool is_there;
        (void)snprintf(name, sizeof name, "files/%04zu", i + 1);
        TRY(entry_next(walk, name, &is_there, &pack->files[i].at, &bytes, err));
        if (!is_there)
            return error_code(err, ST_INVALID, "bundle_invalid",
                              "this is not a bundle: a file of the manifest is missing, or "
                              "something else stands there");
        if (bytes != pack->files[i].bytes)
            return error_code(err, ST_VERIFY, "checksum_mismatch",
                              "'%.*s' has %llu bytes, but the manifest says %llu",
                              SLICE_ARG(slice_sub(pack->files[i].key, 0, 80)),
                              (unsigned long long)bytes, (unsigned long long)pack->files[i].bytes);
    }
    return ST_OK;
}

/* "ed25519 9f86d081884c7d65 <128 hex digits>\n" */
static status signature_parse(slice text, struct pack *ret, struct error *err)
{
    slice rest = slice_trim(text), kind, id, hex;
    if (!slice_split(&rest, ' ', &kind) || !slice_split(&rest, ' ', &id) ||
        !slice_split(&rest, ' ', &hex) || !slice_eq(kind, S("ed25519")) ||
        id.len != PACK_KEY_ID_LEN || !crypt_hex_decode(ret->signature, sizeof ret->signature, hex))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: its signature cannot be read");
    memcpy(ret->key_id, id.ptr, PACK_KEY_ID_LEN);
    ret->is_signed = true;
    return ST_OK;
}

status pack_open(const struct pack_input *in, struct arena *arena, struct pack *ret,
                 struct error *err)
{
    struct walk walk = {.in = in, .arena = arena};
    unsigned char block[TAR_BLOCK];
    slice signature;
    bool is_there;
    *ret = (struct pack){0};
    TRY(small_read(&walk, "manifest.json", PACK_MANIFEST_MAX, &is_there, &ret->manifest, err));
    if (!is_there)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: it does not begin with manifest.json");
    TRY(manifest_parse(arena, ret, err));
    TRY(small_read(&walk, "record.json", ZENODO_RECORD_MAX, &is_there, &ret->record, err));
    TRY(record_check(ret, arena, err));
    TRY(places_find(&walk, ret, err));
    TRY(small_read(&walk, "manifest.sig", 1024, &is_there, &signature, err));
    if (is_there)
        TRY(signature_parse(signature, ret, err));
    if (walk.at + TAR_BLOCK > in->bytes)
        return error_code(err, ST_INVALID, "bundle_invalid", "this is not a bundle: it is cut off");
    TRY(in->read(in->arg, walk.at, block, sizeof block, err));
    return tar_is_end(block)
               ? arena_check(arena, err)
               : error_code(err, ST_INVALID, "bundle_invalid",
                            "this is not a bundle: it holds more than its manifest says");
}

status pack_file_read(const struct pack_input *in, const struct pack_file *file,
                      status (*take)(void *arg, slice bytes, struct error *err), void *arg,
                      struct error *err)
{
    char chunk[4096];
    struct md5 md5;
    struct crypt_sha256_stream sha256;
    struct crypt_hash hash;
    unsigned char sum[MD5_BYTES];
    md5_begin(&md5);
    crypt_sha256_begin(&sha256);
    for (uint64_t done = 0; done < file->bytes;) {
        uint64_t left = file->bytes - done;
        size_t n = left < sizeof chunk ? (size_t)left : sizeof chunk;
        TRY(in->read(in->arg, file->at + done, chunk, n, err));
        md5_more(&md5, slice_make(chunk, n));
        crypt_sha256_more(&sha256, slice_make(chunk, n));
        if (take)
            TRY(take(arg, slice_make(chunk, n), err));
        done += n;
    }
    md5_end(&md5, sum);
    crypt_sha256_end(&sha256, &hash);
    if (memcmp(hash.bytes, file->sha256, CRYPT_HASH_BYTES) == 0 &&
        memcmp(sum, file->md5, MD5_BYTES) == 0)
        return ST_OK;
    return error_code(err, ST_VERIFY, "checksum_mismatch",
                      "'%.*s' does not match the manifest's checksums",
                      SLICE_ARG(slice_sub(file->key, 0, 80)));
}
