/* serve_run in a child process: its standard output is read by the test. */
#ifndef TESTS_LIB_SERVER_PROCESS_H
#define TESTS_LIB_SERVER_PROCESS_H

#include "serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct server_process {
    pid_t pid;
    int out;
    char text[1024]; /* what it printed so far */
};

/* Exit code of the child: 0, or the status that serve_run gave. */
static inline void server_process_start(struct server_process *process,
                                        const struct serve_options *options)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    *process = (struct server_process){.out = fds[0]};
    process->pid = fork();
    ck_assert_int_ge(process->pid, 0);
    if (process->pid == 0) {
        struct error err = {0};
        (void)dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        int rc = (int)serve_run(options, &err);
        if (rc != ST_OK)
            (void)fprintf(stderr, "server: %s\n", err.text);
        _exit(rc);
    }
    close(fds[1]);
}

/* Until it has printed `wanted`, at most 10 s. */
static inline bool server_process_says(struct server_process *process, const char *wanted)
{
    size_t len = strlen(process->text);
    for (int i = 0; i < 1000 && !strstr(process->text, wanted); i++) {
        struct pollfd poll_fd = {.fd = process->out, .events = POLLIN};
        if (poll(&poll_fd, 1, 10) <= 0)
            continue;
        ssize_t n = read(process->out, process->text + len, sizeof process->text - len - 1);
        if (n <= 0)
            break;
        len += (size_t)n;
        process->text[len] = '\0';
    }
    return strstr(process->text, wanted) != NULL;
}

/* Waits for its end; the exit code, or -1. */
static inline int server_process_end(struct server_process *process)
{
    int how = 0;
    ck_assert_int_eq(waitpid(process->pid, &how, 0), process->pid);
    close(process->out);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

#endif
