/* Operations of S3. */
#include "s3.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "config.h"
#include "s3_ask.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_BYTES = 8 << 20,
    SMALL_MAX = 1 << 20,
    LIST_MAX = 4 << 20, /* 1000 objects */
    PARTS_MAX = 10000,  /* S3's own limit */
    ETAG_MAX = 64,
};

bool s3_is_on(const struct s3 *s3)
{
    return s3->outbound && s3->config->s3_endpoint.len > 0 && s3->config->s3_bucket.len > 0 &&
           !slice_eq(s3->config->outbound_mode, S("airgap"));
}

slice s3_blob_key(const struct config *config, const struct crypt_hash *sha256,
                  char ret[static S3_KEY_MAX])
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    slice prefix = slice_sub(config->s3_prefix, 0, S3_KEY_MAX - 80);
    (void)crypt_hex(hex, sha256->bytes, sizeof sha256->bytes);
    (void)snprintf(ret, S3_KEY_MAX, "%.*s%s%.2s/%s", SLICE_ARG(prefix), prefix.len > 0 ? "/" : "",
                   hex, hex);
    return slice_of(ret);
}

/* Answers that matter only by their status. */
static status ask_plain(struct s3 *s3, const struct s3_ask *ask, struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    arena_init(&arena, ARENA_BYTES);
    status rc = s3_try(s3, ask, &arena, &answer, err);
    arena_finish(&arena);
    return rc;
}

/* --- put ----------------------------------------------------------------------------------------
 */

status s3_put(struct s3 *s3, slice key, const struct s3_body *body, struct error *err)
{
    const struct s3_ask ask = {.method = "PUT", .key = key, .body = *body, .answer_max = SMALL_MAX};
    return ask_plain(s3, &ask, err);
}

struct upload {
    struct s3 *s3;
    slice key;
    char id[S3_UPLOAD_MAX];
    char (*etags)[ETAG_MAX];
    size_t count;
};

static status upload_begin(struct upload *upload, struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    const struct s3_ask ask = {.method = "POST",
                               .key = upload->key,
                               .query = {{S("uploads"), S("")}},
                               .query_count = 1,
                               .answer_max = SMALL_MAX};
    arena_init(&arena, ARENA_BYTES);
    slice id = S("");
    status rc = s3_try(upload->s3, &ask, &arena, &answer, err);
    slice rest = rc == ST_OK ? answer.body : S("");
    if (rc == ST_OK && (!s3_xml_next(&rest, "UploadId", &arena, &id) || id.len == 0 ||
                        id.len >= sizeof upload->id))
        rc = error_code(err, ST_UPSTREAM, "s3_error", "S3 began an upload without an id");
    if (rc == ST_OK)
        (void)snprintf(upload->id, sizeof upload->id, "%.*s", SLICE_ARG(id));
    arena_finish(&arena);
    return rc;
}

static status range_hash(int fd, uint64_t at, uint64_t bytes, struct crypt_hash *ret,
                         struct error *err)
{
    char chunk[4096];
    struct crypt_sha256_stream stream;
    crypt_sha256_begin(&stream);
    while (bytes > 0) {
        ssize_t n =
            pread(fd, chunk, bytes < sizeof chunk ? (size_t)bytes : sizeof chunk, (off_t)at);
        if (n <= 0)
            return error_set(err, ST_IO, "cannot read what is to be sent: %s",
                             n < 0 ? errno_text(errno) : "the file is shorter");
        crypt_sha256_more(&stream, slice_make(chunk, (size_t)n));
        at += (uint64_t)n;
        bytes -= (uint64_t)n;
    }
    crypt_sha256_end(&stream, ret);
    return ST_OK;
}

