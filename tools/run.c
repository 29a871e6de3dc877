/* One run of the command line: surroundings, parsing, the command, its error, its exit code. */
#include "tools/cli.h"

#include "base/crypt.h"
#include "host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CLI_ARENA_BYTES ((size_t)1 << 30) /* a cap, not an allocation */

/* The first of LC_ALL, LC_MESSAGES, LANG that is set and not empty decides, as POSIX says. */
static enum lang lang_from_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return lang_from_tag(slice_of(value));
    }
    return LANG_EN;
}

/* --lang counts before anything is parsed: usage errors are told in that language, too. */
static enum lang lang_of(int argc, char **argv)
{
    enum lang lang = lang_from_environment();
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            lang = lang_from_tag(slice_of(argv[i] + 7));
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            lang = lang_from_tag(slice_of(argv[i + 1]));
    }
    return lang;
}

static size_t terminal_columns(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    uint64_t value;
    if (columns && slice_to_u64(slice_of(columns), &value) && value >= 20 && value <= 1000)
        return (size_t)value;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

static void surroundings(struct cli *cli, int argc, char **argv)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool color = !(no_color && no_color[0]) && !(term && strcmp(term, "dumb") == 0);
    cli->lang = lang_of(argc, argv);
    cli->tty_in = isatty(STDIN_FILENO);
    cli->tty_out = isatty(STDOUT_FILENO);
    cli->tty_err = isatty(STDERR_FILENO);
    cli->color_out = cli->tty_out && color;
    cli->color_err = cli->tty_err && color;
    cli->out_columns = cli->tty_out ? terminal_columns() : 0;
    cli->header = true;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* cli_flush sees EPIPE instead */
}

/* --help anywhere: of the command, else of the noun, else the overview. */
static status help_asked(struct cli *cli, struct error *err)
{
    const char *words[2] = {NULL, NULL};
    size_t count = 0;
    if (cli->noun)
        words[count++] = cli->noun->name;
    if (cli->command && cli->command->verb)
        words[count++] = cli->command->verb;
    return help_words(cli, words, count, err);
}

static status dispatch(struct cli *cli, int argc, char **argv, struct error *err)
{
    bool help = false;
    TRY(args_parse(cli, argc, argv, &help, err));
    if (help)
        return help_asked(cli, err);
    if (cli_flag(cli, "version")) {
        buf_printf(&cli->out, "sleuth %s\n", VERSION);
        return ST_OK;
    }
    return cli->command->run(cli, err);
}

/* Without a command the overview is more useful than an error. */
static void tell(struct cli *cli, status rc, const struct error *err)
{
    if (!cli->noun && cli->exit_code == EXIT_USAGE && cli->hint[0] == '\0' && cli->word_count == 0)
        cli_hint(cli, N_("'sleuth help' lists all commands"));
    cli_tell_error(cli, rc, err);
}

/* Ctrl-C ends the process the way the shell expects: by the signal. */
static void die_if_interrupted(void)
{
    if (!interrupted())
        return;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGINT, &standard, NULL);
    (void)raise(SIGINT);
}

int cli_run(const struct noun *const *nouns, int argc, char **argv)
{
    struct cli cli = {.nouns = nouns};
    struct error err = {0};
    arena_init(&cli.arena, CLI_ARENA_BYTES);
    cli.arena.wipe = true;
    buf_init(&cli.out, CLI_OUT_MAX);
    surroundings(&cli, argc, argv);
    status rc = crypt_init(&err);
    if (rc == ST_OK)
        rc = dispatch(&cli, argc, argv, &err);
    /* What was printed before a failure is still data; the failure is what gets told. */
    struct error flush_err = {0};
    status flushed = cli_flush(&cli, &flush_err);
    if (rc == ST_OK && flushed != ST_OK) {
        rc = flushed;
        err = flush_err;
    }
    if (rc != ST_OK)
        tell(&cli, rc, &err);
    host_close(&cli.host);
    enum exit_code code = cli.exit_code ? cli.exit_code : exit_code_of(rc);
    if (cli.out.ptr)
        crypt_wipe(cli.out.ptr, cli.out.cap); /* may have held a new key */
    buf_finish(&cli.out);
    arena_finish(&cli.arena);
    die_if_interrupted();
    return (int)code;
}
