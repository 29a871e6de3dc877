/* sleuth report: checks a report on another host, by its seal and by computing it again. */
#include "tools/report_file.h"
#include "tools/view.h"

static const struct column columns[] = {
    {"engine", N_("ENGINE"), COLUMN_TEXT},
    {"engine_version", N_("VERSION"), COLUMN_TEXT},
    {"verdict.verdict", N_("VERDICT"), COLUMN_TEXT},
    {"risk_category", N_("RISK"), COLUMN_TEXT},
    {"input_sha256", N_("INPUT SHA-256"), COLUMN_TEXT},
};
static const struct column record_columns[] = {
    {"project_id", N_("PROJECT"), COLUMN_TEXT},
    {"project_name", N_("NAME"), COLUMN_TEXT},
    {"frozen_at", N_("FROZEN"), COLUMN_TIME},
    {"verdict", N_("VERDICT"), COLUMN_TEXT},
};
static const struct view record_view = {NULL, record_columns, ARRAY_COUNT(record_columns)};
static const struct view report_view = {NULL, columns, ARRAY_COUNT(columns)};

static status key_given(struct cli *cli, unsigned char key[static CRYPT_SIGN_PUBLIC_BYTES],
                        const unsigned char **ret, struct error *err)
{
    const char *text = cli_text(cli, "key");
    *ret = NULL;
    if (!text)
        return ST_OK;
    TRY(public_key_read(cli, text, key, err));
    *ret = key;
    return ST_OK;
}

/* --- verify --- */

static void seal_tell(struct cli *cli, const struct report_file *file, bool key_known)
{
    cli_note(cli, N_("the seal is intact: key %.*s, sealed at %.*s"), SLICE_ARG(file->seal.key_id),
             SLICE_ARG(file->seal.sealed_at.len ? view_time(cli, file->seal.sealed_at) : S("?")));
    if (!key_known)
        cli_warn(cli, N_("the key came with the file, so this proves integrity but not origin; "
                         "give --key with the key that you trust"));
}

static status verify_run(struct cli *cli, struct error *err)
{
    unsigned char key[CRYPT_SIGN_PUBLIC_BYTES];
    const unsigned char *trusted;
    struct report_file file;
    TRY(key_given(cli, key, &trusted, err));
    TRY(report_file_read(cli, cli->words[0], trusted, &file, err));
    if (!file.sealed) {
        cli_hint(cli, N_("'sleuth report recompute' can still check its numbers"));
        return error_set(err, ST_VERIFY, N_("'%s' carries no seal"), cli->words[0]);
    }
    seal_tell(cli, &file, trusted != NULL);
    return view_object(cli, file.is_record ? &record_view : &report_view, file.report, err);
}

/* --- recompute --- */

static status versions_check(struct cli *cli, const struct report_file *file, struct error *err)
{
    const struct json *version = json_find(file->report, "engine_version");
    if (version && slice_eq(version->text, S(DETECT_ENGINE_VERSION)))
        return ST_OK;
    cli_hint(cli, N_("use the program of that version"));
    return error_set(err, ST_VERIFY, N_("the report was made by engine %.*s, this is %s"),
                     SLICE_ARG(version ? version->text : S("?")), DETECT_ENGINE_VERSION);
}

static status input_check(struct cli *cli, const struct report_file *file,
                          const struct detection *d, struct error *err)
{
    const struct json *sha256 = json_find(file->report, "input_sha256");
    if (sha256 && slice_eq(sha256->text, slice_of(d->sha256)))
        return ST_OK;
    cli_hint(cli, N_("sha256sum INPUT must print %.*s"), SLICE_ARG(sha256 ? sha256->text : S("?")));
    return error_set(err, ST_VERIFY, N_("'%s' is not the input of this report"), d->path);
}

