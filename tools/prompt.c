/* Questions on the terminal: lines, secrets that do not show, confirmations. */
#include "tools/cli.h"

#include "base/crypt.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1024, TRIES_MAX = 3 };

/* One line of a descriptor, byte by byte so that nothing behind it is swallowed. */
static status line_read(int fd, char line[static LINE_BYTES_MAX], size_t *ret_len,
                        struct error *err)
{
    size_t len = 0;
    for (;;) {
        char byte;
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            return error_set(err, ST_CANCELLED, N_("interrupted"));
        if (got < 0)
            return error_set(err, ST_IO, N_("cannot read the answer: %s"), errno_text(errno));
        if (got == 0 && len == 0)
            return error_set(err, ST_INVALID, N_("no answer: the input ended"));
        if (got == 0 || byte == '\n')
            break;
        if (len == LINE_BYTES_MAX - 1)
            return error_set(err, ST_TOO_LARGE, N_("the answer is longer than %d bytes"),
                             LINE_BYTES_MAX - 1);
        line[len++] = byte;
    }
    if (len && line[len - 1] == '\r')
        len--;
    *ret_len = len;
    return ST_OK;
}

static status keep(struct cli *cli, slice text, slice *ret, struct error *err)
{
    *ret = arena_copy(&cli->arena, text);
    return arena_check(&cli->arena, err);
}

status prompt_line(struct cli *cli, const char *question, const char *otherwise, slice *ret,
                   struct error *err)
{
    char line[LINE_BYTES_MAX];
    for (int i = 0; i < TRIES_MAX; i++) {
        size_t len;
        if (otherwise && otherwise[0])
            (void)fprintf(stderr, "%s [%s]: ", cli_tr(cli, question), otherwise);
        else
            (void)fprintf(stderr, "%s: ", cli_tr(cli, question));
        (void)fflush(stderr);
        TRY(line_read(STDIN_FILENO, line, &len, err));
        slice answer = slice_trim(slice_make(line, len));
        if (answer.len)
            return keep(cli, answer, ret, err);
        if (otherwise)
            return keep(cli, slice_of(otherwise), ret, err);
    }
    return error_set(err, ST_INVALID, N_("no answer given"));
}

/* Asks without echo. The terminal is put back as it was before anything else happens. */
static status hidden_line(struct cli *cli, const char *question, char line[static LINE_BYTES_MAX],
                          size_t *ret_len, struct error *err)
{
    struct termios before;
    struct termios hidden;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return error_set(err, ST_IO, N_("cannot hide what is typed: %s"), errno_text(errno));
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)fprintf(stderr, "%s: ", cli_tr(cli, question));
    (void)fflush(stderr);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
        return error_set(err, ST_IO, N_("cannot hide what is typed: %s"), errno_text(errno));
    status rc = line_read(STDIN_FILENO, line, ret_len, err);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before); /* nothing better is left to do */
    (void)fputc('\n', stderr);
    return rc;
}

static status secret_from_terminal(struct cli *cli, const char *question, bool twice, slice *ret,
                                   struct error *err)
{
    char first[LINE_BYTES_MAX];
    char second[LINE_BYTES_MAX];
    size_t first_len = 0;
    size_t second_len = 0;
    status rc = hidden_line(cli, question, first, &first_len, err);
    if (rc == ST_OK && twice) {
        rc = hidden_line(cli, N_("the same again"), second, &second_len, err);
        if (rc == ST_OK && (first_len != second_len || !crypt_equal(first, second, first_len)))
            rc = error_set(err, ST_INVALID, N_("the two answers differ"));
    }
    if (rc == ST_OK)
        rc = keep(cli, slice_make(first, first_len), ret, err);
    crypt_wipe(first, sizeof first);
    crypt_wipe(second, sizeof second);
    return rc;
}

static status secret_from_file(struct cli *cli, const char *file, slice *ret, struct error *err)
{
    slice bytes;
    TRY(file_read(file, LINE_BYTES_MAX, &cli->arena, &bytes, err));
    if (slice_has_suffix(bytes, S("\n")))
        bytes.len--;
    if (slice_has_suffix(bytes, S("\r")))
        bytes.len--;
    if (bytes.len == 0)
        return error_set(err, ST_INVALID, N_("'%s' is empty"), file);
    *ret = bytes;
    return ST_OK;
}

status prompt_secret(struct cli *cli, const char *question, const char *file, bool confirm,
                     slice *ret, struct error *err)
{
    char line[LINE_BYTES_MAX];
    size_t len;
    if (file)
        return secret_from_file(cli, file, ret, err);
    if (cli->tty_in)
        return secret_from_terminal(cli, question, confirm, ret, err);
    status rc = line_read(STDIN_FILENO, line, &len, err);
    if (rc == ST_OK)
        rc = keep(cli, slice_make(line, len), ret, err);
    crypt_wipe(line, sizeof line);
    return rc;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* checked through the public attribute */
static void question_print(const struct cli *cli, const char *format, va_list args)
{
    (void)vfprintf(stderr, tr(cli->lang, format), args);
    (void)fputs(cli_tr(cli, N_(" Type 'yes' to go on: ")), stderr);
    (void)fflush(stderr);
}
#pragma GCC diagnostic pop

status confirm(struct cli *cli, struct error *err, const char *format, ...)
{
    char line[LINE_BYTES_MAX];
    size_t len;
    va_list args;
    if (cli->yes)
        return ST_OK;
    if (!cli->tty_in || !cli->tty_err) {
        cli_hint(cli, N_("add --yes when you are sure"));
        return error_set(err, ST_FORBIDDEN, N_("this cannot be undone and nobody can be asked"));
    }
    va_start(args, format);
    question_print(cli, format, args);
    va_end(args);
    TRY(line_read(STDIN_FILENO, line, &len, err));
    slice answer = slice_trim(slice_make(line, len));
    if (slice_eq_nocase(answer, S("yes")) || slice_eq_nocase(answer, S("y")) ||
        slice_eq(answer, S("是")))
        return ST_OK;
    cli_hint(cli, N_("nothing was changed"));
    return error_set(err, ST_FORBIDDEN, N_("not confirmed"));
}
