/* egress.c: which URLs and addresses may be connected to. */
#include "egress.h"

#include "config.h"

#include "lib/main.h"

static struct error err;
static struct egress egress;

static struct config config_make(void)
{
    return (struct config){
        .outbound_mode = S("online"),
        .zenodo_base_url = S("https://zenodo.org"),
        .zenodo_hosts = S("*.cern.ch, storage.example"),
        .billing_api_base = S("http://127.0.0.1:4242"),
        .s3_endpoint = S("http://localhost:9000"),
        .hooks_allow = S("*"),
    };
}

static enum status_code check(const struct config *config, enum outbound_purpose purpose,
                              const char *url)
{
    error_clear(&err);
    return egress_check(config, purpose, slice_of(url), &egress, &err);
}

START_TEST(only_listed_hosts_may_be_asked)
{
    struct config config = config_make();
    ck_status(check(&config, OUTBOUND_ZENODO, "https://zenodo.org/api/records/1"), ST_OK);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://ZENODO.org/api"), ST_OK);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://s3.cern.ch/x"), ST_OK);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://storage.example?x=1"), ST_OK);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://cern.ch/x"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://evilcern.ch/x"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://zenodo.org.evil.example/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://zenodo.org:8443/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_ZENODO, "http://zenodo.org/"), ST_FORBIDDEN);
    ck_assert_str_eq(err.code, "egress_forbidden");
    ck_status(check(&config, OUTBOUND_STRIPE, "https://api.stripe.com/v1"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_STRIPE, "http://127.0.0.1:4242/v1"), ST_OK);
    ck_status(check(&config, OUTBOUND_STRIPE, "http://127.0.0.1:4243/v1"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_S3, "http://bucket.localhost:9000/x"), ST_OK);
    ck_status(check(&config, OUTBOUND_HOOK, "https://hooks.example/x"), ST_OK);
}
END_TEST

