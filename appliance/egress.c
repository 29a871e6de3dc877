/* URL, purpose and address against the configuration. */
#include "egress.h"

#include "address.h"
#include "config.h"

#include <assert.h>
#include <stdio.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

/* What the configuration lists for a purpose. */
struct rules {
    slice bases[1]; /* URLs whose host and port may be asked */
    slice hosts;    /* further hosts, comma-separated; "*" any, "*.x" below x */
    slice networks; /* private networks that may be reached */
    bool below;     /* names below a base's host, too: buckets as host names */
};

static struct rules rules_of(const struct config *config, enum outbound_purpose purpose)
{
    switch (purpose) {
    case OUTBOUND_ZENODO:
        return (struct rules){.bases = {config->zenodo_base_url},
                              .hosts = config->zenodo_hosts,
                              .networks = config->outbound_private_networks};
    case OUTBOUND_S3:
        return (struct rules){.bases = {config->s3_endpoint},
                              .networks = config->outbound_private_networks,
                              .below = true};
    case OUTBOUND_STRIPE:
        return (struct rules){.bases = {config->billing_api_base},
                              .networks = config->outbound_private_networks};
    case OUTBOUND_HOOK:
        return (struct rules){.hosts = config->hooks_allow, .networks = config->hooks_allow};
    case OUTBOUND_SELF:
        return (struct rules){.bases = {config->http_public_url}, .networks = S("0.0.0.0/0, ::/0")};
    case OUTBOUND_PURPOSE_COUNT:
        break;
    }
    assert(!"a purpose");
    return (struct rules){.below = false};
}

/* --- URLs ---------------------------------------------------------------------------------------
 */

/* Printable ASCII without the bytes that parsers disagree about. */
static bool url_is_plain(slice url)
{
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || strchr("\\@#\"<>^`{|}", url.ptr[i]))
            return false;
    return url.len > 0 && url.len <= EGRESS_URL_MAX;
}

static bool is_host_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
}

/* "0x7f.1", "127.1", "2130706433": the resolver would read them as addresses. What ends in a
 * number must be an IPv4 address with four parts. */
static bool is_name_or_ipv4(slice host)
{
    struct address ignored;
    size_t start = host.len;
    for (size_t i = 0; i < host.len; i++)
        if (!is_host_byte(host.ptr[i]))
            return false;
    while (start > 0 && host.ptr[start - 1] != '.')
        start--;
    slice last = slice_from(host, start);
    if (last.len == 0 || (last.ptr[0] >= '0' && last.ptr[0] <= '9'))
        return address_parse(host, &ignored);
    return true;
}