static status bytes_compare(struct analyst *analyst, const struct report_file *file,
                            const struct detect_settings *settings, const struct detection *d,
                            struct error *err)
{
    struct report_context context;
    struct buf again;
    const struct json *language = json_find(file->report, "language");
    enum lang lang = lang_from_tag(language ? language->text : S("en"));
    detection_context(analyst, d, settings, &context);
    buf_init(&again, CLI_OUT_MAX);
    status rc = report_canonical(d->report, lang, &context, &again, err);
    if (rc == ST_OK && !report_file_holds(file, buf_slice(&again)))
        rc = error_set(err, ST_VERIFY, N_("the report cannot be reproduced from '%s'"), d->path);
    else if (rc == ST_OK)
        cli_note(analyst->cli, N_("reproduced byte for byte from '%s'"), d->path);
    buf_finish(&again);
    return rc;
}

static status recompute(struct analyst *analyst, const struct report_file *file,
                        const struct detect_settings *settings, struct error *err)
{
    struct detection d;
    analyst->is_ledger = false; /* the first word is the report */
    status rc = detection_run(analyst, analyst->cli->words[1], settings, &d, err);
    if (rc == ST_OK)
        rc = input_check(analyst->cli, file, &d, err);
    if (rc == ST_OK)
        rc = bytes_compare(analyst, file, settings, &d, err);
    detection_finish(&d);
    return rc;
}

static status recompute_run(struct cli *cli, struct error *err)
{
    unsigned char key[CRYPT_SIGN_PUBLIC_BYTES];
    const unsigned char *trusted;
    struct report_file file;
    struct detect_settings settings;
    struct analyst analyst;
    TRY(key_given(cli, key, &trusted, err));
    TRY(report_file_read(cli, cli->words[0], trusted, &file, err));
    TRY(versions_check(cli, &file, err));
    TRY(report_file_settings(cli, &file, &settings, err));
    status rc = analyst_init(&analyst, cli, settings.threads, err);
    if (rc == ST_OK)
        rc = recompute(&analyst, &file, &settings, err);
    analyst_finish(&analyst);
    TRY(rc);
    if (file.sealed)
        seal_tell(cli, &file, trusted != NULL);
    return view_object(cli, &report_view, file.report, err);
}

/* --- the table --- */

#define KEY_FLAG                                                                                   \
    {                                                                                              \
        "key", .kind = FLAG_TEXT, .value = "PUB",                                                  \
               .summary = N_("public key to trust: 64 hex digits, or a file that holds them")      \
    }
/* Flags that reports made by detect have; hidden here, the context reads them. */
#define CONTEXT_FLAGS                                                                              \
    {"label", .kind = FLAG_TEXT, .hidden = true, .value = "TEXT",                                  \
     .summary = N_("a name for the report")},                                                      \
    {                                                                                              \
        "output", .kind = FLAG_TEXT, .hidden = true, .value = "FILE",                              \
                  .summary = N_("write the report to FILE")                                        \
    }

static const struct flag verify_flags[] = {KEY_FLAG, {0}};
static const struct flag recompute_flags[] = {
    KEY_FLAG,
    {"threads", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("computing threads (default: one per core); never changes a result")},
    CONTEXT_FLAGS,
    {0},
};

static const struct example verify_examples[] = {
    {"sleuth report verify report.json --key appliance.pub",
     N_("is this report what that appliance sealed?")},
    {0},
};
static const struct example recompute_examples[] = {
    {"sleuth report recompute report.json log.csv",
     N_("runs the analysis again and compares every byte")},
    {0},
};

static const struct command commands[] = {
    {.noun = "report",
     .verb = "verify",
     .usage = "FILE",
     .word_min = 1,
     .word_max = 1,
     .summary = N_("Check the seal of a report; exit code 3 when it does not hold."),
     .details = N_("Needs no server and no network. The key is the appliance's "
                   "public signing key, not an API key."),
     .examples = verify_examples,
     .flags = verify_flags,
     .run = verify_run},
    {.noun = "report",
     .verb = "recompute",
     .usage = "FILE INPUT",
     .word_min = 2,
     .word_max = 2,
     .summary = N_("Compute a report again from its input; exit code 3 when it differs."),
     .details = N_("Works for sealed reports and for those of 'sleuth detect --format json'."),
     .examples = recompute_examples,
     .flags = recompute_flags,
     .run = recompute_run},
    {0},
};

const struct noun noun_report = {.name = "report",
                                 .summary = N_("verify and recompute reports"),
                                 .group = N_("Analysis"),
                                 .commands = commands};
