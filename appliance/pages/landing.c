/* The first page: what Sleuth answers, shown on a sample log that this very server has analysed. */
#include "api/tables.h"
#include "assets.h"
#include "detect/detect.h"
#include "pages/page.h"

#include <pthread.h>

enum { DEMO_ARENA_BYTES = 64 << 20, DEMO_HTML_MAX = 256 << 10 };

/* Computed once per process and language, by whoever asks first; read-only afterwards. */
static struct demo {
    pthread_mutex_t lock;
    struct buf html[2];
    bool ready;
} demo = {.lock = PTHREAD_MUTEX_INITIALIZER};

static status render_demo(const struct detect_report *report, struct error *err)
{
    const struct report_context context = {.input_name = S("adaptive.csv"), .elapsed_ms = -1};
    for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
        buf_init(&demo.html[lang], DEMO_HTML_MAX);
        TRY(report_html_fragment(report, (enum lang)lang, &context, &demo.html[lang], err));
    }
    return ST_OK;
}

static status compute_demo(struct error *err)
{
    struct arena arena;
    struct panel *panel;
    struct detect_report *report;
    const struct panel_options options = {.engine = ENGINE_CALIBRATED};
    struct detect_options detect = detect_options_default();
    const struct asset *sample = asset_find(S("samples/adaptive.csv"));
    arena_init(&arena, DEMO_ARENA_BYTES);
    status rc = panel_from_csv(sample->bytes, &options, &arena, &panel, NULL, err);
    if (rc == ST_OK)
        rc = detect_run(panel, &detect, &arena, &report, err);
    if (rc == ST_OK)
        rc = render_demo(report, err);
    arena_finish(&arena);
    return rc;
}

static status landing_work(struct call *call, struct error *err)
{
    status rc = ST_OK;
    (void)call;
    (void)pthread_mutex_lock(&demo.lock); /* fails only for a broken mutex */
    if (!demo.ready)
        rc = compute_demo(err);
    demo.ready = rc == ST_OK;
    (void)pthread_mutex_unlock(&demo.lock);
    return rc;
}

static void put_how(struct page *page)
{
    static const struct {
        const char *title, *text;
    } steps[] = {
        {N_("Certain findings first"),
         N_("What changed between the runs that are being compared: harness, prompt, limit, judge, "
            "samples. Run by run, without statistics.")},
        {N_("Then the calibrated question"),
         N_("Did the settings of the next round depend on the results so far? Thousands of "
            "re-orderings of your own log say how often an honest log would look like that.")},
        {N_("What it cannot see, said plainly"),
         N_("Attempts that were not logged stay invisible, and small logs can only show large "
            "effects. Each report says how large.")},
    };
    page_raw(page, "<div class=\"grid\">");
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        page_raw(page, "<section class=\"card\">");
        page_element(page, "h2", NULL, steps[i].title);
        page_element(page, "p", NULL, steps[i].text);
        page_raw(page, "</section>");
    }
    page_raw(page, "</div>\n");
}

static status landing_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct page_head head = {.title = N_("Did the test follow the results?"),
                                   .path = "/",
                                   .no_heading = true,
                                   .with_report_style = true};
    page_open(&page, call, &head);
    page_raw(&page, "<section class=\"hero\">");
    page_element(&page, "h1", NULL, head.title);
    page_element(&page, "p", "lead",
                 N_("AI teams evaluate in rounds, and between rounds somebody moves the protocol. "
                    "Sleuth reads the evaluation log and says, with calibrated evidence, whether "
                    "the protocol followed the results."));
    page_raw(&page, "<p class=\"row\"><a class=\"button\" href=\"/app\">");
    page_say(&page, N_("Analyse a log"));
    page_raw(&page, "</a><a class=\"button plain\" href=\"/docs\">");
    page_say(&page, N_("Read how it works"));
    page_raw(&page, "</a></p></section>\n");
    put_how(&page);
    page_element(&page, "h2", NULL, N_("A sample log, analysed by this server"));
    page_raw(&page, "<div class=\"card\">");
    buf_put(&page.out, buf_slice(&demo.html[page.lang]));
    page_raw(&page, "</div>");
    return page_close(&page, 200, err);
}

#define LANDING(route_path)                                                                        \
    {                                                                                              \
        .method = METHOD_GET, .path = route_path, .need = NEED_NOTHING,                            \
        .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED, .work = landing_work,              \
        .reply = landing_reply                                                                     \
    }

const struct route landing_routes[] = {LANDING("/"), LANDING("/zh"), LANDING("/en")};
