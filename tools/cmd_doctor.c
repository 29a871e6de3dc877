/* sleuth doctor: is this host fit to run the appliance, and what to do where it is not. */
#include "tools/config_file.h"
#include "tools/doctor.h"

#include "base/clock.h"

void doctor_tell(struct doctor *d, const char *check, enum health health, slice what,
                 const char *fix)
{
    static const char *const words[] = {N_("ok"), N_("warn"), N_("fail")};
    bool people = d->cli->format == FORMAT_TABLE;
    slice *row = table_row(&d->table);
    d->worst = health > d->worst ? health : d->worst;
    if (!row)
        return;
    row[0] = slice_of(check);
    row[1] = slice_of(people ? cli_tr(d->cli, words[health]) : words[health]);
    row[2] = what;
    row[3] = health == HEALTH_OK ? S("") : slice_of(cli_tr(d->cli, fix));
}

status doctor_look(struct cli *cli, struct doctor *ret, struct error *err)
{
    static const struct column columns[] = {{"check", N_("CHECK"), COLUMN_TEXT},
                                            {"result", N_("RESULT"), COLUMN_TEXT},
                                            {"found", N_("FOUND"), COLUMN_TEXT},
                                            {"fix", N_("HOW TO FIX"), COLUMN_TEXT}};
    *ret = (struct doctor){.cli = cli, .now_ms = clock_wall_ms()};
    TRY(config_now(cli, NULL, &ret->config, err));
    table_init(&ret->table, &cli->arena, columns, ARRAY_COUNT(columns));
    ret->data_dir = arena_copy(&cli->arena, config_data_dir(&ret->config, &cli->arena));
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK) {
        doctor_host(ret);
        doctor_store(ret);
        if (!cli_flag(cli, "offline"))
            doctor_net(ret);
        rc = arena_check(&cli->arena, err);
    }
    if (rc != ST_OK)
        doctor_finish(ret);
    return rc;
}

void doctor_finish(struct doctor *d)
{
    config_finish(&d->config);
}

static status doctor_run(struct cli *cli, struct error *err)
{
    struct doctor d;
    const char *bundle = cli_text(cli, "bundle"), *log = cli_text(cli, "log");
    if (log && !bundle)
        return cli_usage(cli, err, N_("--log belongs to --bundle"));
    TRY(doctor_look(cli, &d, err));
    status rc = view_table(cli, "checks", &d.table, err);
    if (rc == ST_OK && bundle)
        rc = bundle_write(&d, bundle, log, err);
    if (rc == ST_OK && bundle)
        cli_note(cli, N_("'%s' holds no secret; read it before you send it"), bundle);
    cli->hint[0] = '\0';
    if (rc == ST_OK)
        cli->exit_code = d.worst == HEALTH_FAIL   ? EXIT_FAILED
                         : d.worst == HEALTH_WARN ? EXIT_FOUND
                                                  : EXIT_FINE;
    doctor_finish(&d);
    return rc;
}

static const struct example examples[] = {
    {"sleuth doctor", N_("what is fine, what is not, and what to do about it")},
    {"sleuth doctor -o json", N_("for a monitoring system")},
    {"sleuth doctor --bundle support.json --log /var/log/sleuth.log",
     N_("a file for whoever helps, without secrets")},
    {0},
};
static const struct flag flags[] = {
    {"offline", .kind = FLAG_SWITCH, .summary = N_("ask nobody over the network")},
    {"bundle", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("write the findings, versions and configuration into FILE, without secrets")},
    {"log", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("add the last lines of this log to the bundle")},
    {0},
};

static const struct command commands[] = {
    {.noun = "doctor",
     .summary = N_("Check this host and the appliance on it."),
     .details = N_("Exit code 0: all is fine; 1: something deserves attention; 2: something is "
                   "wrong."),
     .examples = examples,
     .flags = flags,
     .run = doctor_run},
    {0},
};

const struct noun noun_doctor = {.name = "doctor",
                                 .summary = N_("check this host and the appliance"),
                                 .group = N_("Operate the appliance"),
                                 .commands = commands};