START_TEST(an_airgapped_appliance_asks_nobody)
{
    struct config config = config_make();
    config.outbound_mode = S("airgap");
    ck_status(check(&config, OUTBOUND_ZENODO, "https://zenodo.org/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_STRIPE, "http://127.0.0.1:4242/"), ST_FORBIDDEN);
    ck_assert_str_eq(err.code, "egress_forbidden");
}
END_TEST

START_TEST(urls_that_parsers_read_differently_are_refused)
{
    static const char *const bad[] = {
        "",
        "zenodo.org",
        "file:///etc/passwd",
        "gopher://zenodo.org/",
        "HTTPS://zenodo.org/",
        "https://",
        "https:///x",
        "https://user@zenodo.org/",
        "https://zenodo.org\\@evil.example/",
        "https://zenodo.org#@evil.example/",
        "https://zenodo.org /",
        "https://zen\todo.org/",
        "https://zenodo.org:0/",
        "https://zenodo.org:65536/",
        "https://zenodo.org:80:80/",
        "https://zenodo.org:/",
        "https://z\xc3\xa9nodo.org/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[zenodo.org]/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
    };
    struct config config = config_make();
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert_msg(check(&config, OUTBOUND_HOOK, bad[i]) == ST_INVALID, "'%s'", bad[i]);
    char longest[EGRESS_URL_MAX + 2];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "https://x/", 10);
    longest[EGRESS_URL_MAX] = '\0';
    ck_status(check(&config, OUTBOUND_HOOK, longest), ST_OK);
    longest[EGRESS_URL_MAX] = 'a';
    longest[EGRESS_URL_MAX + 1] = '\0';
    ck_status(check(&config, OUTBOUND_HOOK, longest), ST_INVALID);
}
END_TEST

START_TEST(a_hook_reaches_no_private_address)
{
    static const char *const bad[] = {
        "https://127.0.0.1/",       "https://[::1]/",         "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/", "https://10.0.0.1/",      "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "http://192.0.2.1/",      "https://[fe80::1]/",
        "http://8.8.8.8/",          "https://[::127.0.0.1]/", "https://0.0.0.0/",
    };
    struct config config = config_make();
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert_msg(check(&config, OUTBOUND_HOOK, bad[i]) == ST_FORBIDDEN, "'%s'", bad[i]);
    ck_status(check(&config, OUTBOUND_HOOK, "https://8.8.8.8/"), ST_OK);
    ck_status(check(&config, OUTBOUND_HOOK, "https://[2606:4700::1]/"), ST_OK);
}
END_TEST

START_TEST(addresses_are_judged_when_the_name_has_one)
{
    struct config config = config_make();
    ck_status(check(&config, OUTBOUND_HOOK, "https://hooks.example/"), ST_OK);
    ck_assert(egress_allows(&egress, S("93.184.216.34")));
    ck_assert(!egress_allows(&egress, S("127.0.0.1")));
    ck_assert(!egress_allows(&egress, S("::ffff:127.0.0.1")));
    ck_assert(!egress_allows(&egress, S("fd00:ec2::254")));
    ck_status(check(&config, OUTBOUND_HOOK, "http://hooks.example/"), ST_OK);
    ck_assert(!egress_allows(&egress, S("93.184.216.34"))); /* plain http to the world */
    ck_status(check(&config, OUTBOUND_S3, "http://localhost:9000/"), ST_OK);
    ck_assert(egress_allows(&egress, S("127.0.0.1")));
    ck_assert(egress_allows(&egress, S("::1")));
    ck_assert(!egress_allows(&egress, S("10.0.0.1")));
}
END_TEST

START_TEST(networks_that_are_named_may_be_reached)
{
    struct config config = config_make();
    config.hooks_allow = S("hooks.example, 10.1.0.0/16, 127.0.0.0/8, 169.254.0.0/16");
    ck_status(check(&config, OUTBOUND_HOOK, "http://10.1.2.3:8080/"), ST_OK);
    ck_status(check(&config, OUTBOUND_HOOK, "http://127.0.0.1:1/"), ST_OK);
    ck_status(check(&config, OUTBOUND_HOOK, "http://10.2.0.1/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_HOOK, "https://8.8.8.8/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_HOOK, "http://169.254.169.254/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_HOOK, "https://intern.example/"), ST_OK);
    ck_assert(egress_allows(&egress, S("10.1.0.1"))); /* by its network */
    ck_assert(!egress_allows(&egress, S("8.8.8.8"))); /* not by its name */
    config.outbound_private_networks = S("10.0.0.0/8");
    ck_status(check(&config, OUTBOUND_ZENODO, "https://10.0.0.1/"), ST_FORBIDDEN);
    ck_status(check(&config, OUTBOUND_ZENODO, "https://zenodo.org/"), ST_OK);
    ck_assert(egress_allows(&egress, S("10.0.0.1")));
}
END_TEST

START_TEST(public_means_public)
{
    static const char *const no[] = {"0.0.0.0",     "10.9.9.9",
                                     "100.64.0.1",  "127.255.255.255",
                                     "172.31.0.1",  "192.168.1.1",
                                     "224.0.0.1",   "255.255.255.255",
                                     "::",          "::1",
                                     "fc00::1",     "fe80::1",
                                     "ff02::1",     "2001::1",
                                     "2001:db8::1", "64:ff9b::808:808",
                                     "x",           ""};
    static const char *const yes[] = {"1.1.1.1", "172.32.0.1", "100.128.0.1", "2a00:1450::1"};
    for (size_t i = 0; i < ARRAY_COUNT(no); i++)
        ck_assert_msg(!egress_is_public(slice_of(no[i])), "%s", no[i]);
    for (size_t i = 0; i < ARRAY_COUNT(yes); i++)
        ck_assert_msg(egress_is_public(slice_of(yes[i])), "%s", yes[i]);
}
END_TEST

TEST_MAIN("egress", only_listed_hosts_may_be_asked, an_airgapped_appliance_asks_nobody,
          urls_that_parsers_read_differently_are_refused, a_hook_reaches_no_private_address,
          addresses_are_judged_when_the_name_has_one, networks_that_are_named_may_be_reached,
          public_means_public)