static status part_put(struct upload *upload, int fd, uint64_t at, uint64_t bytes,
                       struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    struct crypt_hash sum;
    char number[16];
    (void)snprintf(number, sizeof number, "%zu", upload->count + 1);
    TRY(range_hash(fd, at, bytes, &sum, err));
    const struct s3_ask ask = {
        .method = "PUT",
        .key = upload->key,
        .query = {{S("partNumber"), slice_of(number)}, {S("uploadId"), slice_of(upload->id)}},
        .query_count = 2,
        .body = {.is_fd = true, .fd = fd, .fd_offset = at, .fd_bytes = bytes, .sha256 = &sum},
        .answer_max = SMALL_MAX};
    arena_init(&arena, ARENA_BYTES);
    status rc = s3_try(upload->s3, &ask, &arena, &answer, err);
    slice etag = rc == ST_OK ? outbound_header(&answer, "etag") : S("");
    if (rc == ST_OK && (!etag.ptr || etag.len == 0 || etag.len >= ETAG_MAX))
        rc = error_code(err, ST_UPSTREAM, "s3_error", "S3 took a part without a tag");
    if (rc == ST_OK)
        (void)snprintf(upload->etags[upload->count++], ETAG_MAX, "%.*s", SLICE_ARG(etag));
    arena_finish(&arena);
    return rc;
}

static status upload_complete(struct upload *upload, struct error *err)
{
    struct buf body;
    buf_init(&body, LIST_MAX);
    buf_put_str(&body, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < upload->count; i++) {
        buf_printf(&body, "<Part><PartNumber>%zu</PartNumber><ETag>", i + 1);
        buf_put_html(&body, slice_of(upload->etags[i]));
        buf_put_str(&body, "</ETag></Part>");
    }
    buf_put_str(&body, "</CompleteMultipartUpload>");
    status rc = buf_check(&body, err);
    const struct s3_ask ask = {.method = "POST",
                               .key = upload->key,
                               .query = {{S("uploadId"), slice_of(upload->id)}},
                               .query_count = 1,
                               .body = {.bytes = buf_slice(&body)},
                               .answer_max = SMALL_MAX};
    if (rc == ST_OK)
        rc = ask_plain(upload->s3, &ask, err);
    buf_finish(&body);
    return rc;
}

static status upload_abort(struct s3 *s3, slice key, slice id, struct error *err)
{
    const struct s3_ask ask = {.method = "DELETE",
                               .key = key,
                               .query = {{S("uploadId"), id}},
                               .query_count = 1,
                               .answer_max = SMALL_MAX,
                               .may_miss = true};
    return ask_plain(s3, &ask, err);
}

static status parts_put(struct upload *upload, int fd, uint64_t bytes, uint64_t part,
                        struct error *err)
{
    for (uint64_t at = 0; at < bytes; at += part)
        TRY(part_put(upload, fd, at, bytes - at < part ? bytes - at : part, err));
    return upload_complete(upload, err);
}

status s3_put_large(struct s3 *s3, slice key, int fd, uint64_t bytes, struct error *err)
{
    uint64_t part = (uint64_t)s3->config->s3_part_mib << 20;
    struct upload upload = {.s3 = s3, .key = key};
    struct error ignored;
    while (bytes / part >= PARTS_MAX)
        part *= 2;
    upload.etags = (char(*)[ETAG_MAX])calloc((size_t)(bytes / part) + 1, ETAG_MAX);
    if (!upload.etags)
        return error_set(err, ST_NO_MEMORY, "not enough memory for an upload");
    status rc = upload_begin(&upload, err);
    if (rc == ST_OK) {
        rc = parts_put(&upload, fd, bytes, part, err);
        if (rc != ST_OK) /* what cannot be aborted now is found by s3_uploads_abort */
            (void)upload_abort(s3, key, slice_of(upload.id), &ignored);
    }
    free(upload.etags);
    return rc;
}

status s3_put_file(struct s3 *s3, slice key, int fd, uint64_t bytes,
                   const struct crypt_hash *sha256, struct error *err)
{
    const struct s3_body body = {.is_fd = true, .fd = fd, .fd_bytes = bytes, .sha256 = sha256};
    if (bytes > (uint64_t)s3->config->s3_part_mib << 20)
        return s3_put_large(s3, key, fd, bytes, err);
    return s3_put(s3, key, &body, err);
}

/* --- get, head, delete --------------------------------------------------------------------------
 */

struct download {
    struct crypt_sha256_stream sha256;
    uint64_t bytes;
    int fd;
};

