/* What the command line says to people: notes, warnings, errors with a hint, colours. */
#include "tools/cli.h"

#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

const char *cli_tr(const struct cli *cli, const char *english)
{
    return tr(cli->lang, english);
}

const char *style(bool color, enum style style)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "\033[0m", [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",
        [STYLE_RED] = "\033[31m",  [STYLE_GREEN] = "\033[32m", [STYLE_YELLOW] = "\033[33m",
        [STYLE_CYAN] = "\033[36m",
    };
    return color ? codes[style] : "";
}

/* The formats below come through N_() literals and the catalogue, whose conversions a test keeps
 * equal in both languages; the attribute on the public function checks the English one. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void say(const struct cli *cli, const char *label, enum style label_style,
                const char *format, va_list args)
{
    (void)fprintf(stderr, "%s%s%s", style(cli->color_err, label_style), label,
                  style(cli->color_err, STYLE_PLAIN));
    (void)vfprintf(stderr, tr(cli->lang, format), args);
    (void)fputc('\n', stderr);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    va_list args;
    va_start(args, format);
    say(cli, "", STYLE_PLAIN, format, args);
    va_end(args);
}

void cli_warn(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(cli, tr(cli->lang, N_("warning: ")), STYLE_YELLOW, format, args);
    va_end(args);
}

void cli_hint(struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(cli->hint, sizeof cli->hint, tr(cli->lang, format), args);
    va_end(args);
}

status cli_usage(struct cli *cli, struct error *err, const char *format, ...)
{
    va_list args;
    va_list again;
    cli->exit_code = EXIT_USAGE;
    va_start(args, format);
    va_copy(again, args);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    (void)vsnprintf(err->text_zh, sizeof err->text_zh, tr(LANG_ZH, format), again);
    err->code = NULL;
    va_end(again);
    va_end(args);
    if (cli->hint[0] == '\0' && cli->command)
        cli_hint(cli, N_("see 'sleuth help %s%s%s'"), cli->command->noun,
                 cli->command->verb ? " " : "", cli->command->verb ? cli->command->verb : "");
    else if (cli->hint[0] == '\0' && cli->noun)
        cli_hint(cli, N_("see 'sleuth help %s'"), cli->noun->name);
    return ST_INVALID;
}
#pragma GCC diagnostic pop

/* What usually helps, when the command knew nothing better. */
static const char *hint_of(status rc)
{
    switch (exit_code_of(rc)) {
    case EXIT_VERIFY:
        return N_("do not use this data; compare it with its source or restore a backup");
    case EXIT_REFUSED:
        return N_("see 'sleuth help exit-codes' for what code 4 means");
    case EXIT_CONFIG:
        return N_("'sleuth config check' names every problem of the configuration");
    case EXIT_NOT_FOUND:
        return N_("check the name; the list verb of a noun shows what exists");
    case EXIT_CONFLICT:
        return N_("look at the present state with the show or list verb, then try again");
    case EXIT_UNREACHABLE:
        return N_("is the server running? 'sleuth doctor' looks at the socket and the directory");
    case EXIT_FINE:
    case EXIT_FOUND:
    case EXIT_FAILED:
    case EXIT_PENDING:
    case EXIT_USAGE:
        break;
    }
    return N_("run it again with -v, or read 'sleuth help'");
}

void cli_tell_error(struct cli *cli, status rc, const struct error *err)
{
    const char *text = cli->lang == LANG_ZH ? err->text_zh : err->text;
    if (text[0] == '\0')
        text = tr(cli->lang, status_text(rc));
    (void)fprintf(stderr, "%ssleuth:%s %s\n", style(cli->color_err, STYLE_RED),
                  style(cli->color_err, STYLE_PLAIN), text);
    (void)fprintf(stderr, "%s%s%s%s\n", style(cli->color_err, STYLE_CYAN),
                  tr(cli->lang, N_("hint: ")), style(cli->color_err, STYLE_PLAIN),
                  cli->hint[0] ? cli->hint : tr(cli->lang, hint_of(rc)));
}

/* `sleuth user list | head -1` ends as every other filter does: by the signal, without a word.
 * SIGPIPE itself is ignored while a command runs, so that a socket cannot end the process. */
static void die_of_closed_pipe(void)
{
    struct sigaction act = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGPIPE, &act, NULL);
    (void)raise(SIGPIPE);
    _exit(EXIT_FAILED);
}

status cli_flush(struct cli *cli, struct error *err)
{
    TRY(buf_check(&cli->out, err));
    slice bytes = buf_slice(&cli->out);
    errno = 0;
    status rc = file_write_all(STDOUT_FILENO, bytes, "standard output", err);
    if (rc != ST_OK && errno == EPIPE)
        die_of_closed_pipe();
    cli->out.len = 0;
    return rc;
}
