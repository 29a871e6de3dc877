/* multipart/form-data (RFC 7578): the parts of a body that is in memory. Any thread. */
#ifndef MULTIPART_H
#define MULTIPART_H

#include "base/slice.h"
#include "base/status.h"

enum { MULTIPART_PARTS_MAX = 64, MULTIPART_BOUNDARY_MAX = 70 };

struct multipart_part {
    slice name;         /* of the field */
    slice filename;     /* empty for plain fields */
    slice content_type; /* as sent; empty when absent */
    slice body;         /* borrowed from the request */
};

/* content_type: the whole header value, with its boundary parameter. ST_INVALID (invalid_multipart)
 * when the body does not follow it; ST_TOO_LARGE beyond MULTIPART_PARTS_MAX parts. */
status multipart_parse(slice content_type, slice body,
                       struct multipart_part ret[static MULTIPART_PARTS_MAX], size_t *ret_count,
                       struct error *err);

#endif
