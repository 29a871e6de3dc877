/* Bodies, pages and entity tags, shared by the handlers. */
#include "body.h"

#include "base/crypt.h"

enum { LINK_BYTES_MAX = 8192 };

bool body_is_json(const struct call *call)
{
    return slice_eq(call->content_type, S("application/json")) ||
           (slice_has_prefix(call->content_type, S("application/")) &&
            slice_has_suffix(call->content_type, S("+json")));
}

status body_members(struct call *call, const struct json_member *members, size_t count,
                    struct error *err)
{
    bool strict = call->route->flags & ROUTE_STRICT;
    if (call->body.len && !body_is_json(call))
        return error_code(err, ST_MEDIA_TYPE, "unsupported_media_type",
                          "Content-Type must be application/json");
    return json_read_members(call->body, &call->arena, members, count,
                             strict ? JSON_STRICT : JSON_LENIENT, err);
}

status body_empty(struct call *call, struct error *err)
{
    return body_members(call, NULL, 0, err);
}

status page_from_query(const struct call *call, struct store_page *ret, struct error *err)
{
    uint64_t limit;
    slice cursor = call_query(call, "cursor");
    const struct call_query_range range = {.min = 1, .max = STORE_PAGE_MAX, .fallback = 50};
    TRY(call_query_u64(call, "limit", &range, &limit, err));
    *ret = (struct store_page){.limit = (size_t)limit, .cursor = cursor.ptr ? cursor : S("")};
    return ST_OK;
}

/* Percent-encodes what is not unreserved (RFC 3986). */
static void put_encoded(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain)
            buf_put_byte(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

/* The same question with the next cursor: filters, order and range stay. */
static slice next_link(struct call *call, const struct store_page *page)
{
    struct buf link;
    buf_init_arena(&link, &call->arena, LINK_BYTES_MAX);
    buf_printf(&link, "<" SLICE_FMT "?limit=%zu", SLICE_ARG(call->path), page->limit);
    for (size_t i = 0; i < call->query_count; i++) {
        slice name = call->query[i].name;
        if (slice_eq(name, S("limit")) || slice_eq(name, S("cursor")))
            continue;
        buf_put_byte(&link, '&');
        put_encoded(&link, name);
        buf_put_byte(&link, '=');
        put_encoded(&link, call->query[i].value);
    }
    buf_printf(&link, "&cursor=" SLICE_FMT ">; rel=\"next\"", SLICE_ARG(page->next));
    return link.overflow ? S("") : buf_slice(&link);
}

void page_to_reply(struct call *call, struct json_out *w, const struct store_page *page)
{
    if (!page->next.len) {
        json_key_null(w, "next_cursor");
        return;
    }
    json_key_str(w, "next_cursor", page->next);
    slice link = next_link(call, page);
    if (link.len)
        reply_header(call, "link", link);
}

slice body_tag(struct call *call, slice body)
{
    struct crypt_hash hash;
    char tag[33];
    crypt_hash(&hash, S(""), body);
    return arena_copy(&call->arena, crypt_hex(tag, hash.bytes, 16));
}

status reply_end_tagged(struct call *call, struct error *err)
{
    TRY(reply_end(call, err));
    (void)reply_etag(call, body_tag(call, buf_slice(&call->reply.body)));
    return ST_OK;
}

slice rev_tag(struct call *call, uint64_t id, uint64_t rev)
{
    return arena_printf(&call->arena, "%llu-%llu", (unsigned long long)id, (unsigned long long)rev);
}

status check_rev(struct call *call, uint64_t id, uint64_t rev, struct error *err)
{
    if (reply_if_match(call, rev_tag(call, id, rev)))
        return ST_OK;
    return error_code(err, ST_PRECONDITION, "precondition_failed",
                      "it has changed meanwhile; read it again");
}
