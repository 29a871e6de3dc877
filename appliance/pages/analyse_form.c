/* The form for a new analysis and the words that analyse.js needs; see analyse_form.h. */
#include "pages/analyse_form.h"

#include "assets.h"
#include "detect/detect.h"
#include "pages/parts.h"
#include "plans.h"

/* --- input
 * ----------------------------------------------------------------------------------------- */

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

static void put_drop(struct page *page)
{
    page_raw(page, "<div class=\"drop\" data-drop><p><label for=\"file\">");
    page_say(page, N_("Drop a log here, or choose files"));
    page_raw(page, "</label><input id=\"file\" type=\"file\" multiple></p><p class=\"soft\">");
    page_say(page, N_("A table (CSV, JSON lines), result files of lm-evaluation-harness, Inspect, "
                      "OpenCompass, MLflow or W&B, or an archive of a whole directory."));
    page_raw(page, "</p><p><label class=\"sr\" for=\"folder\">");
    page_say(page, N_("Choose a directory of logs"));
    page_raw(page, "</label><input id=\"folder\" type=\"file\" webkitdirectory hidden>"
                   "<button type=\"button\" class=\"small plain\" data-folder>");
    page_say(page, N_("Choose a directory of logs"));
    page_raw(page, "</button></p></div>\n<div class=\"field\"><label for=\"log\">");
    page_say(page, N_("Or paste a table"));
    page_raw(page, "</label><textarea id=\"log\" spellcheck=\"false\" placeholder=\""
                   "time_period,algorithm,performance,constraint_compute\"></textarea></div>");
    put_samples(page);
}

/* A record of Zenodo is fetched by the server; visitors cannot have it fetch anything. */
static void put_source(struct page *page)
{
    page_field(page,
               &(struct page_field){
                   .name = "source",
                   .label = N_("Or a record of Zenodo, or a stored data set"),
                   .attributes = "maxlength=\"1000\" autocomplete=\"off\" spellcheck=\"false\" "
                                 "placeholder=\"zenodo://17637303\"",
                   .help = N_("A number, a DOI, zenodo://ID/VERSION/FILE or dataset:NAME/FILE."),
                   .value = call_query(page->call, "source")});
}

/* --- options
 * --------------------------------------------------------------------------------------- */

static void put_presets(struct page *page)
{
    size_t count;
    const struct preset *presets = preset_table(&count);
    page_raw(page, "<div class=\"field\"><label for=\"preset\">");
    page_say(page, N_("Preset"));
    page_raw(page, "</label><select id=\"preset\" name=\"preset\">");
    for (size_t i = 0; i < count; i++) {
        buf_printf(&page->out, "<option value=\"%s\">%s — ", presets[i].name, presets[i].name);
        page_say(page, presets[i].meaning);
        page_raw(page, "</option>");
    }
    page_raw(page, "</select></div>");
}

static void put_number(struct page *page, const char *name, const char *label,
                       const char *attributes)
{
    buf_printf(&page->out, "<div class=\"field\"><label for=\"%s\">", name);
    page_say(page, label);
    buf_printf(&page->out, "</label><input id=\"%s\" name=\"%s\" type=\"number\" %s></div>", name,
               name, attributes);
}

static void put_box(struct page *page, const char *name, const char *label)
{
    buf_printf(&page->out,
               "<div class=\"field\"><label class=\"box\"><input type=\"checkbox\" name=\"%s\"> ",
               name);
    page_say(page, label);
    page_raw(page, "</label></div>");
}

static void put_weights(struct page *page)
{
    static const char *const names[] = {"PSI", "CCS", "rho_PC"};
    static const char *const values[] = {"0.33", "0.33", "0.34"};
    page_raw(page, "<fieldset data-weights><legend>");
    page_say(page, N_("Weights of the classic score"));
    page_raw(page, "</legend><div class=\"three\">");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        buf_printf(&page->out,
                   "<label>%s<input name=\"weight\" type=\"number\" min=\"0\" max=\"1\" "
                   "step=\"any\" value=\"%s\"></label>",
                   names[i], values[i]);
    page_raw(page, "</div><p class=\"help\" role=\"status\" data-sum></p></fieldset>");
}

static void put_advanced(struct page *page)
{
    page_raw(page, "<details class=\"card\"><summary>");
    page_say(page, N_("Options"));
    page_raw(page, "</summary>");
    put_presets(page);
    page_raw(page, "<div class=\"two\"><div><div class=\"field\"><label for=\"engine\">");
    page_say(page, N_("Engine"));
    page_raw(page, "</label><select id=\"engine\" name=\"engine\"><option value=\"calibrated\">");
    page_say(page, N_("calibrated"));
    page_raw(page, "</option><option value=\"classic\">");
    page_say(page, N_("classic, uncalibrated"));
    page_raw(page, "</option></select></div>");
    put_number(page, "draws", N_("Re-orderings of the log"), "min=\"99\" max=\"100000\"");
    put_number(page, "alpha", N_("Level of the test"),
               "min=\"0.0001\" max=\"0.5\" step=\"any\" placeholder=\"0.05\"");
    put_number(page, "attempts", N_("Configurations tried for the best score"), "min=\"0\"");
    page_raw(page, "</div><div>");
    put_number(page, "seed", N_("Seed"), "min=\"0\" placeholder=\"1\"");
    put_box(page, "lower_is_better", N_("Lower scores are better"));
    put_box(page, "run_bootstrap", N_("Intervals of the classic indicators (bootstrap)"));
    put_weights(page);
    page_raw(page, "</div></div></details>\n");
}

