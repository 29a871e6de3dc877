/* sleuth setup: configuration and first administrator, by questions or without any. */
#include "tools/setup.h"

#include "config.h"

static const struct flag flags[] = {
    {"non-interactive", .kind = FLAG_SWITCH,
     .summary = N_("ask nothing; what is not given keeps its default")},
    {"answers", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("settings and [admin] email, password_file from an INI file")},
    {"admin-email", .kind = FLAG_TEXT, .value = "EMAIL", .summary = N_("the first administrator")},
    {"admin-password-file", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("file whose first line is the password; '-' for standard input")},
    {"generate-password", .kind = FLAG_SWITCH, .summary = N_("make a password and print it, once")},
    {"public-url", .kind = FLAG_TEXT, .value = "URL",
     .summary = N_("the URL under which users reach this appliance")},
    {"listen", .kind = FLAG_TEXT, .value = "ADDRESS:PORT",
     .summary = N_("where to listen (default 127.0.0.1:5000); port 0 takes a free one")},
    {"tls-cert", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("certificate chain, PEM")},
    {"tls-key", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("its private key, PEM")},
    {"mode", .kind = FLAG_CHOICE, .value = "online|airgap",
     .summary = N_("airgap never connects to another host")},
    {"billing", .kind = FLAG_CHOICE, .value = "off|manual|license|stripe",
     .summary = N_("how plans are sold")},
    {"signup", .kind = FLAG_CHOICE, .value = "open|invite|closed",
     .summary = N_("who may create an account over HTTP")},
    {0},
};

/* --- flags over the answers file --- */

static void flag_answer(struct cli *cli, const char *flag, slice *ret)
{
    const char *text = cli_text(cli, flag);
    if (text)
        *ret = slice_of(text);
}

static void flags_read(struct cli *cli, struct setup *setup)
{
    flag_answer(cli, "admin-email", &setup->admin_email);
    flag_answer(cli, "admin-password-file", &setup->password_file);
    setup->generate_password = cli_flag(cli, "generate-password");
    static const char *const settings[][2] = {
        {"public-url", "http.public_url"}, {"listen", "http.listen"}, {"tls-cert", "http.tls_cert"},
        {"tls-key", "http.tls_key"},       {"mode", "outbound.mode"}, {"billing", "billing.mode"},
        {"signup", "auth.signup"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++)
        if (cli_flag(cli, settings[i][0]))
            setup_set(setup, settings[i][1], cli_text(cli, settings[i][0]));
}

/* --- questions --- */

static status ask_setting(struct cli *cli, struct setup *setup, const char *name,
                          const char *question, const char *otherwise, struct error *err)
{
    slice answer;
    if (setup_has(setup, name))
        return ST_OK;
    TRY(prompt_line(cli, question, otherwise, &answer, err));
    if (answer.len && !slice_eq(answer, slice_of(otherwise)))
        setup_set(setup, name, answer.ptr);
    return ST_OK;
}

static status ask_tls(struct cli *cli, struct setup *setup, struct error *err)
{
    slice answer;
    if (setup_has(setup, "http.tls_cert"))
        return ST_OK;
    TRY(prompt_line(cli, N_("Certificate: 'own', 'self-signed' or 'proxy'"), "self-signed", &answer,
                    err));
    if (slice_eq(answer, S("proxy"))) {
        setup_set(setup, "http.tls", "false");
        return ST_OK;
    }
    if (!slice_eq(answer, S("own")))
        return ST_OK;
    TRY(ask_setting(cli, setup, "http.tls_cert", N_("File of the certificate chain (PEM)"), NULL,
                    err));
    return ask_setting(cli, setup, "http.tls_key", N_("File of the private key (PEM)"), NULL, err);
}

static status ask_all(struct cli *cli, struct setup *setup, struct error *err)
{
    cli_note(cli, N_("An empty answer takes the value in brackets; Ctrl-C changes nothing."));
    TRY(ask_setting(cli, setup, "http.public_url", N_("URL under which users reach this appliance"),
                    "", err));
    TRY(ask_setting(cli, setup, "http.listen", N_("Address and port to listen on"),
                    "127.0.0.1:5000", err));
    TRY(ask_tls(cli, setup, err));
    TRY(ask_setting(cli, setup, "outbound.mode", N_("Network: 'online' or 'airgap'"), "online",
                    err));
    TRY(ask_setting(cli, setup, "billing.mode", N_("Plans: 'off', 'manual', 'license', 'stripe'"),
                    "off", err));
    TRY(ask_setting(cli, setup, "auth.signup", N_("Who may sign up: 'open', 'invite', 'closed'"),
                    "closed", err));
    if (setup->admin_email.len == 0)
        TRY(prompt_line(cli, N_("E-mail address of the first administrator"), NULL,
                        &setup->admin_email, err));
    return ST_OK;
}

/* --- the command --- */

static status answers_check(struct cli *cli, const struct setup *setup, struct error *err)
{
    if (setup->admin_email.len == 0)
        return cli_usage(cli, err, N_("missing: %s"), "--admin-email EMAIL");
    bool silent = cli_flag(cli, "non-interactive") || !cli->tty_in;
    if (silent && setup->password_file.len == 0 && !setup->generate_password)
        return cli_usage(cli, err, N_("missing: %s"),
                         "--admin-password-file FILE | --generate-password");
    return ST_OK;
}

static status setup_run(struct cli *cli, struct error *err)
{
    struct setup setup = {.cli = cli};
    const char *answers = cli_text(cli, "answers");
    if (answers)
        TRY(setup_answers_read(&setup, answers, err));
    flags_read(cli, &setup);
    if (!cli_flag(cli, "non-interactive") && !answers && cli->tty_in)
        TRY(ask_all(cli, &setup, err));
    TRY(answers_check(cli, &setup, err));
    TRY(setup_password(&setup, err));
    TRY(setup_config_write(&setup, err));
    TRY(setup_admin_create(&setup, err));
    setup_tell(&setup);
    return ST_OK;
}

static const struct example examples[] = {
    {"sudo sleuth setup", N_("asks a few questions, most with a default")},
    {"sudo sleuth setup --non-interactive --admin-email admin@example.com "
     "--admin-password-file pw.txt --public-url https://sleuth.example.com",
     N_("for automation; running it again changes nothing")},
    {"sleuth setup --dry-run --answers answers.conf", N_("shows what would be written")},
    {0},
};

static const struct command commands[] = {
    {.noun = "setup",
     .summary = N_("Write the configuration and create the first administrator."),
     .details = N_("May be run again: what is there already stays. The command line of this host "
                   "needs no account; the first administrator is for the web pages."),
     .examples = examples,
     .flags = flags,
     .run = setup_run},
    {0},
};

const struct noun noun_setup = {.name = "setup",
                                .summary = N_("first configuration and first administrator"),
                                .group = N_("Operate the appliance"),
                                .commands = commands};
