/* Which module owns which slot of call->hook. */
#ifndef HOOKS_H
#define HOOKS_H

enum call_hook {
    HOOK_RATE,        /* rate_call.c: what was taken, where the user stands */
    HOOK_IDEMPOTENCY, /* idempotency.c: the reservation of this call's key */
};

#endif
