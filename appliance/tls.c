/* OpenSSL: server contexts after Mozilla's recommendations, and the self-signed certificate. */
#include "tls.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypt.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096, PEM_MAX_BYTES = 1 << 20, VALID_DAYS = 825, HOST_NAME_MAX_BYTES = 64 };

/* Mozilla's server side recommendations 5.7: "intermediate" for TLS 1.2; TLS 1.3 has its own. */
static const char intermediate_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/* The newest reason in OpenSSL's queue, which is emptied. */
static const char *ssl_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

/* --- the self-signed certificate ----------------------------------------------------------------
 */

static bool name_is_plain(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '-' || *c == '.'))
            return false;
    return name[0] != '\0';
}

static bool extension_add(X509 *cert, int nid, const char *text)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
    if (!extension)
        return false;
    bool added = X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool cert_fill(X509 *cert, EVP_PKEY *key, int64_t now_ms)
{
    char host[HOST_NAME_MAX_BYTES + 1] = "", names[256];
    unsigned char serial[16];
    BIGNUM *number = NULL;
    bool ok = false;

    if (gethostname(host, sizeof host - 1) != 0 || !name_is_plain(host))
        (void)snprintf(host, sizeof host, "localhost");
    (void)snprintf(names, sizeof names, "DNS:localhost,DNS:%s,IP:127.0.0.1,IP:::1", host);
    crypt_random(serial, sizeof serial);
    serial[0] &= 0x7f; /* positive, RFC 5280 section 4.1.2.2 */
    number = BN_bin2bn(serial, sizeof serial, NULL);
    X509_NAME *subject = X509_get_subject_name(cert);
    time_t now = (time_t)(now_ms / 1000);
    if (!number || !BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)))
        goto out;
    if (X509_set_version(cert, 2) != 1 ||
        !X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, &now) ||
        !X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0, &now))
        goto out;
    if (X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"Sleuth", -1,
                                   -1, 0) != 1 ||
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)host, -1, -1,
                                   0) != 1 ||
        X509_set_issuer_name(cert, subject) != 1 || X509_set_pubkey(cert, key) != 1)
        goto out;
    ok = extension_add(cert, NID_subject_alt_name, names) &&
         extension_add(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         extension_add(cert, NID_ext_key_usage, "serverAuth") &&
         extension_add(cert, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
         extension_add(cert, NID_subject_key_identifier, "hash") &&
         X509_sign(cert, key, EVP_sha256()) > 0;
out:
    BN_free(number);
    return ok;
}

static status bio_save(BIO *bio, const char *path, unsigned mode, struct error *err)
{
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    assert(len > 0);
    return file_replace(path, slice_make(text, (size_t)len), mode, err);
}

static status pair_save(X509 *cert, EVP_PKEY *key, const char *cert_path, const char *key_path,
                        struct error *err)
{
    status rc = ST_NO_MEMORY;
    BIO *cert_pem = BIO_new(BIO_s_mem());
    BIO *key_pem = BIO_new(BIO_s_secmem());
    if (!cert_pem || !key_pem || PEM_write_bio_X509(cert_pem, cert) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1) {
        rc = error_set(err, ST_NO_MEMORY, "cannot encode the certificate: %s", ssl_reason());
        goto out;
    }
    rc = bio_save(key_pem, key_path, 0600, err);
    if (rc == ST_OK)
        rc = bio_save(cert_pem, cert_path, 0644, err);
out:
    BIO_free(cert_pem);
    BIO_free(key_pem);
    return rc;
}

static status pair_make(const char *cert_path, const char *key_path, int64_t now_ms,
                        struct error *err)
{
    status rc;
    X509 *cert = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (cert && key && cert_fill(cert, key, now_ms))
        rc = pair_save(cert, key, cert_path, key_path, err);
    else
        rc = error_set(err, ST_INTERNAL, "cannot make a certificate: %s", ssl_reason());
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}

/* --- the context --------------------------------------------------------------------------------
 */

static int alpn_choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char both[] = "\x02h2\x08http/1.1";
    bool http2 = *(const char *)arg != '\0';
    const unsigned char *ours = http2 ? both : both + 3;
    unsigned ours_len = (unsigned)(sizeof both - 1) - (http2 ? 0 : 3);
    (void)ssl;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_len, ours, ours_len, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK; /* goes on as HTTP/1.1 */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool ctx_configure(SSL_CTX *ctx, const struct tls_options *options)
{
    static char with_http2[] = "2", without[] = "";
    unsigned char id[16];
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_PRIORITIZE_CHACHA);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS); /* idle connections cost 34 KB less */
    /* A context of its own, so that sessions never move between listeners (CVE-2023-41337). */
    crypt_random(id, sizeof id);
    SSL_CTX_set_alpn_select_cb(ctx, alpn_choose, options->http2 ? with_http2 : without);
    return SSL_CTX_set_session_id_context(ctx, id, sizeof id) == 1 &&
           SSL_CTX_set_min_proto_version(ctx, options->modern ? TLS1_3_VERSION : TLS1_2_VERSION) ==
               1 &&
           SSL_CTX_set_cipher_list(ctx, intermediate_ciphers) == 1 &&
           SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
}

