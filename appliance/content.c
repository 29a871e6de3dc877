/* Hashes, type and shape of a file while it streams by; see content.h. */
#include "content.h"

static const char separators[4] = {',', ';', '\t', '|'};

void content_begin(struct content_scan *scan)
{
    *scan = (struct content_scan){0};
    crypt_sha256_begin(&scan->sha256);
    md5_begin(&scan->md5);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void line_end(struct content_scan *scan)
{
    if (scan->line_has_text) {
        scan->lines++;
        scan->records += !scan->in_quotes;
    }
    if (!scan->in_quotes)
        scan->line_has_text = false;
}

/* A doubled quote closes and opens: the state behind it is the same. */
static void shape_more(struct content_scan *scan, slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        if (c == '"') {
            scan->in_quotes = !scan->in_quotes;
            scan->line_has_text = true;
        } else if (c == '\n') {
            line_end(scan);
        } else if (c > ' ' || c < 0) {
            scan->line_has_text = true;
            if (scan->records == 0 && !scan->in_quotes)
                for (size_t s = 0; s < ARRAY_COUNT(separators); s++)
                    scan->separators[s] += c == separators[s];
        } else if (c == '\t' && scan->records == 0 && !scan->in_quotes) {
            scan->separators[2]++;
        } else if (c == '\0') {
            scan->has_nul = true;
        }
    }
}

void content_more(struct content_scan *scan, slice bytes)
{
    if (scan->bytes < CONTENT_HEAD_BYTES) {
        slice piece = slice_sub(bytes, 0, CONTENT_HEAD_BYTES - (size_t)scan->bytes);
        if (piece.len)
            memcpy(scan->head + scan->bytes, piece.ptr, piece.len);
    }
    scan->bytes += bytes.len;
    crypt_sha256_more(&scan->sha256, bytes);
    md5_more(&scan->md5, bytes);
    shape_more(scan, bytes);
}

/* --- type ------------------------------------------------------------------------------------- */

static const char csv_type[] = "text/csv";
static const char lines_type[] = "application/x-ndjson";

static const struct {
    slice ending;
    const char *mime;
} endings[] = {
    {SLICE_INIT(".csv"), csv_type},
    {SLICE_INIT(".tsv"), csv_type},
    {SLICE_INIT(".jsonl"), lines_type},
    {SLICE_INIT(".ndjson"), lines_type},
    {SLICE_INIT(".json"), "application/json"},
    {SLICE_INIT(".txt"), "text/plain"},
    {SLICE_INIT(".md"), "text/markdown"},
    {SLICE_INIT(".eval"), "application/zip"},
    {SLICE_INIT(".zip"), "application/zip"},
    {SLICE_INIT(".gz"), "application/gzip"},
    {SLICE_INIT(".tgz"), "application/gzip"},
    {SLICE_INIT(".tar"), "application/x-tar"},
};

static bool ends_with(slice name, slice ending)
{
    return name.len >= ending.len &&
           slice_eq_nocase(slice_from(name, name.len - ending.len), ending);
}

static const char *type_of(const struct content_scan *scan, slice name)
{
    size_t known = scan->bytes < CONTENT_HEAD_BYTES ? (size_t)scan->bytes : CONTENT_HEAD_BYTES;
    slice head = slice_make(scan->head, known);
    if (slice_has_prefix(head, S("PK\x03\x04")))
        return "application/zip";
    if (slice_has_prefix(head, S("\x1f\x8b")))
        return "application/gzip";
    if (!scan->has_nul)
        for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
            if (ends_with(name, endings[i].ending))
                return endings[i].mime;
    return scan->has_nul ? "application/octet-stream" : "text/plain";
}

void content_end(struct content_scan *scan, slice name, struct content *ret)
{
    uint64_t columns = 0;
    scan->in_quotes = false;
    line_end(scan); /* the last line may lack its end */
    *ret = (struct content){.bytes = scan->bytes, .mime = type_of(scan, name)};
    crypt_sha256_end(&scan->sha256, &ret->sha256);
    md5_end(&scan->md5, ret->md5);
    for (size_t i = 0; i < ARRAY_COUNT(separators); i++)
        columns = scan->separators[i] > columns ? scan->separators[i] : columns;
    if (ret->mime == csv_type && scan->records > 0) {
        ret->rows = scan->records - 1;
        ret->columns = columns + 1;
    } else if (ret->mime == lines_type) {
        ret->rows = scan->lines;
    }
}

/* --- names ------------------------------------------------------------------------------------ */

slice content_name(slice name, char text[static CONTENT_NAME_MAX + 1])
{
    size_t len = 0;
    for (size_t i = name.len; i-- > 0;)
        if (name.ptr[i] == '/' || name.ptr[i] == '\\') {
            name = slice_from(name, i + 1);
            break;
        }
    while (name.len) {
        uint32_t rune;
        size_t bytes = utf8_rune(name, &rune);
        if (bytes == 0) {
            name = slice_from(name, 1);
            continue;
        }
        if (len + bytes > CONTENT_NAME_MAX)
            break;
        if (rune >= ' ' && rune != 0x7f && (rune < 0x80 || rune > 0x9f)) {
            memcpy(text + len, name.ptr, bytes);
            len += bytes;
        }
        name = slice_from(name, bytes);
    }
    slice kept = slice_trim(slice_make(text, len));
    if (kept.len == 0 || slice_eq(kept, S(".")) || slice_eq(kept, S("..")))
        return S("upload");
    return kept;
}

/* --- Content-Digest --------------------------------------------------------------------------- */

/* Standard base64 of 32 bytes (44 characters) as base64url without padding. */
static bool digest_decode(slice text, struct crypt_hash *ret)
{
    char url[44];
    if (text.len != 44 || text.ptr[43] != '=')
        return false;
    for (size_t i = 0; i < 43; i++) {
        char c = text.ptr[i];
        if (c == '-' || c == '_')
            return false;
        url[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return crypt_base64url_decode(ret->bytes, CRYPT_HASH_BYTES, slice_make(url, 43));
}

bool content_digest_matches(slice header, const struct crypt_hash *sha256, bool *ret_named)
{
    slice item;
    bool named = false, matches = true;
    while (header.len && slice_split(&header, ',', &item)) {
        struct crypt_hash want;
        item = slice_trim(item);
        if (!slice_has_prefix(item, S("sha-256=:")))
            continue;
        named = true;
        item = slice_from(item, 9);
        if (!slice_has_suffix(item, S(":")) ||
            !digest_decode(slice_sub(item, 0, item.len - 1), &want) ||
            memcmp(want.bytes, sha256->bytes, CRYPT_HASH_BYTES) != 0)
            matches = false;
    }
    if (ret_named)
        *ret_named = named;
    return matches;
}
