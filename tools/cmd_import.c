/* sleuth import: logs of evaluation tools → one run ledger (JSON lines). */
#include "tools/ledger_source.h"

#include "base/file.h"

static const struct flag flags[] = {
    LEDGER_FLAGS,
    {.name = "output",
     .kind = FLAG_TEXT,
     .value = "FILE",
     .summary = N_("write the ledger there instead of to standard output")},
    {0},
};

static const struct example examples[] = {
    {"sleuth import results/ --output ledger.jsonl", N_("everything that a directory holds")},
    {"sleuth import runs.csv --metric accuracy", N_("a table whose scores have no prefix")},
    {0},
};

static void tell_summary(const struct cli *cli, const struct ledger *ledger)
{
    size_t completed = 0;
    for (size_t i = 0; i < ledger->row_count; i++)
        completed += ledger->rows[i].status == RUN_COMPLETED;
    cli_note(cli, "%zu rows from %zu files, %zu of completed runs, grade %c", ledger->row_count,
             ledger->source_count, completed, ledger->grade);
}

static status write_ledger(struct cli *cli, const struct ledger *ledger, struct error *err)
{
    const char *path = cli_text(cli, "output");
    struct buf lines;
    if (!path) {
        ledger_write_jsonl(ledger, &cli->out);
        return ST_OK;
    }
    buf_init(&lines, LEDGER_BYTES_MAX);
    ledger_write_jsonl(ledger, &lines);
    status rc = buf_check(&lines, err);
    if (rc == ST_OK)
        rc = file_replace(path, buf_slice(&lines), 0644, err);
    buf_finish(&lines);
    return rc;
}

static status import_run(struct cli *cli, struct error *err)
{
    struct ledger_source_set *set = arena_alloc(&cli->arena, sizeof *set);
    if (!set)
        return arena_check(&cli->arena, err);
    status rc = ledger_source_read(cli, 0, set, err);
    if (rc == ST_OK)
        rc = write_ledger(cli, &set->ledger, err);
    if (rc == ST_OK)
        tell_summary(cli, &set->ledger);
    ledger_source_finish(set);
    return rc;
}

static const struct command commands[] = {
    {.noun = "import",
     .usage = "PATH…",
     .word_min = 1,
     .word_max = 10000,
     .summary = N_("Read logs of evaluation tools into a run ledger."),
     .details = N_("Understands lm-evaluation-harness, Inspect, OpenCompass, MLflow, Weights & "
                   "Biases, Every Eval Ever, hand-made tables, and archives of those.\n"
                   "One line of JSON per run, task and score. What a log does not record stays "
                   "unknown; files that are not understood are named with the reason."),
     .examples = examples,
     .flags = flags,
     .run = import_run},
    {0},
};

const struct noun noun_import = {.name = "import",
                                 .summary = N_("read logs of evaluation tools into a ledger"),
                                 .group = N_("Analysis"),
                                 .commands = commands};
