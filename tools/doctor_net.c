/* Who can be reached from here: our own public address, and the services that are configured. */
#include "tools/doctor.h"

#include "outbound.h"

enum { ASK_MS = 8000 };

struct place {
    const char *check;
    enum outbound_purpose purpose;
    slice url;
    slice says; /* must stand in the answer; empty = any answer will do */
    const char *fix;
};

static void ask(struct doctor *d, struct outbound *outbound, const struct place *place)
{
    struct error err = {0};
    struct outbound_answer answer = {0};
    size_t at;
    const struct outbound_request request = {
        .purpose = place->purpose, .method = "GET", .url = place->url, .timeout_ms = ASK_MS};
    status rc = outbound_call(outbound, &request, &d->cli->arena, &answer, &err);
    const char *text = d->cli->lang == LANG_ZH ? err.text_zh : err.text;
    if (rc != ST_OK && rc != ST_TOO_LARGE) /* a large answer is an answer */
        doctor_tell(d, place->check, HEALTH_WARN, arena_copy(&d->cli->arena, slice_of(text)),
                    place->fix);
    else if (place->says.len && !slice_find(answer.body, place->says, &at))
        doctor_tell(d, place->check, HEALTH_FAIL, arena_copy(&d->cli->arena, place->url),
                    N_("something else answers there: set http.public_url to this appliance"));
    else
        doctor_tell(d, place->check, HEALTH_OK, arena_copy(&d->cli->arena, place->url), "");
}

void doctor_net(struct doctor *d)
{
    const struct config *config = &d->config;
    struct outbound *outbound = NULL;
    struct error err = {0};
    slice self = config->http_public_url.len
                     ? arena_printf(&d->cli->arena, "%s/health", config->http_public_url.ptr)
                     : S("");
    bool stripe = slice_eq(config->billing_mode, S("stripe"));
    const struct place places[] = {
        {"public_url_answers", OUTBOUND_SELF, self, S("\"Sleuth Bias Detection API\""),
         N_("from here it does not answer: DNS, proxy, firewall, or a certificate that this host "
            "does not trust (outbound.ca_file)")},
        {"zenodo", OUTBOUND_ZENODO, config->zenodo_base_url, S(""),
         N_("data sets cannot be fetched: outbound.proxy, firewall, or outbound.mode = airgap")},
        {"stripe", OUTBOUND_STRIPE, stripe ? config->billing_api_base : S(""), S(""),
         N_("payments do not work: outbound.proxy or firewall")},
        {"object_store", OUTBOUND_S3, config->s3_endpoint, S(""),
         N_("copies do not leave this host: s3.endpoint, outbound.proxy or firewall")},
    };
    if (slice_eq(config->outbound_mode, S("airgap"))) {
        doctor_tell(d, "network", HEALTH_OK, slice_of(cli_tr(d->cli, N_("air-gapped: not asked"))),
                    "");
        return;
    }
    if (outbound_create(config, &outbound, &err) != ST_OK) {
        doctor_tell(d, "network", HEALTH_FAIL, arena_copy(&d->cli->arena, slice_of(err.text)), "");
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(places); i++)
        if (places[i].url.len)
            ask(d, outbound, &places[i]);
    outbound_destroy(&outbound);
}
