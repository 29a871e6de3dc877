/* A struct s3 whose endpoint is a fake_http. */
#ifndef TESTS_LIB_S3_ERRAND_H
#define TESTS_LIB_S3_ERRAND_H

#include "lib/outgoing.h"
#include "s3_ask.h"

struct s3_errand {
    struct outgoing out;
    struct fake_http fake;
    struct s3 s3;
    char endpoint[64];
};

static inline void s3_errand_open(struct s3_errand *errand, const char *const *answers)
{
    memset(errand, 0, sizeof *errand);
    fake_http_start(&errand->fake, answers);
    outgoing_open(&errand->out);
    (void)snprintf(errand->endpoint, sizeof errand->endpoint, "http://127.0.0.1:%d",
                   errand->fake.port);
    struct config *config = &errand->out.config;
    config->outbound_private_networks = config->s3_session_token = S("");
    config->s3_endpoint = slice_of(errand->endpoint);
    config->s3_bucket = S("testb");
    config->s3_region = S("us-east-1");
    config->s3_prefix = S("p");
    config->s3_addressing = S("path");
    config->s3_access_key = S("AK");
    config->s3_secret_key = S("geheim");
    config->s3_part_mib = 5;
    errand->s3 = (struct s3){.outbound = errand->out.outbound, .config = config};
}

static inline void s3_errand_close(struct s3_errand *errand)
{
    outgoing_close(&errand->out);
    fake_http_stop(&errand->fake);
}

#endif
