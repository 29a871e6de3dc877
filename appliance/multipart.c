/* Splits a multipart/form-data body. */
#include "multipart.h"

static status broken(struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_multipart",
                      "the multipart/form-data body does not follow its boundary");
}

/* `name="value"` or `name=value` among the parameters of a header; empty when absent. */
static slice parameter(slice header, slice name)
{
    slice piece;
    (void)slice_split(&header, ';', &piece); /* the value itself */
    while (header.ptr && slice_split(&header, ';', &piece)) {
        slice key;
        piece = slice_trim(piece);
        if (!slice_split(&piece, '=', &key) || !slice_eq_nocase(key, name) || !piece.ptr)
            continue;
        if (piece.len >= 2 && piece.ptr[0] == '"' && piece.ptr[piece.len - 1] == '"')
            return slice_sub(piece, 1, piece.len - 2);
        return piece;
    }
    return S("");
}

static void header_read(slice line, struct multipart_part *part)
{
    slice name;
    if (!slice_split(&line, ':', &name) || !line.ptr)
        return;
    if (slice_eq_nocase(name, S("Content-Disposition"))) {
        part->name = parameter(line, S("name"));
        part->filename = parameter(line, S("filename"));
    } else if (slice_eq_nocase(name, S("Content-Type"))) {
        part->content_type = slice_trim(line);
    }
}

/* Header lines up to the empty one; *rest is what follows it. */
static bool headers_read(slice *rest, struct multipart_part *part)
{
    slice line;
    for (int i = 0; i < 16 && slice_split(rest, '\n', &line); i++) {
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0)
            return rest->ptr != NULL;
        header_read(line, part);
    }
    return false;
}

status multipart_parse(slice content_type, slice body,
                       struct multipart_part ret[static MULTIPART_PARTS_MAX], size_t *ret_count,
                       struct error *err)
{
    char fence[MULTIPART_BOUNDARY_MAX + 4] = "\r\n--";
    slice boundary = parameter(content_type, S("boundary"));
    size_t at;
    if (boundary.len == 0 || boundary.len > MULTIPART_BOUNDARY_MAX)
        return broken(err);
    memcpy(fence + 4, boundary.ptr, boundary.len);
    slice next = slice_make(fence, boundary.len + 4);
    slice first = slice_from(next, 2); /* the first one may stand at the very start */
    if (!slice_has_prefix(body, first))
        return broken(err);
    slice rest = slice_from(body, first.len);
    *ret_count = 0;
    while (!slice_has_prefix(rest, S("--"))) {
        struct multipart_part part = {.name = S(""), .filename = S(""), .content_type = S("")};
        if (!slice_has_prefix(rest, S("\r\n")))
            return broken(err);
        rest = slice_from(rest, 2);
        if (!headers_read(&rest, &part) || part.name.len == 0 || !slice_find(rest, next, &at))
            return broken(err);
        if (*ret_count == MULTIPART_PARTS_MAX)
            return error_code(err, ST_TOO_LARGE, "invalid_multipart", "more than %d parts",
                              MULTIPART_PARTS_MAX);
        part.body = slice_sub(rest, 0, at);
        ret[(*ret_count)++] = part;
        rest = slice_from(rest, at + next.len);
    }
    return ST_OK;
}
