/* ZIP and tar through libarchive; the only file that includes archive.h of that library. */
#include "archive.h"

#include "base/buf.h"

#include <archive.h>
#include <archive_entry.h>

enum { READ_STEP = 65536, RATIO_MAX = 200, RATIO_FREE_BYTES = 1 << 20 };

bool archive_recognise(slice bytes)
{
    return slice_has_prefix(bytes, S("PK\x03\x04")) || slice_has_prefix(bytes, S("\x1F\x8B")) ||
           (bytes.len > 262 && slice_eq(slice_sub(bytes, 257, 5), S("ustar")));
}

/* "a/b" is fine; "/a", "a/../b", "..", "C:\x" and backslashes are not. */
static bool is_safe_name(slice name)
{
    slice part;
    if (name.len == 0 || name.len > 1024 || name.ptr[0] == '/' || slice_find_byte(name, '\\', NULL))
        return false;
    while (slice_split(&name, '/', &part))
        if (slice_eq(part, S("..")))
            return false;
    return true;
}

struct unpacking {
    struct archive *archive;
    const struct archive_limits *limits;
    slice packed;
    size_t total_bytes;
    struct buf bytes;
};

static status broken(const struct unpacking *u, struct error *err)
{
    const char *why = archive_error_string(u->archive);
    return error_set(err, ST_INVALID, "the archive is damaged: %s", why ? why : "unknown");
}

/* Bytes of the current entry into u->bytes; sizes are checked while unpacking, never trusted. */
static status unpack_entry(struct unpacking *u, slice name, struct error *err)
{
    for (;;) {
        char *at = buf_reserve(&u->bytes, READ_STEP);
        if (!at)
            return error_set(err, ST_LIMIT, "archive entry '%.*s' is larger than %zu bytes",
                             SLICE_ARG(name), u->limits->entry_bytes_max);
        la_ssize_t got = archive_read_data(u->archive, at, READ_STEP);
        if (got < 0)
            return broken(u, err);
        if (got == 0)
            return ST_OK;
        buf_grew(&u->bytes, (size_t)got);
        u->total_bytes += (size_t)got;
        if (u->total_bytes > u->limits->total_bytes_max)
            return error_set(err, ST_LIMIT, "the archive unpacks to more than %zu bytes",
                             u->limits->total_bytes_max);
        if (u->total_bytes > RATIO_FREE_BYTES && u->total_bytes / RATIO_MAX > u->packed.len)
            return error_set(err, ST_LIMIT, "the archive unpacks to more than %d times its size",
                             RATIO_MAX);
    }
}

static status visit_entry(struct unpacking *u, struct archive_entry *entry,
                          status (*visit)(void *, slice, slice, struct error *), void *context,
                          struct error *err)
{
    slice name = slice_of(archive_entry_pathname(entry));
    if (!is_safe_name(name))
        return error_set(err, ST_INVALID, "archive entry '%.*s' has an unsafe name",
                         SLICE_ARG(slice_sub(name, 0, 80)));
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return ST_OK;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
        return error_set(err, ST_INVALID, "archive entry '%.*s' is a link or special file",
                         SLICE_ARG(slice_sub(name, 0, 80)));
    if (u->limits->wanted && !u->limits->wanted(name))
        return ST_OK;
    u->bytes.len = 0;
    TRY(unpack_entry(u, name, err));
    return visit(context, name, buf_slice(&u->bytes), err);
}

static status walk(struct unpacking *u, status (*visit)(void *, slice, slice, struct error *),
                   void *context, struct error *err)
{
    for (size_t count = 0;; count++) {
        struct archive_entry *entry;
        int rc = archive_read_next_header(u->archive, &entry);
        if (rc == ARCHIVE_EOF)
            return ST_OK;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return broken(u, err);
        if (count == u->limits->entries_max)
            return error_set(err, ST_LIMIT, "the archive holds more than %zu files",
                             u->limits->entries_max);
        TRY(visit_entry(u, entry, visit, context, err));
    }
}

status archive_each(slice bytes, const struct archive_limits *limits,
                    status (*visit)(void *context, slice name, slice bytes, struct error *err),
                    void *context, struct error *err)
{
    struct unpacking u = {.limits = limits, .packed = bytes, .archive = archive_read_new()};
    if (!u.archive)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    buf_init(&u.bytes, limits->entry_bytes_max + READ_STEP);
    (void)archive_read_support_format_zip_seekable(u.archive);
    (void)archive_read_support_format_tar(u.archive);
    (void)archive_read_support_filter_gzip(u.archive);
    status rc = archive_read_open_memory(u.archive, bytes.ptr, bytes.len) == ARCHIVE_OK
                    ? walk(&u, visit, context, err)
                    : broken(&u, err);
    (void)archive_read_free(u.archive);
    buf_finish(&u.bytes);
    return rc;
}
