/* notify.c: the service manager's datagrams and variables. */
#include "notify.h"

#include "lib/main.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

START_TEST(the_state_arrives_at_the_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[32] = "", dir[] = "/tmp/notify-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s", dir);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    notify_send("READY=1");
    ck_assert_int_eq((int)recv(fd, text, sizeof text - 1, MSG_DONTWAIT), 7);
    ck_assert_str_eq(text, "READY=1");
    unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    ck_assert_int_lt((int)recv(fd, text, sizeof text - 1, MSG_DONTWAIT), 0);
    close(fd);
    unlink(address.sun_path);
    rmdir(dir);
}
END_TEST

START_TEST(the_watchdog_is_fed_twice_per_period)
{
    char pid[24];
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    ck_assert_int_eq(notify_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 15000);
    setenv("WATCHDOG_PID", "1", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 0);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    ck_assert_int_eq(notify_watchdog_ms(), 15000);
    setenv("WATCHDOG_USEC", "junk", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 0);
}
END_TEST

START_TEST(sockets_are_taken_only_when_meant_for_us)
{
    char pid[24];
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_PID", "1", 1);
    ck_assert_uint_eq(notify_listen_fds(), 0);
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_PID", pid, 1);
    ck_assert_uint_eq(notify_listen_fds(), 2);
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_uint_eq(notify_listen_fds(), 0);
}
END_TEST

TEST_MAIN("notify", the_state_arrives_at_the_socket, the_watchdog_is_fed_twice_per_period,
          sockets_are_taken_only_when_meant_for_us)
