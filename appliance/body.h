/* What handlers read from and add to most calls: JSON members, pages of a list, entity tags.
 * Thread: whichever runs the stage. */
#ifndef BODY_H
#define BODY_H

#include "call.h"
#include "json.h"
#include "storage/storage.h"

/* Reads members of the JSON body into their places, other members refused on ROUTE_STRICT routes
 * and ignored elsewhere. An empty body counts as {}. ST_MEDIA_TYPE when it is not JSON.
 *   TRY(body_read(call, err, JSON_STR("name", &in->name, 1, 100))); */
#define body_read(call, err, ...)                                                                  \
    body_members(call, (const struct json_member[]){__VA_ARGS__},                                  \
                 sizeof((const struct json_member[]){__VA_ARGS__}) / sizeof(struct json_member),   \
                 err)
status body_members(struct call *call, const struct json_member *members, size_t count,
                    struct error *err);
/* For routes that take no members: an empty body or {}. */
status body_empty(struct call *call, struct error *err);
/* application/json or application/…+json */
bool body_is_json(const struct call *call);

/* ?limit=1..200&cursor= into a page. */
status page_from_query(const struct call *call, struct store_page *ret, struct error *err);
/* "next_cursor" into the open object, and the Link header. */
void page_to_reply(struct call *call, struct json_out *w, const struct store_page *page);

/* reply_end with an entity tag over the body: turns into 304 when the client has it. */
status reply_end_tagged(struct call *call, struct error *err);
/* That tag; lives in the arena. */
slice body_tag(struct call *call, slice body);
/* Tag of one record version, for If-Match; lives in the arena. */
slice rev_tag(struct call *call, uint64_t id, uint64_t rev);
/* ST_PRECONDITION unless If-Match is absent or names the record's version. */
status check_rev(struct call *call, uint64_t id, uint64_t rev, struct error *err);

#endif
