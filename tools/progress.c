/* A progress bar on standard error, only on a terminal, only for work that takes a while. */
#include "tools/cli.h"

#include "base/clock.h"

#include <stdio.h>

enum { FIRST_AFTER_MS = 400, REDRAW_MS = 100, BAR_COLUMNS = 24 };

void progress_begin(struct progress *progress, const struct cli *cli, const char *label)
{
    *progress = (struct progress){.cli = cli, .label = label, .started_ms = clock_mono_ms()};
}

static void bar_draw(const struct progress *progress, uint64_t done, uint64_t total, int64_t now)
{
    double share = total ? (double)done / (double)total : 0;
    int full = (int)(share * BAR_COLUMNS);
    int64_t elapsed = now - progress->started_ms;
    int64_t left = done ? (int64_t)((double)elapsed * (double)(total - done) / (double)done) : 0;
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    (void)fprintf(stderr, "\r%s [%s] %3d %%  %lld s\033[K", progress->label, bar,
                  (int)(share * 100), (long long)(left + 999) / 1000);
    (void)fflush(stderr);
}

/* On a terminal, after a while, and not too often. */
static bool is_due(const struct progress *progress, int64_t now)
{
    return progress->cli->tty_err && !progress->cli->quiet &&
           now - progress->started_ms >= FIRST_AFTER_MS && now - progress->drawn_ms >= REDRAW_MS;
}

void progress_count(struct progress *progress, uint64_t done)
{
    int64_t now = clock_mono_ms();
    if (!is_due(progress, now))
        return;
    (void)fprintf(stderr, "\r%s: %llu\033[K", progress->label, (unsigned long long)done);
    (void)fflush(stderr);
    progress->drawn_ms = now;
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
    int64_t now = clock_mono_ms();
    if (total == 0 || !is_due(progress, now))
        return;
    bar_draw(progress, done < total ? done : total, total, now);
    progress->drawn_ms = now;
}

void progress_end(struct progress *progress)
{
    if (progress->drawn_ms == 0)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    progress->drawn_ms = 0;
}
