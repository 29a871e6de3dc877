/* What libh2o refuses by itself (a body above the cap, too many uploads) also gets the JSON body.
 */
#include "h2o_glue.h"

#include <string.h>

struct refusal_ostream {
    h2o_ostream_t super;
    h2o_iovec_t body;
};

static h2o_iovec_t refusal_body(h2o_req_t *req)
{
    const char *error = "Invalid request", *code = "invalid_request";
    const char *text = "the request is not valid";
    if (req->res.status == 413) {
        error = "File too large";
        code = "too_large";
        text = "Maximum file size is 16MB";
    } else if (req->res.status == 503) {
        error = "Service unavailable";
        code = "busy";
        text = "the server is busy; try again";
    }
    return h2o_concat(
        &req->pool, h2o_iovec_init(H2O_STRLIT("{\"error\":\"")),
        h2o_iovec_init(error, strlen(error)), h2o_iovec_init(H2O_STRLIT("\",\"message\":\"")),
        h2o_iovec_init(text, strlen(text)), h2o_iovec_init(H2O_STRLIT("\",\"details\":\"")),
        h2o_iovec_init(text, strlen(text)), h2o_iovec_init(H2O_STRLIT("\",\"code\":\"")),
        h2o_iovec_init(code, strlen(code)), h2o_iovec_init(H2O_STRLIT("\"}")));
}

static void on_send(h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *bufs, size_t count,
                    h2o_send_state_t state)
{
    struct refusal_ostream *ostream = (struct refusal_ostream *)self;
    (void)bufs;
    h2o_ostream_send_next(&ostream->super, req, &ostream->body, count > 0, state);
}

static void on_setup(h2o_filter_t *filter, h2o_req_t *req, h2o_ostream_t **slot)
{
    /* Our own answers all carry a request id. */
    bool ours = h2o_find_header_by_str(&req->res.headers, H2O_STRLIT("x-request-id"), -1) != -1;
    (void)filter;
    if (!ours && req->res.status >= 400) {
        h2o_set_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE,
                       H2O_STRLIT("application/json"), /* overwrite= */ 1);
        struct refusal_ostream *ostream =
            (struct refusal_ostream *)h2o_add_ostream(req, sizeof *ostream, slot);
        slot = &ostream->super.next;
        ostream->super.do_send = on_send;
        ostream->body = refusal_body(req);
        req->res.content_length = ostream->body.len;
    }
    h2o_setup_next_ostream(req, slot);
}

void refusal_register(h2o_pathconf_t *path)
{
    h2o_filter_t *filter = h2o_create_filter(path, sizeof *filter);
    filter->on_setup_ostream = on_setup;
}