static void put_names(struct page *page)
{
    page_raw(page, "<div class=\"two\"><div class=\"field\"><label for=\"label\">");
    page_say(page, N_("Label"));
    page_raw(page, "</label><input id=\"label\" name=\"label\" maxlength=\"200\"></div>"
                   "<div class=\"field\"><label for=\"tags\">");
    page_say(page, N_("Tags"));
    page_raw(page, "</label><input id=\"tags\" name=\"tags\"></div></div>");
}

/* --- cost, buttons, words
 * -------------------------------------------------------------------------- */

static void put_cost(struct page *page, int64_t left)
{
    page_raw(page, "<p class=\"soft\">");
    if (left == ANALYSE_VISITOR)
        page_say(page, N_("Nothing is kept."));
    else
        page_say(page, N_("Counts as one analysis when it ends with a result."));
    if (left >= 0) {
        page_raw(page, " ");
        page_sayf(page, N_("%lld are left this month."), (long long)left);
    }
    page_raw(page, "</p>");
}

/* data-word="name": what the script says, in the language of the page. */
static void put_words(struct page *page)
{
    static const struct {
        const char *name, *text;
    } words[] = {
        {"fine", N_("The log can be analysed.")},
        {"shape", N_("{rows} rows, {systems} systems, {settings} settings")},
        {"first", N_("The first {n} of {all} rows")},
        {"runs", N_("{runs} scores of {files} files, grade {grade}")},
        {"excluded", N_("left out")},
        {"column", N_("What each column is")},
        {"asis", N_("as it is")},
        {"leave", N_("leave out")},
        {"setting", N_("a setting")},
        {"need", N_("These columns are missing: {names}. Say below which ones they are.")},
        {"percent", N_("The scores look like percent: divide them by 100")},
        {"sum", N_("Sum: {sum}; it must be 1.")},
        {"reading", N_("Reading…")},
        {"running", N_("Computing…")},
        {"fetching", N_("Downloading and computing…")},
        {"cancelled", N_("Cancelled; nothing was counted.")},
        {"nothing", N_("Choose a log first.")},
        {"stored", N_("The stored file is chosen.")},
        {"copied", N_("Copied.")},
    };
    page_raw(page, "<ul hidden data-words>");
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        buf_printf(&page->out, "<li data-word=\"%s\">", words[i].name);
        page_say(page, words[i].text);
        page_raw(page, "</li>");
    }
    page_raw(page, "</ul>\n");
}

static void put_buttons(struct page *page)
{
    page_form_errors(page);
    page_raw(page, "<p class=\"row\"><button type=\"submit\">");
    page_say(page, N_("Analyse"));
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-validate>");
    page_say(page, N_("Check the file only"));
    page_raw(page, "</button><button type=\"button\" class=\"plain\" data-cancel hidden>");
    page_say(page, N_("Cancel"));
    page_raw(page, "</button></p><progress data-progress hidden></progress>"
                   "<p class=\"soft\" role=\"status\" data-status></p></form></details>\n");
}

/* What can be done with a result; the links are filled in by the script. */
static void put_result(struct page *page)
{
    static const struct {
        const char *format, *text;
    } files[] = {{"html", "HTML"}, {"md", "Markdown"}, {"csv", "CSV"}, {"json", "JSON"}};
    page_raw(page, "<section data-result tabindex=\"-1\" hidden><div class=\"row no-print\">"
                   "<a class=\"button small\" data-kept hidden>");
    page_say(page, N_("Open its page"));
    page_raw(page, "</a>");
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        buf_printf(&page->out, "<button type=\"button\" class=\"small plain\" data-save=\"%s\">",
                   files[i].format);
        page_say(page, files[i].text);
        page_raw(page, "</button>");
    }
    page_raw(page, "<button type=\"button\" class=\"small plain\" data-print>");
    page_say(page, N_("Print"));
    page_raw(page, "</button></div><div data-report></div><details class=\"no-print\"><summary>");
    page_say(page, N_("The same as a command"));
    page_raw(page, "</summary><pre tabindex=\"0\"><code data-curl></code></pre>"
                   "<button type=\"button\" class=\"small plain\" data-copy-curl>");
    page_say(page, N_("Copy"));
    page_raw(page, "</button></details></section>\n");
}

void analyse_form_put(struct page *page, int64_t left)
{
    page_raw(page, "<details class=\"input\" data-input open><summary>");
    page_say(page, N_("Log and options"));
    page_raw(page, "</summary><form data-form=\"analyse\" novalidate>");
    put_drop(page);
    if (left != ANALYSE_VISITOR)
        put_source(page);
    page_raw(page, "<div data-preview hidden></div>");
    if (left != ANALYSE_VISITOR)
        put_names(page);
    put_advanced(page);
    if (left != ANALYSE_VISITOR && page->call->plan->rank >= PLAN_PRO)
        put_box(page, "background", N_("In the background, with progress"));
    put_cost(page, left);
    put_buttons(page);
    page_raw(page, "<noscript><p class=\"notice warn\">");
    page_say(page, N_("Uploading here needs JavaScript. The command line and the API do not."));
    page_raw(page, "</p></noscript>");
    put_words(page);
    put_result(page);
}