static status pair_load(SSL_CTX *ctx, const char *cert_path, const char *key_path,
                        struct error *err)
{
    const char *const paths[] = {cert_path, key_path};
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        if (access(paths[i], R_OK) != 0)
            return error_set(err, ST_CONFIG, "cannot read '%s': %s", paths[i], errno_text(errno));
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_path) != 1)
        return error_set(err, ST_CONFIG, "cannot use certificate '%s': %s", cert_path,
                         ssl_reason());
    if (SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM) != 1)
        return error_set(err, ST_CONFIG, "cannot use private key '%s': %s", key_path, ssl_reason());
    if (SSL_CTX_check_private_key(ctx) != 1)
        return error_set(err, ST_CONFIG, "private key '%s' does not belong to certificate '%s'",
                         key_path, cert_path);
    return ST_OK;
}

static int64_t asn1_ms(const ASN1_TIME *time)
{
    struct tm tm;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return 0;
    const struct civil civil = {.year = tm.tm_year + 1900,
                                .month = tm.tm_mon + 1,
                                .day = tm.tm_mday,
                                .hour = tm.tm_hour,
                                .minute = tm.tm_min,
                                .second = tm.tm_sec};
    return civil_to_ms(&civil);
}

static void leaf_describe(const X509 *leaf, struct tls *tls)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    tls->not_after_ms = asn1_ms(X509_get0_notAfter(leaf));
    if (X509_digest(leaf, EVP_sha256(), digest, &len) != 1)
        return;
    for (unsigned i = 0; i < len; i++)
        (void)snprintf(tls->fingerprint + (size_t)i * 3, 4, "%02X%s", digest[i],
                       i + 1 < len ? ":" : "");
}

static status ctx_build(const struct tls_options *options, const char *cert_path,
                        const char *key_path, struct tls *ret, struct error *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    status rc = ST_OK;
    if (!ctx || !ctx_configure(ctx, options))
        rc = error_set(err, ST_INTERNAL, "cannot set up TLS: %s", ssl_reason());
    if (rc == ST_OK)
        rc = pair_load(ctx, cert_path, key_path, err);
    if (rc == ST_OK) {
        leaf_describe(SSL_CTX_get0_certificate(ctx), ret);
        if (ret->not_after_ms && ret->not_after_ms < options->now_ms)
            rc = error_set(err, ST_CONFIG, "certificate '%s' has expired", cert_path);
    }
    if (rc != ST_OK) {
        SSL_CTX_free(ctx);
        return rc;
    }
    ret->ctx = ctx;
    return ST_OK;
}

/* Makes DATA/tls/{cert,key}.pem unless they are there and still good for a month. */
static status own_pair(const struct tls_options *options, struct tls *ret, struct error *err)
{
    enum { RENEW_MS_DAYS = 30 };
    char dir[PATH_MAX_BYTES], cert_path[PATH_MAX_BYTES + 16], key_path[PATH_MAX_BYTES + 16];
    if (snprintf(dir, sizeof dir, "%s/tls", options->data_dir) >= (int)sizeof dir)
        return error_set(err, ST_CONFIG, "the data directory's name is too long");
    (void)snprintf(cert_path, sizeof cert_path, "%s/cert.pem", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", dir);
    ret->self_signed = true;
    if (options->look_only)
        return ctx_build(options, cert_path, key_path, ret, err);
    TRY(file_make_dirs(dir, 0700, err));
    if (access(cert_path, R_OK) == 0 && access(key_path, R_OK) == 0) {
        status rc = ctx_build(options, cert_path, key_path, ret, err);
        int64_t month_ms = (int64_t)RENEW_MS_DAYS * 86400 * 1000;
        if (rc == ST_OK && ret->not_after_ms > options->now_ms + month_ms)
            return ST_OK;
        tls_finish(ret);
        ret->self_signed = true;
    }
    TRY(pair_make(cert_path, key_path, options->now_ms, err));
    ret->created = true;
    return ctx_build(options, cert_path, key_path, ret, err);
}

status tls_init(const struct tls_options *options, struct tls *ret, struct error *err)
{
    *ret = (struct tls){0};
    if (!options->cert_path && !options->key_path)
        return own_pair(options, ret, err);
    if (!options->cert_path || !options->key_path)
        return error_set(err, ST_CONFIG, "a certificate needs its key: give both files or none");
    return ctx_build(options, options->cert_path, options->key_path, ret, err);
}

void tls_finish(struct tls *tls)
{
    SSL_CTX_free(tls->ctx);
    *tls = (struct tls){0};
}
