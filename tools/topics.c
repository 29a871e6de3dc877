/* The texts of the help topics; the manual pages print the same rows. */
#include "tools/topics.h"

static const struct topic_row exit_codes[] = {
    {"0", N_("done; for detect and gate: nothing was flagged")},
    {"1", N_("detect and gate: bias was found; diff: the scores are not comparable")},
    {"2", N_("failed at run time, or the input is not valid")},
    {"3", N_("verification failed: checksum, signature or audit chain")},
    {"4", N_("refused: permission, policy, quota, or --yes is needed")},
    {"5", N_("the configuration is not valid")},
    {"6", N_("not found")},
    {"7", N_("conflict: it exists already, or another process holds it")},
    {"8", N_("the server cannot be reached")},
    {"9", N_("not finished yet, or not enough data under a strict gate")},
    {"64", N_("wrong usage: unknown command, flag or value")},
    {0},
};

static const struct topic_row files[] = {
    {"/etc/sleuth/sleuth.conf", N_("configuration; SLEUTH_SECTION_KEY in the environment and "
                                   "flags override it")},
    {"/etc/sleuth/plans.conf", N_("plans, limits and prices")},
    {"/etc/sleuth/secrets/", N_("keys of the appliance; without them the database stays closed")},
    {"/var/lib/sleuth/", N_("data directory of the service")},
    {"./sleuth-data/", N_("data directory when nothing else is named")},
    {"DATA/run/admin.sock", N_("socket to the running server")},
    {0},
};

static const struct topic_row environment[] = {
    {"NO_COLOR", N_("any value: no colours")},
    {"LC_ALL, LC_MESSAGES, LANG", N_("zh… makes messages Chinese; --lang overrides")},
    {"SLEUTH_SECTION_KEY", N_("one setting of the configuration, as SLEUTH_HTTP_LISTEN")},
    {"SLEUTH_ADMIN_EMAIL", N_("first administrator of a new instance (with the next one)")},
    {"SLEUTH_ADMIN_PASSWORD_FILE", N_("file that holds the first administrator's password")},
    {"RUNTIME_DIRECTORY", N_("run directory under systemd")},
    {"CREDENTIALS_DIRECTORY", N_("secrets under systemd")},
    {0},
};

static const struct topic_row output[] = {
    {"-o table", N_("aligned columns; cut to the width of a terminal, never in a pipe")},
    {"-o json", N_("the answer of the HTTP API with the same field names, and schema_version")},
    {"-o jsonl", N_("one JSON object per line for lists")},
    {"-o csv", N_("comma-separated; cells that a spreadsheet would run are made harmless")},
    {0},
};

const struct topic help_topics[] = {
    {.name = "exit-codes",
     .summary = N_("what the exit codes mean"),
     .rows = exit_codes,
     .column = 8},
    {.name = "flags", .summary = N_("flags that every command has"), .lists_flags = true},
    {.name = "output",
     .summary = N_("output formats"),
     .rows = output,
     .column = 16,
     .text = N_("\nData goes to standard output, everything else to standard error. Times are "
                "RFC 3339 in UTC unless --local is given.")},
    {.name = "files", .summary = N_("files and directories"), .rows = files, .column = 30},
    {.name = "environment",
     .summary = N_("environment variables"),
     .rows = environment,
     .column = 30},
    {.name = "secrets",
     .summary = N_("how secrets are given"),
     .text = N_("Secrets are never arguments: other users of the host could read them in the "
                "list of processes.\nA terminal is asked without echo. Otherwise the secret is "
                "the first line of standard input, or of the file that --password-file names.\n"
                "A new API key is printed alone on standard output, once; only its hash is "
                "stored.")},
    {0},
};
