/* Certificates: loads or makes them, and turns them into the context that connections use.
 *
 * OpenSSL's types stay here; others see only an opaque pointer. Main thread unless said. */
#ifndef TLS_H
#define TLS_H

#include "base/slice.h"
#include "base/status.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

enum { TLS_FINGERPRINT_MAX = 100 }; /* "AB:CD:…", SHA-256, with NUL */

struct tls_options {
    const char *cert_path; /* PEM chain; NULL = self-signed in data_dir */
    const char *key_path;
    const char *data_dir; /* for DATA/tls/{cert,key}.pem */
    bool modern;          /* TLS 1.3 only (Mozilla modern); else intermediate */
    bool http2;           /* offered by ALPN */
    int64_t now_ms;       /* for the validity of a new certificate */
    bool look_only;        /* never make a certificate: what is there is judged */
};

struct tls {
    struct ssl_ctx_st *ctx;
    char fingerprint[TLS_FINGERPRINT_MAX]; /* of the leaf certificate */
    bool self_signed;                      /* made by us */
    bool created;                          /* made just now */
    int64_t not_after_ms;
};

/* In place. ST_CONFIG: files missing, do not match, expired or too weak; ST_IO. End it with
 * tls_finish, but not before connections that began with it are past their handshake. */
status tls_init(const struct tls_options *options, struct tls *ret, struct error *err);
void tls_finish(struct tls *tls); /* zeroed is allowed */

#endif
