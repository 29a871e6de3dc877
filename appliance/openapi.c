/* Writes the OpenAPI document: one pass over the route tables. */
#include "openapi.h"

#include "base/json_out.h"
#include "reply.h"

#include <ctype.h>
#include <stdio.h>

static const struct {
    const char *name;
    const char *json;
} schemas[] = {
#define SCHEMA(name, json) {#name, json},
#include "openapi_schemas.def"
#undef SCHEMA
};

const char *openapi_schema(slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(schemas); i++)
        if (slice_eq(name, slice_of(schemas[i].name)))
            return schemas[i].json;
    return NULL;
}

const char *openapi_lacks(const struct route *route)
{
    const struct route_doc *doc = &route->doc;
    if (!doc->summary)
        return "summary";
    if (!doc->tag)
        return "tag";
    if (!doc->response && doc->success != 204)
        return "response";
    if (doc->response && doc->response[0] == '#' && !openapi_schema(slice_of(doc->response + 1)))
        return "known schema of the response";
    if (doc->request && doc->request[0] == '#' && !openapi_schema(slice_of(doc->request + 1)))
        return "known schema of the request";
    return NULL;
}

/* "#ApiKey" → a reference, anything else as it stands. */
static void put_schema(struct json_out *w, const char *schema)
{
    if (schema[0] != '#') {
        json_raw(w, slice_of(schema));
        return;
    }
    char ref[100];
    (void)snprintf(ref, sizeof ref, "#/components/schemas/%s", schema + 1);
    json_object(w);
    json_key_str(w, "$ref", slice_of(ref));
    json_end(w);
}

/* "/a/:id/ *" → "/a/{id}/{path}" */
static slice put_path(const char *path, char text[static 256])
{
    size_t len = 0;
    slice rest = slice_of(path);
    slice part;
    (void)slice_split(&rest, '/', &part);
    if (!rest.ptr || !rest.len)
        return S("/");
    while (slice_split(&rest, '/', &part) && len + part.len + 4 < 256) {
        bool any = slice_eq(part, S("*"));
        bool named = part.len && part.ptr[0] == ':';
        slice name = any ? S("path") : named ? slice_from(part, 1) : part;
        int n =
            snprintf(text + len, 256 - len, any || named ? "/{%.*s}" : "/%.*s", SLICE_ARG(name));
        len += (size_t)n;
    }
    return slice_make(text, len);
}

static bool has_param(const struct route_doc *doc, slice name)
{
    for (const struct route_param *p = doc->params; p && p->name; p++)
        if (slice_eq(name, slice_of(p->name)))
            return true;
    return false;
}

static void put_param(struct json_out *w, const struct route_param *p, enum lang lang)
{
    json_object(w);
    json_key_str(w, "name", slice_of(p->name));
    json_key_str(w, "in", slice_of(p->in));
    json_key_bool(w, "required", p->required || strcmp(p->in, "path") == 0);
    json_key_str(w, "description", slice_of(tr(lang, p->text)));
    json_key(w, "schema");
    json_raw(w, slice_of(p->schema));
    json_end(w);
}

/* Declared parameters, and those of the path that nobody described. */
static void put_params(struct json_out *w, const struct route *route, enum lang lang)
{
    slice rest = slice_of(route->path);
    slice part;
    json_key(w, "parameters");
    json_array(w);
    for (const struct route_param *p = route->doc.params; p && p->name; p++)
        put_param(w, p, lang);
    while (slice_split(&rest, '/', &part)) {
        char name[64];
        bool any = slice_eq(part, S("*"));
        if (!any && !(part.len && part.ptr[0] == ':'))
            continue;
        (void)snprintf(name, sizeof name, "%.*s", SLICE_ARG(any ? S("path") : slice_from(part, 1)));
        if (!has_param(&route->doc, slice_of(name)))
            put_param(w,
                      &(struct route_param){name, "path", "{\"type\":\"string\"}",
                                            N_("names the object"), true},
                      lang);
    }
    json_end(w);
}

static void put_request(struct json_out *w, const struct route_doc *doc)
{
    slice types = slice_of(doc->request_types);
    slice type;
    if (!doc->request)
        return;
    json_key(w, "requestBody");
    json_object(w);
    json_key(w, "content");
    json_object(w);
    json_key(w, "application/json");
    json_object(w);
    json_key(w, "schema");
    put_schema(w, doc->request);
    if (doc->request_example) {
        json_key(w, "example");
        json_raw(w, slice_of(doc->request_example));
    }
    json_end(w);
    while (types.len && slice_split(&types, ',', &type)) {
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", SLICE_ARG(slice_trim(type)));
        json_key(w, name);
        json_raw(w, slice_eq(slice_trim(type), S("multipart/form-data"))
                        ? S("{\"schema\":{\"type\":\"object\",\"properties\":{\"file\":{\"type\":"
                            "\"string\",\"format\":\"binary\"}}}}")
                        : S("{\"schema\":{\"type\":\"string\"}}"));
    }
    json_end(w);
    json_end(w);
}