static bool port_parse(slice text, uint16_t *ret)
{
    uint64_t port;
    if (!slice_to_u64(text, &port) || port == 0 || port > PORT_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* "[::1]:80", "host:80", "host" */
static bool authority_parse(slice text, struct egress *ret)
{
    struct address ignored;
    size_t end;
    slice host;
    bool is_ipv6 = text.len > 0 && text.ptr[0] == '[';
    if (is_ipv6) {
        if (!slice_find_byte(text, ']', &end))
            return false;
        host = slice_sub(text, 1, end - 1);
        text = slice_from(text, end + 1);
        if (!address_parse(host, &ignored))
            return false;
    } else {
        if (!slice_find_byte(text, ':', &end))
            end = text.len;
        host = slice_sub(text, 0, end);
        text = slice_from(text, end);
        if (!is_name_or_ipv4(host))
            return false;
    }
    if (host.len == 0 || host.len >= sizeof ret->host)
        return false;
    (void)snprintf(ret->host, sizeof ret->host, "%.*s", SLICE_ARG(host));
    return text.len == 0 || (text.ptr[0] == ':' && port_parse(slice_from(text, 1), &ret->port));
}

static bool url_parse(slice url, struct egress *ret)
{
    size_t end = 0;
    slice rest;
    *ret = (struct egress){.https = slice_has_prefix(url, S("https://"))};
    if (!url_is_plain(url) || (!ret->https && !slice_has_prefix(url, S("http://"))))
        return false;
    ret->port = ret->https ? PORT_HTTPS : PORT_HTTP;
    rest = slice_from(url, ret->https ? 8 : 7);
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    return authority_parse(slice_sub(rest, 0, end), ret);
}

/* --- names --------------------------------------------------------------------------------------
 */

static bool is_below(slice host, slice parent)
{
    return host.len > parent.len + 1 && host.ptr[host.len - parent.len - 1] == '.' &&
           slice_eq_nocase(slice_from(host, host.len - parent.len), parent);
}

static bool is_in_hosts(slice hosts, slice host)
{
    slice item;
    while (config_list_next(&hosts, &item)) {
        if (slice_eq(item, S("*")) || slice_eq_nocase(item, host))
            return true;
        if (slice_has_prefix(item, S("*.")) && is_below(host, slice_from(item, 2)))
            return true;
    }
    return false;
}

/* The URL has the scheme, host and port of a base URL that the administrator wrote down. */
static void base_apply(const struct rules *rules, slice base_url, struct egress *egress)
{
    struct egress base;
    struct address ignored;
    if (!url_parse(base_url, &base) || base.port != egress->port || base.https != egress->https)
        return;
    slice host = slice_of(egress->host), wanted = slice_of(base.host);
    if (!slice_eq_nocase(host, wanted)) {
        egress->is_listed |= rules->below && is_below(host, wanted);
        return;
    }
    egress->is_listed = true;
    egress->is_named = address_parse(wanted, &ignored);
    egress->is_localhost = slice_eq_nocase(wanted, S("localhost"));
}

static status forbidden(struct error *err, const struct egress *egress)
{
    return error_code(err, ST_FORBIDDEN, "egress_forbidden",
                      "the rules for outgoing connections do not allow '%.80s'", egress->host);
}

status egress_check(const struct config *config, enum outbound_purpose purpose, slice url,
                    struct egress *ret, struct error *err)
{
    struct rules rules = rules_of(config, purpose);
    struct address ignored;
    if (slice_eq(config->outbound_mode, S("airgap")))
        return error_code(err, ST_FORBIDDEN, "egress_forbidden",
                          "this appliance is air-gapped: it connects to no other host");
    if (!url_parse(url, ret))
        return error_code(err, ST_INVALID, "invalid_url", "'%.*s' is not a plain http or https URL",
                          url.len > 80 ? 80 : (int)url.len, url.ptr);
    slice host = slice_of(ret->host);
    for (size_t i = 0; i < ARRAY_COUNT(rules.bases); i++)
        if (rules.bases[i].len > 0)
            base_apply(&rules, rules.bases[i], ret);
    if (is_in_hosts(rules.hosts, host))
        ret->is_listed = true;
    ret->networks = rules.networks;
    /* Numbers are judged now, names once they have an address. A hook's address may be on the list
     * by its network alone. */
    bool by_network = purpose == OUTBOUND_HOOK && rules.networks.len > 0;
    if (!ret->is_listed && !by_network)
        return forbidden(err, ret);
    return address_parse(host, &ignored) && !egress_allows(ret, host) ? forbidden(err, ret) : ST_OK;
}

/* --- addresses ----------------------------------------------------------------------------------
 */

bool egress_is_public(slice address)
{
    /* IANA's special-purpose registries; everything else of IPv6 outside of 2000::/3 is unused or
     * local. */
    static const slice never = SLICE_INIT(
        "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,"
        "192.0.0.0/24,192.0.2.0/24,192.88.99.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,"
        "203.0.113.0/24,224.0.0.0/4,240.0.0.0/4,2001::/23,2001:db8::/32,2002::/16,3fff::/20");
    struct address parsed;
    if (!address_parse(address, &parsed) || networks_contain(never, address))
        return false;
    return parsed.bits == 32 || networks_contain(S("2000::/3"), address);
}

bool egress_allows(const struct egress *egress, slice address)
{
    /* Credentials of cloud machines: no configuration needs them. */
    if (networks_contain(S("169.254.169.254/32,fd00:ec2::254/128"), address))
        return false;
    if (egress->is_named || networks_contain(egress->networks, address))
        return true;
    if (egress->is_localhost)
        return networks_contain(S("127.0.0.0/8,::1/128"), address);
    return egress->https && egress->is_listed && egress_is_public(address);
}
