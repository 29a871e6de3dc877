/* The service manager's two datagram and descriptor conventions, without libsystemd. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stddef.h>
#include <stdint.h>

/* Sends "READY=1", "STOPPING=1", "WATCHDOG=1" to $NOTIFY_SOCKET; nothing without it. */
void notify_send(const char *state);
/* Half of $WATCHDOG_USEC in milliseconds when it is meant for this process; 0 = no watchdog. */
int64_t notify_watchdog_ms(void);
/* Number of sockets handed over by socket activation; the first is descriptor 3. Takes the
 * variables out of the environment, so that no child believes they are for it. */
size_t notify_listen_fds(void);

enum { NOTIFY_LISTEN_FD = 3 };

#endif