/* "content" of the answer under each of its types; what is not JSON is a text. */
static void put_content(struct json_out *w, const struct route_doc *doc)
{
    slice types = slice_of(doc->response_type ? doc->response_type : "application/json");
    slice type;
    if (!doc->response)
        return;
    json_key(w, "content");
    json_object(w);
    while (slice_split(&types, ',', &type)) {
        char name[64];
        type = slice_trim(type);
        (void)snprintf(name, sizeof name, SLICE_FMT, SLICE_ARG(type));
        json_key(w, name);
        json_object(w);
        json_key(w, "schema");
        bool is_json = slice_has_suffix(type, S("json"));
        if (is_json)
            put_schema(w, doc->response);
        else
            json_raw(w, S("{\"type\":\"string\"}"));
        if (is_json && doc->response_example) {
            json_key(w, "example");
            json_raw(w, slice_of(doc->response_example));
        }
        json_end(w);
    }
    json_end(w);
}

static void put_success(struct json_out *w, const struct route_doc *doc)
{
    char code[16];
    int http_status = doc->success ? doc->success : 200;
    (void)snprintf(code, sizeof code, "%d", http_status);
    json_key(w, code);
    json_object(w);
    json_key_str(w, "description", slice_of(reply_reason(http_status)));
    put_content(w, doc);
    json_end(w);
}

static void put_error(struct json_out *w, const struct route_doc *doc, slice code)
{
    char text[16];
    uint64_t number = 0;
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(code));
    (void)slice_to_u64(code, &number); /* our own table */
    json_key(w, text);
    json_object(w);
    json_key_str(w, "description", slice_of(reply_reason((int)number)));
    if (number >= 200 && number < 300 && number != 204)
        put_content(w, doc);
    if (number >= 400) {
        json_key(w, "content");
        json_raw(w, S("{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                      "Problem\"}},\"application/problem+json\":{\"schema\":{\"$ref\":"
                      "\"#/components/schemas/Problem\"}}}"));
    }
    json_end(w);
}

/* What any route may answer, whatever its row says: a broken query, a server that is full, and
 * where it writes a disk that is. */
static void put_general(struct json_out *w, const struct route_doc *doc, const char *code)
{
    size_t at;
    if (!doc->errors || !slice_find(slice_of(doc->errors), slice_of(code), &at))
        put_error(w, doc, slice_of(code));
}

static void put_responses(struct json_out *w, const struct route *route)
{
    slice errors = slice_of(route->doc.errors);
    slice code;
    json_key(w, "responses");
    json_object(w);
    put_success(w, &route->doc);
    while (errors.len && slice_split(&errors, ' ', &code))
        if (code.len)
            put_error(w, &route->doc, code);
    put_general(w, &route->doc, "400");
    put_general(w, &route->doc, "503");
    if (route->apply)
        put_general(w, &route->doc, "507");
    json_key(w, "default");
    json_raw(w, S("{\"description\":\"Any other error\",\"content\":{\"application/json\":"
                  "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}"));
    json_end(w);
}

static void put_security(struct json_out *w, const struct route *route)
{
    json_key(w, "security");
    if (route->need == NEED_NOTHING)
        json_raw(w, S("[]"));
    else if (route->need == NEED_KEY && (route->flags & ROUTE_DEMO))
        json_raw(w, S("[{\"apiKey\":[]},{\"bearer\":[]},{\"session\":[]},{}]"));
    else if (route->need == NEED_KEY)
        json_raw(w, S("[{\"apiKey\":[]},{\"bearer\":[]},{\"session\":[]}]"));
    else
        json_raw(w, S("[{\"session\":[]}]"));
}

static void put_operation(struct json_out *w, const struct route *route, enum lang lang)
{
    char name[16];
    char id[200];
    size_t len = 0;
    (void)snprintf(name, sizeof name, "%s", method_name(route->method));
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    json_key(w, name);
    len = (size_t)snprintf(id, sizeof id, "%s%s", name, route->path);
    for (size_t i = 0; i < len && i < sizeof id; i++)
        if (!isalnum((unsigned char)id[i]))
            id[i] = '_';
    json_object(w);
    json_key_str(w, "operationId", slice_of(id));
    json_key_str(w, "summary", slice_of(tr(lang, route->doc.summary ? route->doc.summary : "")));
    if (route->doc.details)
        json_key_str(w, "description", slice_of(tr(lang, route->doc.details)));
    if (route->doc.tag) {
        json_key(w, "tags");
        json_array(w);
        json_str(w, slice_of(tr(lang, route->doc.tag)));
        json_end(w);
    }
    put_security(w, route);
    put_params(w, route, lang);
    put_request(w, &route->doc);
    put_responses(w, route);
    json_end(w);
}