/* Each try begins anew. */
static status download_head(void *arg, const struct outbound_answer *answer, struct error *err)
{
    struct download *download = (struct download *)arg;
    (void)answer;
    crypt_sha256_begin(&download->sha256);
    download->bytes = 0;
    if (download->fd >= 0 &&
        (ftruncate(download->fd, 0) != 0 || lseek(download->fd, 0, SEEK_SET) != 0))
        return error_set(err, ST_IO, "cannot write the download: %s", errno_text(errno));
    return ST_OK;
}

static status download_part(void *arg, slice bytes, struct error *err)
{
    struct download *download = (struct download *)arg;
    crypt_sha256_more(&download->sha256, bytes);
    download->bytes += bytes.len;
    return download->fd < 0 ? ST_OK : file_write_all(download->fd, bytes, "download", err);
}

status s3_get(struct s3 *s3, slice key, const struct crypt_hash *sha256, uint64_t bytes_max, int fd,
              uint64_t *ret_bytes, struct error *err)
{
    struct download download = {.fd = fd};
    struct crypt_hash have;
    const struct s3_ask ask = {.method = "GET",
                               .key = key,
                               .answer_max = bytes_max,
                               .head = download_head,
                               .part = download_part,
                               .arg = &download};
    crypt_sha256_begin(&download.sha256); /* an empty object has no parts */
    TRY(ask_plain(s3, &ask, err));
    crypt_sha256_end(&download.sha256, &have);
    if (memcmp(have.bytes, sha256->bytes, sizeof have.bytes) != 0)
        return error_code(err, ST_VERIFY, "checksum_mismatch",
                          "the object '%.*s' has changed in the store", SLICE_ARG(key));
    *ret_bytes = download.bytes;
    return ST_OK;
}

status s3_head(struct s3 *s3, slice key, uint64_t *ret_bytes, struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    const struct s3_ask ask = {.method = "HEAD", .key = key, .answer_max = SMALL_MAX};
    arena_init(&arena, ARENA_BYTES);
    status rc = s3_try(s3, &ask, &arena, &answer, err);
    slice length = rc == ST_OK ? outbound_header(&answer, "content-length") : S("");
    if (rc == ST_OK && (!length.ptr || !slice_to_u64(length, ret_bytes)))
        rc = error_code(err, ST_UPSTREAM, "s3_error", "S3 does not tell the size of an object");
    arena_finish(&arena);
    return rc;
}

status s3_delete(struct s3 *s3, slice key, struct error *err)
{
    const struct s3_ask ask = {
        .method = "DELETE", .key = key, .answer_max = SMALL_MAX, .may_miss = true};
    assert(key.len > 0); /* never the bucket */
    return ask_plain(s3, &ask, err);
}

/* --- the bucket ---------------------------------------------------------------------------------
 */

/* "Mon, 23 Nov 2026 04:45:21 GMT" (RFC 9110); 0 = not readable. */
static int64_t http_date_ms(slice text)
{
    static const slice months = SLICE_INIT("JanFebMarAprMayJunJulAugSepOctNovDec");
    uint64_t day, year, hour, minute, second;
    size_t month;
    if (text.len != 29 || !slice_to_u64(slice_sub(text, 5, 2), &day) ||
        !slice_find(months, slice_sub(text, 8, 3), &month) ||
        !slice_to_u64(slice_sub(text, 12, 4), &year) ||
        !slice_to_u64(slice_sub(text, 17, 2), &hour) ||
        !slice_to_u64(slice_sub(text, 20, 2), &minute) ||
        !slice_to_u64(slice_sub(text, 23, 2), &second))
        return 0;
    const struct civil civil = {.year = (int)year,
                                .month = (int)(month / 3) + 1,
                                .day = (int)day,
                                .hour = (int)hour,
                                .minute = (int)minute,
                                .second = (int)second};
    return civil_to_ms(&civil);
}

