/* libFuzzer target: a Content-Type, a line end, and a multipart body.
 *
 * Accepted parts lie in the body, in order and apart, hold no fence, and what is written from them
 * reads back as the same parts. */
#include "multipart.h"

#include "fuzz.h"

#include "base/buf.h"

#include <stdio.h>

static void need_no_fence(slice body, slice boundary)
{
    char fence[MULTIPART_BOUNDARY_MAX + 4] = "\r\n--";
    memcpy(fence + 4, boundary.ptr, boundary.len);
    fuzz_need(!slice_find(body, slice_make(fence, boundary.len + 4), &(size_t){0}));
}

/* A boundary that no body of these parts holds: digits, counted up. */
static slice boundary_for(const struct multipart_part *parts, size_t count, char ret[static 24])
{
    for (unsigned number = 0;; number++) {
        int len = snprintf(ret, 24, "b%u", number);
        slice boundary = slice_make(ret, (size_t)len);
        bool held = false;
        for (size_t i = 0; i < count; i++)
            held = held || slice_find(parts[i].body, boundary, &(size_t){0});
        if (!held)
            return boundary;
    }
}

/* A quoted value cannot hold what ends it; names that do are not written again. */
static bool can_be_quoted(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ';' || text.ptr[i] == '\n' || text.ptr[i] == '\r')
            return false;
    return true;
}

static void reads_back(const struct multipart_part *parts, size_t count)
{
    static struct multipart_part again[MULTIPART_PARTS_MAX];
    char digits[24], type[64];
    struct buf out;
    struct error err;
    size_t again_count;
    slice boundary = boundary_for(parts, count, digits);
    (void)snprintf(type, sizeof type, "multipart/form-data; boundary=%s", digits);
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        if (!can_be_quoted(parts[i].name) || !can_be_quoted(parts[i].filename)) {
            buf_finish(&out);
            return;
        }
        buf_printf(&out, "%s--" SLICE_FMT "\r\nContent-Disposition: form-data; name=\"",
                   i ? "\r\n" : "", SLICE_ARG(boundary));
        buf_put(&out, parts[i].name);
        buf_put_str(&out, "\"; filename=\"");
        buf_put(&out, parts[i].filename);
        buf_put_str(&out, "\"\r\n\r\n");
        buf_put(&out, parts[i].body);
    }
    buf_printf(&out, "%s--" SLICE_FMT "--\r\n", count ? "\r\n" : "", SLICE_ARG(boundary));
    fuzz_need(multipart_parse(slice_of(type), buf_slice(&out), again, &again_count, &err) == ST_OK);
    fuzz_need(again_count == count);
    for (size_t i = 0; i < count; i++)
        fuzz_need(slice_eq(parts[i].name, again[i].name) &&
                  slice_eq(parts[i].filename, again[i].filename) &&
                  slice_eq(parts[i].body, again[i].body));
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct multipart_part parts[MULTIPART_PARTS_MAX];
    struct error err = {0};
    size_t count = 0, at;
    slice body = slice_make(data, size), type;
    if (!slice_split(&body, '\n', &type) || !body.ptr)
        return 0;
    status rc = multipart_parse(type, body, parts, &count, &err);
    fuzz_need(rc == ST_OK || (err.text[0] && strcmp(err.code, "invalid_multipart") == 0));
    if (rc != ST_OK)
        return 0;
    fuzz_need(count <= MULTIPART_PARTS_MAX);
    const char *before = body.ptr;
    fuzz_need(slice_find(body, S("--"), &at));
    for (size_t i = 0; i < count; i++) {
        fuzz_need(parts[i].name.len > 0);
        fuzz_need(parts[i].body.ptr > before && fuzz_inside(parts[i].body, body));
        fuzz_need(fuzz_inside(parts[i].name, body) && fuzz_inside(parts[i].filename, body) &&
                  fuzz_inside(parts[i].content_type, body));
        before = parts[i].body.ptr + parts[i].body.len;
    }
    /* the first line is the fence that no body may hold */
    slice fence =
        slice_from(slice_sub(body, 0, count ? (size_t)(parts[0].name.ptr - body.ptr) : 0), 2);
    if (slice_find(fence, S("\r\n"), &at) && at <= MULTIPART_BOUNDARY_MAX)
        for (size_t i = 0; i < count; i++)
            need_no_fence(parts[i].body, slice_sub(fence, 0, at));
    reads_back(parts, count);
    return 0;
}