/* --- the table --- */

static size_t row_count(void)
{
    size_t count = 0;
    for (size_t t = 0; t < route_table_count; t++)
        count += route_tables[t].count;
    return count;
}

static const struct route *row_at(size_t index)
{
    for (size_t t = 0; t < route_table_count; t++) {
        if (index < route_tables[t].count)
            return &route_tables[t].rows[index];
        index -= route_tables[t].count;
    }
    return NULL;
}

bool openapi_covers(const struct route *route)
{
    bool page =
        (route->flags & ROUTE_HTML) || slice_has_prefix(slice_of(route->path), S("/assets/"));
    return route->need != NEED_HOST && !page;
}

/* All operations of the path of row `first`, when that is the first row of its path. */
static void put_path_item(struct json_out *w, size_t first, size_t count, enum lang lang)
{
    char path[256];
    char key[260];
    const struct route *route = row_at(first);
    for (size_t i = 0; i < first; i++)
        if (openapi_covers(row_at(i)) && strcmp(row_at(i)->path, route->path) == 0)
            return;
    (void)snprintf(key, sizeof key, "%.*s", SLICE_ARG(put_path(route->path, path)));
    json_key(w, key);
    json_object(w);
    for (size_t i = first; i < count; i++)
        if (openapi_covers(row_at(i)) && strcmp(row_at(i)->path, route->path) == 0)
            put_operation(w, row_at(i), lang);
    json_end(w);
}

static void put_limits(struct buf *text, const struct plans *plans)
{
    buf_put_str(text, "Limits per plan (requests per minute, requests per day, analyses per "
                      "calendar month): ");
    for (size_t i = 0; i < PLAN_COUNT; i++) {
        const struct plan *p = &plans->plan[i];
        const uint64_t numbers[] = {p->per_minute, p->per_day, p->analyses_per_month};
        buf_printf(text, "%s%s ", i ? "; " : "", p->slug);
        for (size_t n = 0; n < ARRAY_COUNT(numbers); n++)
            if (numbers[n] == PLAN_UNLIMITED)
                buf_printf(text, "%sunlimited", n ? ", " : "");
            else
                buf_printf(text, "%s%llu", n ? ", " : "", (unsigned long long)numbers[n]);
    }
    buf_put_str(text, ". Every /api/… path is also served under /v1/….");
}

static void put_info(struct json_out *w, const struct plans *plans, const char *version)
{
    struct buf text;
    buf_init(&text, 4096);
    put_limits(&text, plans);
    json_key_str(w, "openapi", S("3.1.0"));
    json_key(w, "info");
    json_object(w);
    json_key_str(w, "title", S("Sleuth Bias Detection API"));
    json_key_str(w, "version", slice_of(version));
    json_key_str(w, "description", buf_slice(&text));
    json_key(w, "license");
    json_raw(w, S("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    json_end(w);
    json_key(w, "servers");
    json_raw(w, S("[{\"url\":\"/\"}]"));
    buf_finish(&text);
}

static void put_components(struct json_out *w)
{
    json_key(w, "components");
    json_object(w);
    json_key(w, "securitySchemes");
    json_raw(w, S("{\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"},"
                  "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
                  "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\","
                  "\"name\":\"__Host-sleuth_session\"}}"));
    json_key(w, "schemas");
    json_object(w);
    for (size_t i = 0; i < ARRAY_COUNT(schemas); i++) {
        json_key(w, schemas[i].name);
        json_raw(w, slice_of(schemas[i].json));
    }
    json_end(w);
    json_end(w);
}

status openapi_write(const struct plans *plans, const char *version, enum lang lang,
                     struct buf *out, struct error *err)
{
    struct json_out w;
    size_t count = row_count();
    json_out_init(&w, out, 0);
    json_object(&w);
    put_info(&w, plans, version);
    json_key(&w, "paths");
    json_object(&w);
    for (size_t i = 0; i < count; i++)
        if (openapi_covers(row_at(i)))
            put_path_item(&w, i, count, lang);
    json_end(&w);
    put_components(&w);
    json_end(&w);
    return buf_check(out, err);
}