status s3_check(struct s3 *s3, int64_t *ret_skew_s, struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    const struct s3_ask ask = {.method = "HEAD", .key = S(""), .answer_max = SMALL_MAX};
    arena_init(&arena, ARENA_BYTES);
    status rc = s3_try(s3, &ask, &arena, &answer, err);
    slice date = rc == ST_OK ? outbound_header(&answer, "date") : (slice){NULL, 0};
    int64_t theirs_ms = date.ptr ? http_date_ms(date) : 0;
    *ret_skew_s = theirs_ms > 0 ? (clock_wall_ms() - theirs_ms) / 1000 : 0;
    enum status_code code = rc;
    if (code == ST_CONFIG) { /* an answer to HEAD has no body that says why: ask again */
        struct s3_object *objects;
        size_t count;
        slice token = S("");
        code = s3_list(s3, S(""), &token, &arena, &objects, &count, err);
    }
    arena_finish(&arena);
    return code;
}

status s3_list(struct s3 *s3, slice prefix, slice *token, struct arena *arena,
               struct s3_object **ret, size_t *ret_count, struct error *err)
{
    enum { PAGE = 1000 };
    struct outbound_answer answer;
    slice rest, content, key, size, next = S("");
    struct s3_ask ask = {.method = "GET",
                         .key = S(""),
                         .query = {{S("list-type"), S("2")},
                                   {S("max-keys"), S("1000")},
                                   {S("prefix"), prefix},
                                   {S("continuation-token"), *token}},
                         .query_count = token->len > 0 ? 4 : 3,
                         .answer_max = LIST_MAX};
    TRY(s3_try(s3, &ask, arena, &answer, err));
    *ret_count = 0;
    *ret = (struct s3_object *)arena_array(arena, PAGE, sizeof **ret);
    TRY(arena_check(arena, err));
    for (rest = answer.body; *ret_count < PAGE && s3_xml_next(&rest, "Contents", NULL, &content);) {
        struct s3_object *object = &(*ret)[(*ret_count)++];
        slice inside = content;
        if (!s3_xml_next(&inside, "Key", arena, &key))
            return error_code(err, ST_UPSTREAM, "s3_error", "S3's list has an entry without a key");
        inside = content;
        object->key = key;
        if (!s3_xml_next(&inside, "Size", arena, &size) || !slice_to_u64(size, &object->bytes))
            return error_code(err, ST_UPSTREAM, "s3_error",
                              "S3's list has an entry without a size");
    }
    rest = answer.body;
    (void)s3_xml_next(&rest, "NextContinuationToken", arena, &next); /* else it was the last page */
    *token = next;
    return arena_check(arena, err);
}

status s3_uploads_abort(struct s3 *s3, slice prefix, size_t *ret_count, struct error *err)
{
    struct arena arena;
    struct outbound_answer answer;
    slice upload, key, id;
    const struct s3_ask ask = {.method = "GET",
                               .key = S(""),
                               .query = {{S("prefix"), prefix}, {S("uploads"), S("")}},
                               .query_count = 2,
                               .answer_max = LIST_MAX};
    *ret_count = 0;
    arena_init(&arena, 4 * ARENA_BYTES);
    status rc = s3_try(s3, &ask, &arena, &answer, err);
    slice rest = rc == ST_OK ? answer.body : S("");
    while (rc == ST_OK && s3_xml_next(&rest, "Upload", NULL, &upload)) {
        slice inside = upload;
        if (!s3_xml_next(&inside, "Key", &arena, &key))
            continue;
        inside = upload;
        if (!s3_xml_next(&inside, "UploadId", &arena, &id) || !slice_has_prefix(key, prefix))
            continue;
        rc = upload_abort(s3, key, id, err);
        (*ret_count)++;
    }
    arena_finish(&arena);
    return rc;
}

status s3_link(struct s3 *s3, slice key, uint32_t seconds, int64_t now_ms, struct arena *arena,
               slice *ret, struct error *err)
{
    const struct s3_credentials credentials = s3_credentials_of(s3->config);
    struct s3_place place;
    struct s3_signature signature;
    TRY(s3_place_of(s3->config, key, arena, &place, err));
    const struct s3_question question = {
        .method = "GET", .host = place.host, .path = place.path, .now_ms = now_ms};
    TRY(s3_presign(&credentials, &question, seconds, arena, &signature, err));
    *ret = arena_printf(arena, "%.*s%.*s?%.*s", SLICE_ARG(place.origin), SLICE_ARG(signature.path),
                        SLICE_ARG(signature.query));
    return arena_check(arena, err);
}
