/* The web app: drop, paste or pick a log, look at it, run, read the result on the same page. */
#include "api/tables.h"
#include "app.h"
#include "assets.h"
#include "config.h"
#include "pages/page.h"

static void put_samples(struct page *page)
{
    static const struct {
        const char *file, *text;
    } samples[] = {
        {"samples/adaptive.csv", N_("settings that follow the scores")},
        {"samples/honest.csv", N_("planned settings")},
        {"samples/best_of_n.csv", N_("best of several attempts")},
        {"samples/too_short.csv", N_("too few rounds")},
        {"samples/chinese.csv", N_("prompts swapped after bad rounds")},
    };
    page_raw(page, "<p class=\"row\"><span class=\"soft\">");
    page_say(page, N_("Or try a sample:"));
    page_raw(page, "</span>");
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        buf_printf(&page->out, "<button type=\"button\" class=\"small plain\" data-sample=\"%s\">",
                   asset_path(samples[i].file));
        page_say(page, samples[i].text);
        page_raw(page, "</button>");
    }
    page_raw(page, "</p>\n");
}

static void put_number(struct page *page, const char *name, const char *label,
                       const char *attributes)
{
    buf_printf(&page->out, "<div class=\"field\"><label for=\"%s\">", name);
    page_say(page, label);
    buf_printf(&page->out, "</label><input id=\"%s\" name=\"%s\" type=\"number\" %s></div>", name,
               name, attributes);
}

static void put_options(struct page *page)
{
    page_raw(page, "<details class=\"card\"><summary>");
    page_say(page, N_("Options"));
    page_raw(page, "</summary><div class=\"two\"><div><div class=\"field\"><label for=\"engine\">");
    page_say(page, N_("Engine"));
    page_raw(page, "</label><select id=\"engine\" name=\"engine\"><option value=\"calibrated\">");
    page_say(page, N_("calibrated"));
    page_raw(page, "</option><option value=\"classic\">");
    page_say(page, N_("classic, uncalibrated"));
    page_raw(page, "</option></select></div>");
    put_number(page, "draws", N_("Re-orderings of the log"),
               "min=\"99\" max=\"100000\" value=\"1999\"");
    page_raw(page, "</div><div>");
    put_number(page, "seed", N_("Seed"), "min=\"0\" value=\"1\"");
    page_raw(page,
             "<div class=\"field\"><label><input type=\"checkbox\" name=\"lower_is_better\">");
    page_say(page, N_("Lower scores are better"));
    page_raw(page, "</label></div></div></div></details>\n");
}

static void put_form(struct page *page)
{
    page_raw(page, "<form data-form=\"analyse\" novalidate><div class=\"drop\" data-drop><p><label "
                   "for=\"file\">");
    page_say(page, N_("Drop a log here, or choose a file"));
    page_raw(page,
             "</label><input id=\"file\" type=\"file\" accept=\".csv,.tsv,.txt,.jsonl,.json\"></p>"
             "</div><div class=\"field\"><label for=\"log\">");
    page_say(page, N_("Or paste it"));
    page_raw(page, "</label><textarea id=\"log\" name=\"log\" spellcheck=\"false\" placeholder=\""
                   "time_period,algorithm,performance,constraint_compute\"></textarea></div>");
    put_samples(page);
    page_raw(page, "<div data-preview hidden></div>");
    put_options(page);
    page_raw(page, "<div class=\"notice error\" role=\"alert\" data-error hidden></div>"
                   "<p class=\"row\"><button type=\"submit\">");
    page_say(page, N_("Analyse"));
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-validate>");
    page_say(page, N_("Check the file only"));
    page_raw(page, "</button><span class=\"soft\" role=\"status\" data-status></span></p></form>\n"
                   "<noscript><p class=\"notice warn\">");
    page_say(page, N_("Uploading here needs JavaScript. The command line and the API do not."));
    page_raw(page, "</p></noscript><section data-result tabindex=\"-1\" hidden></section>\n");
}

static status new_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("New analysis"),
                                   .path = "/dashboard/new",
                                   .scripts = {"analyse.js"},
                                   .place = PLACE_APP,
                                   .with_report_style = true};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    page_element(&page, "p", "soft", N_("Counts as one analysis when it ends with a result."));
    put_form(&page);
    return page_close(&page, 200, err);
}

static status app_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("Analyse a log"),
                                   .path = "/app",
                                   .scripts = {"analyse.js"},
                                   .with_report_style = true};
    page_open(&page, call, &head);
    page_element(&page, "p", "lead soft",
                 N_("One row per round and system: time_period, algorithm, performance, and the "
                    "settings as constraint_… columns."));
    if (call->actor == ACTOR_SESSION || call->app->config->auth_open_demo) {
        put_form(&page);
    } else {
        page_raw(&page, "<div class=\"notice\"><p>");
        page_say(&page, N_("This installation asks visitors to sign in first."));
        page_raw(&page, " <a href=\"/login?next=/dashboard/new\">");
        page_say(&page, N_("Sign in"));
        page_raw(&page, "</a></p></div>");
    }
    return page_close(&page, 200, err);
}

#define APP(route_path)                                                                            \
    {                                                                                              \
        .method = METHOD_GET, .path = route_path, .need = NEED_NOTHING,                            \
        .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED, .reply = app_reply                 \
    }

const struct route analyse_routes[] = {
    {.method = METHOD_GET,
     .path = "/dashboard/new",
     .need = NEED_NOTHING,
     .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED,
     .reply = new_reply},
    APP("/app"),
    APP("/zh/app"),
    APP("/en/app"),
};
