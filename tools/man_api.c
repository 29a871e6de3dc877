/* sleuth-api(7): the endpoints of the HTTP API, from the route table. */
#include "tools/man.h"

#include "route.h"

#include <stdio.h>

enum { LABEL_MAX = 160 };

struct page {
    const struct cli *cli;
    struct buf *out;
};

static void route_item(const struct route *route, void *data)
{
    struct page *page = data;
    char label[LABEL_MAX];
    if (route->need == NEED_HOST || (route->flags & ROUTE_HTML) || !route->doc.summary)
        return;
    (void)snprintf(label, sizeof label, "%s %s", method_name(route->method), route->path);
    man_item(page->out, label, cli_tr(page->cli, route->doc.summary));
}

void man_api(const struct cli *cli, struct buf *out)
{
    struct page page = {cli, out};
    man_head(cli, out, "sleuth-api", 7, cli_tr(cli, N_("HTTP API of the appliance")));
    man_section(cli, out, N_("Description"));
    man_text(out, cli_tr(cli, N_("Every /api/ path is also served below /v1/. Programs send "
                                 "'X-API-Key: KEY' or 'Authorization: Bearer KEY'. The full "
                                 "description is /openapi.json of a running server.")));
    buf_put_byte(out, '\n');
    man_section(cli, out, N_("Endpoints"));
    route_each(route_item, &page);
}
