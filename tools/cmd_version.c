/* sleuth version: the version of the program and of its detection engine. */
#include "tools/cli.h"

#include "base/json_out.h"
#include "detect/detect.h"

static status version_run(struct cli *cli, struct error *err)
{
    if (cli->format == FORMAT_JSON || cli->format == FORMAT_JSONL) {
        struct json_out w;
        json_out_init(&w, &cli->out, 0);
        json_object(&w);
        json_key_u64(&w, "schema_version", 1);
        json_key_str(&w, "version", S(VERSION));
        json_key_str(&w, "engine_version", S(DETECT_ENGINE_VERSION));
        json_end(&w);
        buf_put_byte(&cli->out, '\n');
        return ST_OK;
    }
    buf_printf(&cli->out, "sleuth %s\n", VERSION);
    if (cli->verbose)
        buf_printf(&cli->out, "engine %s\n", DETECT_ENGINE_VERSION);
    return ST_OK;
}

static const struct example examples[] = {
    {"sleuth version -o json", N_("for scripts: version and engine_version")},
    {0},
};

static const struct command commands[] = {
    {.noun = "version",
     .summary = N_("Show the version."),
     .examples = examples,
     .run = version_run},
    {0},
};

const struct noun noun_version = {.name = "version",
                                  .summary = N_("show the version"),
                                  .group = N_("This program"),
                                  .commands = commands};
