/* sleuth diff: what changed between runs, and whether their scores can be compared at all. */
#include "diff.h"
#include "tools/ledger_source.h"

static const struct flag flags[] = {
    {.name = "format",
     .kind = FLAG_CHOICE,
     .value = "text|json|html",
     .summary = N_("form of the answer (default text)")},
    LEDGER_FLAGS,
    {0},
};

static const struct example examples[] = {
    {"sleuth diff before.json after.json", N_("two runs")},
    {"sleuth diff results/", N_("every run of a directory with the one before it")},
    {0},
};

static void put_page(struct buf *out, const struct diff *diff, enum lang lang)
{
    buf_printf(out,
               "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>"
               "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
               "padding:0 1rem}table{border-collapse:collapse;margin:1.5rem 0;width:100%%}"
               "td,th{border:1px solid #8888;padding:.3rem .5rem;text-align:left;"
               "overflow-wrap:anywhere}caption{text-align:left;font-weight:bold;padding:.3rem 0}"
               "tr.breaks td{background:#b3261e22}tr.expected td{opacity:.7}"
               ":root{color-scheme:light dark}</style></head><body><main>\n",
               lang_tag(lang), tr(lang, N_("What changed between the runs")));
    diff_html(out, diff, lang);
    buf_put_str(out, "</main></body></html>\n");
}

static void put_diff(struct cli *cli, const struct diff *diff)
{
    slice format = slice_of(cli_text(cli, "format"));
    bool json =
        slice_eq(format, S("json")) || cli->format == FORMAT_JSON || cli->format == FORMAT_JSONL;
    if (json) {
        struct json_out w;
        json_out_init(&w, &cli->out, cli->format == FORMAT_JSONL ? 0 : 2);
        diff_json(&w, diff, cli->lang);
        buf_put_byte(&cli->out, '\n');
    } else if (slice_eq(format, S("html"))) {
        put_page(&cli->out, diff, cli->lang);
    } else {
        diff_text(&cli->out, diff, cli->lang);
    }
}

static status diff_run(struct cli *cli, struct error *err)
{
    struct diff *diff;
    struct ledger_source_set *set = arena_alloc(&cli->arena, sizeof *set);
    if (!set)
        return arena_check(&cli->arena, err);
    status rc = ledger_source_read(cli, 0, set, err);
    if (rc == ST_OK)
        rc = diff_ledger(&set->ledger, &set->arena, &diff, err);
    if (rc == ST_OK) {
        put_diff(cli, diff);
        cli->exit_code = diff->comparable ? EXIT_FINE : EXIT_FOUND;
    }
    ledger_source_finish(set);
    return rc;
}

static const struct command commands[] = {
    {.noun = "diff",
     .usage = "PATH…",
     .word_min = 1,
     .word_max = 10000,
     .summary = N_("Tell what changed between evaluation runs."),
     .details = N_("Compares each run with the one before it, per task and system: harness, task, "
                   "prompt, judge, limits, sample counts. No statistics.\n"
                   "Exit code 0: the scores can be compared; 1: some cannot; 2: error."),
     .examples = examples,
     .flags = flags,
     .run = diff_run},
    {0},
};

const struct noun noun_diff = {.name = "diff",
                               .summary = N_("tell what changed between runs"),
                               .group = N_("Analysis"),
                               .commands = commands};
