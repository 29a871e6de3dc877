/* sleuth serve: runs the appliance in the foreground. */
#include "tools/cli.h"

#include "serve.h"

static status serve_run_command(struct cli *cli, struct error *err)
{
    struct serve_options options = {
        .config_path = cli->config,
        .data_dir = cli->data,
        .run_dir = cli->run_dir,
        .listen = cli_text(cli, "listen"),
        .tls_cert = cli_text(cli, "tls-cert"),
        .tls_key = cli_text(cli, "tls-key"),
        .no_tls = cli_flag(cli, "no-tls"),
        .force_no_tls = cli_flag(cli, "force-no-tls"),
        .dev = cli_flag(cli, "dev"),
    };
    if ((options.tls_cert == NULL) != (options.tls_key == NULL))
        return cli_usage(cli, err, N_("'--tls-cert' and '--tls-key' belong together"));
    if (options.no_tls && options.tls_cert)
        return cli_usage(cli, err, N_("'--no-tls' and '--tls-cert' exclude each other"));
    if (options.force_no_tls)
        options.no_tls = true;
    status rc = serve_run(&options, err);
    if (rc == ST_LOCKED)
        cli_hint(cli,
                 N_("one process owns a data directory; use another --data, or stop that one"));
    return rc;
}

static const struct flag flags[] = {
    {"listen", .kind = FLAG_TEXT, .value = "ADDRESS:PORT",
     .summary = N_("where to listen (default 127.0.0.1:5000); port 0 takes a free one")},
    {"tls-cert", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("certificate chain, PEM (default: self-signed, made at the first start)")},
    {"tls-key", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("its private key, PEM")},
    {"no-tls", .kind = FLAG_SWITCH, .summary = N_("plain HTTP; only on loopback")},
    {"force-no-tls", .kind = FLAG_SWITCH,
     .summary = N_("plain HTTP on any address: behind a proxy that you trust")},
    {"dev", .kind = FLAG_SWITCH,
     .summary = N_("a throw-away instance: temporary directory, prints a password and a key")},
    {0},
};

static const struct example examples[] = {
    {"sleuth serve --dev", N_("try it: everything is gone afterwards")},
    {"sleuth serve --data ./data --listen 127.0.0.1:0",
     N_("keep the data here, on a free port; the address is printed")},
    {"sleuth serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem",
     N_("with your own certificate")},
    {0},
};

static const struct command commands[] = {
    {.noun = "serve",
     .summary = N_("Run the appliance until it is told to stop."),
     .details = N_("Prints 'listening https://ADDRESS:PORT' on standard output once it does. "
                   "SIGTERM and Ctrl-C end it after the running requests, SIGHUP reads the "
                   "configuration again."),
     .examples = examples,
     .flags = flags,
     .run = serve_run_command},
    {0},
};

const struct noun noun_serve = {.name = "serve",
                                .summary = N_("run the appliance"),
                                .group = N_("Operate the appliance"),
                                .commands = commands};
