/* sd_notify(3) and sd_listen_fds(3) as one datagram and three environment variables. */
#include "notify.h"

#include "base/slice.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') /* abstract name */
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    /* The service manager's loss is not ours: no answer is expected. */
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
    (void)close(fd);
}

/* A number from the environment; 0 when absent or malformed. */
static uint64_t env_u64(const char *name)
{
    uint64_t value = 0;
    return slice_to_u64(slice_of(getenv(name)), &value) ? value : 0;
}

static int is_for_us(const char *name)
{
    return !getenv(name) || env_u64(name) == (uint64_t)getpid();
}

int64_t notify_watchdog_ms(void)
{
    uint64_t usec = env_u64("WATCHDOG_USEC");
    if (usec == 0 || usec > (uint64_t)INT64_MAX || !is_for_us("WATCHDOG_PID"))
        return 0;
    return (int64_t)(usec / 2000);
}

size_t notify_listen_fds(void)
{
    uint64_t count = is_for_us("LISTEN_PID") ? env_u64("LISTEN_FDS") : 0;
    (void)unsetenv("LISTEN_PID"); /* fails only for a bad name */
    (void)unsetenv("LISTEN_FDS");
    if (count > 8)
        count = 0;
    for (uint64_t i = 0; i < count; i++)
        (void)fcntl(NOTIFY_LISTEN_FD + (int)i, F_SETFD, FD_CLOEXEC);
    return (size_t)count;
}
