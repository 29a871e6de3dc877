/* Ctrl-C as a flag: long work looks at it and ends in order. */
#include "tools/cli.h"

#include <signal.h>

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    (void)number;
    caught = 1;
}

void interrupt_catch(void)
{
    /* SA_RESETHAND: the second signal ends the process at once. */
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&act.sa_mask);
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
}

bool interrupted(void)
{
    return caught != 0;
}
