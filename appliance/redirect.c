/* The plain HTTP listener's only answer: the same path below the public URL. */
#include "h2o_glue.h"

int redirect_send(h2o_req_t *req, slice public_url)
{
    slice path = slice_make(req->path.base, req->path.len);
    while (public_url.len > 0 && public_url.ptr[public_url.len - 1] == '/')
        public_url.len--;
    if (public_url.len == 0) { /* a reload took it away */
        h2o_send_error_404(req, "Not Found", "not found", 0);
        return 0;
    }
    /* The address of a proxy request ("GET http://other/") is not a path. */
    if (path.len > LIMIT_PATH_BYTES || !slice_has_prefix(path, S("/")))
        path = S("/");
    h2o_iovec_t target = h2o_concat(&req->pool, h2o_iovec_init(public_url.ptr, public_url.len),
                                    h2o_iovec_init(path.ptr, path.len));
    h2o_send_redirect(req, 308, "Permanent Redirect", target.base, target.len);
    return 0;
}
