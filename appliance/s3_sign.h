/* AWS Signature Version 4 for S3: header signatures and presigned URLs.
 *
 * Source: AWS General Reference, "Create a signed AWS API request", with S3's own rules: each path
 * segment is encoded once, paths are not normalised. The vectors of test_s3_sign.c were made by
 * AWS's own signer. Texts live in the caller's arena. Any thread. */
#ifndef S3_SIGN_H
#define S3_SIGN_H

#include "base/arena.h"

enum { S3_PAIRS_MAX = 16 };

struct s3_pair {
    slice name;
    slice value;
};

/* Borrowed; never logged. */
struct s3_credentials {
    slice access_key, secret_key;
    slice session_token; /* empty = permanent credentials */
    slice region;
};

struct s3_question {
    const char *method;
    slice host;                  /* "127.0.0.1:9000": with the port unless it is the scheme's */
    slice path;                  /* not encoded: "/bucket/key" */
    const struct s3_pair *query; /* not encoded; sorted here */
    size_t query_count;
    const struct s3_pair *headers; /* lower-case names; host and x-amz-… are added here */
    size_t header_count;
    slice payload; /* SHA-256 of the body in hex, or "UNSIGNED-PAYLOAD" */
    int64_t now_ms;
};

struct s3_signature {
    slice path;      /* encoded, for the URL */
    slice query;     /* encoded and sorted; empty = none */
    slice date;      /* x-amz-date: "20260102T030405Z" */
    slice canonical; /* the canonical request and the string to sign, for tests and errors */
    slice to_sign;
    slice signature;     /* 64 hex digits */
    slice authorization; /* header value; empty when presigned */
};

/* ST_TOO_LARGE when a text does not fit. */
status s3_sign(const struct s3_credentials *credentials, const struct s3_question *question,
               struct arena *arena, struct s3_signature *ret, struct error *err);
/* Query authentication, valid for 1..604800 s: path + "?" + query is the link. The payload is not
 * signed, no header but host is. */
status s3_presign(const struct s3_credentials *credentials, const struct s3_question *question,
                  uint32_t seconds, struct arena *arena, struct s3_signature *ret,
                  struct error *err);

/* RFC 3986, upper-case hex; '/' stays when keep_slash. */
slice s3_encode(slice text, bool keep_slash, struct arena *arena);

#endif
