/* Serves the embedded files: under their hash for ever, compressed as the browser accepts it. */
#include "api/tables.h"
#include "assets.h"
#include "call.h"
#include "detect/detect.h"

#include <stdio.h>

static bool accepts(const struct call *call, slice coding)
{
    slice header = call_header(call, "accept-encoding");
    slice part;
    for (int i = 0; i < 32 && slice_split(&header, ',', &part); i++) {
        slice name;
        (void)slice_split(&part, ';', &name);
        if (slice_eq_nocase(slice_trim(name), coding))
            return !part.ptr || !slice_eq(slice_trim(part), S("q=0"));
    }
    return false;
}

/* The smallest form that the browser takes. */
static slice choose(struct call *call, const struct asset *asset)
{
    reply_header(call, "Vary", S("Accept-Encoding"));
    if (asset->brotli.len && accepts(call, S("br"))) {
        reply_header(call, "Content-Encoding", S("br"));
        return asset->brotli;
    }
    if (asset->gzip.len && accepts(call, S("gzip"))) {
        reply_header(call, "Content-Encoding", S("gzip"));
        return asset->gzip;
    }
    return asset->bytes;
}

static status file_reply(struct call *call, struct error *err)
{
    const struct asset *asset = asset_at(call->path);
    if (!asset)
        return error_set(err, ST_NOT_FOUND, "there is no such thing");
    reply_cache(call, "public, max-age=31536000, immutable");
    if (reply_etag(call, slice_of(asset->etag)))
        return ST_OK;
    return reply_bytes(call, 200, asset->content_type, choose(call, asset));
}

/* The style sheet of reports is made by detect/, not a file of web/. */
static status report_style_reply(struct call *call, struct error *err)
{
    (void)err;
    reply_cache(call, "public, max-age=300");
    if (reply_etag(call, S(DETECT_ENGINE_VERSION "-" VERSION)))
        return ST_OK;
    return reply_bytes(call, 200, "text/css; charset=utf-8", report_style());
}

const struct route file_routes[] = {
    {.method = METHOD_GET,
     .path = "/assets/report.css",
     .need = NEED_NOTHING,
     .flags = ROUTE_NO_ALIAS | ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP,
     .reply = report_style_reply},
    {.method = METHOD_GET,
     .path = "/assets/:hash/*",
     .need = NEED_NOTHING,
     .flags = ROUTE_NO_ALIAS | ROUTE_UNCOUNTED | ROUTE_BEFORE_SETUP,
     .reply = file_reply},
};
