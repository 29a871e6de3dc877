/* Requests to Zenodo: turns, tries, redirects, and what its answers mean. */
#include "zenodo.h"

#include "base/clock.h"
#include "config.h"
#include "zenodo_try.h"

#include <assert.h>

enum { LIST_MAX = ZENODO_RECORD_MAX };

/* --- URLs ---------------------------------------------------------------------------------------
 */

static slice api_url(const struct zenodo *zenodo, slice record_id, const char *rest,
                     struct arena *arena)
{
    slice base = zenodo->config->zenodo_base_url;
    while (slice_has_suffix(base, S("/")))
        base.len--;
    return arena_printf(arena, "%.*s/api/records/%.*s%s", SLICE_ARG(base), SLICE_ARG(record_id),
                        rest);
}

/* --- records ------------------------------------------------------------------------------------
 */

status zenodo_get(struct zenodo *zenodo, slice record_id, slice etag, struct arena *arena,
                  struct zenodo_answer *ret, struct error *err)
{
    struct outbound_answer answer;
    const struct zenodo_ask ask = {.url = api_url(zenodo, record_id, "", arena),
                                   .etag = etag,
                                   .with_token = true,
                                   .answer_max = ZENODO_RECORD_MAX};
    *ret = (struct zenodo_answer){0};
    TRY(arena_check(arena, err));
    TRY(zenodo_try(zenodo, &ask, arena, &answer, err));
    ret->not_modified = answer.http_status == 304;
    if (ret->not_modified && etag.len == 0)
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "Zenodo says that nothing has changed, but nothing was here");
    ret->json = answer.body;
    ret->etag = outbound_header(&answer, "etag");
    if (!ret->etag.ptr)
        ret->etag = S("");
    return ST_OK;
}

status zenodo_get_version(struct zenodo *zenodo, slice record_id, slice version,
                          struct arena *arena, slice *ret_id, struct error *err)
{
    struct outbound_answer answer;
    const struct zenodo_ask ask = {.url = api_url(zenodo, record_id, "/versions?size=25", arena),
                                   .with_token = true,
                                   .answer_max = LIST_MAX};
    TRY(arena_check(arena, err));
    TRY(zenodo_try(zenodo, &ask, arena, &answer, err));
    return zenodo_versions_find(answer.body, version, arena, ret_id, err);
}

status zenodo_get_files(struct zenodo *zenodo, struct zenodo_record *record, struct arena *arena,
                        struct error *err)
{
    struct outbound_answer answer;
    const struct zenodo_ask ask = {
        .url = record->files_url, .with_token = true, .answer_max = LIST_MAX};
    if (record->files_url.len == 0)
        return error_code(err, ST_UPSTREAM, "zenodo_error",
                          "the record does not say where its "
                          "files are");
    TRY(zenodo_try(zenodo, &ask, arena, &answer, err));
    return zenodo_files_parse(answer.body, arena, record, err);
}

/* --- files --------------------------------------------------------------------------------------
 */

struct download {
    const struct zenodo_file *file;
    const struct zenodo_sink *sink;
    struct md5 md5;
    struct crypt_sha256_stream sha256;
    uint64_t bytes; /* taken so far */
    struct zenodo *zenodo;
};

static status download_restart(struct download *download, struct error *err)
{
    md5_begin(&download->md5);
    crypt_sha256_begin(&download->sha256);
    download->bytes = 0;
    return download->sink->restart(download->sink->arg, err);
}

/* "bytes 100-…": the part that was asked for. */
static bool range_begins_at(slice range, uint64_t at)
{
    slice first;
    uint64_t number;
    if (!slice_has_prefix(range, S("bytes ")))
        return false;
    range = slice_from(range, 6);
    return slice_split(&range, '-', &first) && slice_to_u64(first, &number) && number == at;
}

/* A server that cannot continue sends everything again. */
static status download_head(void *arg, const struct outbound_answer *answer, struct error *err)
{
    struct download *download = (struct download *)arg;
    slice range = outbound_header(answer, "content-range");
    if (answer->http_status != 206)
        return download_restart(download, err);
    if (range_begins_at(range, download->bytes))
        return ST_OK;
    return error_code(err, ST_UPSTREAM, "zenodo_error",
                      "the storage sent another part of the file "
                      "than was asked for");
}

static status download_part(void *arg, slice bytes, struct error *err)
{
    struct download *download = (struct download *)arg;
    if (bytes.len > download->file->size - download->bytes)
        return error_code(err, ST_VERIFY, "checksum_mismatch",
                          "the file '%.*s' is longer than the %llu bytes of its record",
                          SLICE_ARG(slice_sub(download->file->key, 0, 80)),
                          (unsigned long long)download->file->size);
    md5_more(&download->md5, bytes);
    crypt_sha256_more(&download->sha256, bytes);
    download->bytes += bytes.len;
    if (download->zenodo->progress)
        download->zenodo->progress(download->zenodo->progress_arg, download->bytes,
                                   download->file->size);
    return download->sink->take(download->sink->arg, bytes, err);
}

static status download_check(struct download *download, struct zenodo_sums *ret, struct error *err)
{
    char hex[2 * MD5_BYTES + 1];
    const struct zenodo_file *file = download->file;
    md5_end(&download->md5, ret->md5);
    crypt_sha256_end(&download->sha256, &ret->sha256);
    ret->bytes = download->bytes;
    slice md5 = crypt_hex(hex, ret->md5, MD5_BYTES);
    if (file->md5.len == 0 || slice_eq(file->md5, md5))
        return ST_OK;
    return error_code(err, ST_VERIFY, "checksum_mismatch",
                      "the file '%.*s' has the MD5 %.*s, but its record says %.*s",
                      SLICE_ARG(slice_sub(file->key, 0, 80)), SLICE_ARG(md5), SLICE_ARG(file->md5));
}

static status size_check(const struct zenodo *zenodo, const struct zenodo_file *file,
                         struct error *err)
{
    uint64_t max_mib = (uint64_t)zenodo->config->zenodo_file_mib;
    if (file->size > max_mib << 20)
        return error_code(err, ST_TOO_LARGE, "dataset_too_large",
                          "the file '%.*s' has %llu bytes; zenodo.file_mib allows %llu MiB",
                          SLICE_ARG(slice_sub(file->key, 0, 80)), (unsigned long long)file->size,
                          (unsigned long long)max_mib);
    if (file->url.len == 0)
        return error_code(err, ST_FORBIDDEN, "zenodo_restricted",
                          "the record does not give out the file '%.*s'",
                          SLICE_ARG(slice_sub(file->key, 0, 80)));
    return ST_OK;
}

status zenodo_get_file(struct zenodo *zenodo, const struct zenodo_file *file,
                       const struct zenodo_sink *sink, struct zenodo_sums *ret, struct error *err)
{
    struct download download = {.file = file, .sink = sink, .zenodo = zenodo};
    struct outbound_answer answer;
    struct arena arena;
    TRY(size_check(zenodo, file, err));
    TRY(download_restart(&download, err));
    const struct zenodo_ask ask = {.url = file->url,
                                   .with_token = true,
                                   .answer_max = UINT64_MAX, /* download_part counts */
                                   .head = download_head,
                                   .part = download_part,
                                   .arg = &download,
                                   .taken = &download.bytes,
                                   .wanted = file->size};
    arena_init(&arena, 1 << 20);
    status rc = zenodo_try(zenodo, &ask, &arena, &answer, err);
    arena_finish(&arena);
    return rc == ST_OK ? download_check(&download, ret, err) : rc;
}
