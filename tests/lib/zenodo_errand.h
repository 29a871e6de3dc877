/* A struct zenodo whose base URL is a fake_http. */
#ifndef TESTS_LIB_ZENODO_ERRAND_H
#define TESTS_LIB_ZENODO_ERRAND_H

#include "lib/outgoing.h"
#include "zenodo_try.h"

struct errand {
    struct outgoing out;
    struct fake_http fake;
    struct zenodo zenodo;
    char base[64];
};

static inline void errand_open(struct errand *errand, const char *const *answers)
{
    memset(errand, 0, sizeof *errand);
    fake_http_start(&errand->fake, answers);
    outgoing_open(&errand->out);
    (void)snprintf(errand->base, sizeof errand->base, "http://127.0.0.1:%d", errand->fake.port);
    struct config *config = &errand->out.config;
    config->zenodo_base_url = slice_of(errand->base);
    config->zenodo_hosts = config->zenodo_token = config->outbound_private_networks = S("");
    config->zenodo_file_mib = 1;
    config->zenodo_timeout_seconds = 5;
    errand->zenodo =
        (struct zenodo){.outbound = errand->out.outbound, .config = config, .patience_ms = 3000};
}

static inline void errand_close(struct errand *errand)
{
    outgoing_close(&errand->out);
    fake_http_stop(&errand->fake);
}

#endif
