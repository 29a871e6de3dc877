/* What the installed licence allows now: the cap on every user's plan, seats, the total quota; and
 * the clock that it is judged by.
 *
 * Only `billing.mode = license` caps anything. Trusted time never goes back: it is the latest wall
 * time ever seen (kept in the store, once a minute) plus what the monotonic clock counted since, so
 * setting the clock back neither extends a licence nor makes one begin twice, and a clock that is
 * set forward by mistake waits for the licence's vendor. One per process; any thread. */
#ifndef ENTITLEMENT_H
#define ENTITLEMENT_H

#include "license.h"

struct app;
struct call;
struct store_txn;
struct store_user;
struct entitlement;

enum { ENTITLEMENT_BACK_MS = 5 * 60 * 1000 }; /* a jump back beyond this is an audit event */

/* Reads licence and clock from the store and from license.file. A licence that does not verify
 * counts as none; `entitlement_look` tells why. Main thread, with the store open. */
status entitlement_create(struct app *app, struct entitlement **ret, struct error *err);
void entitlement_destroy(struct entitlement **entitlement); /* NULL is allowed */

/* Main thread, every second: looks again once a minute (reload, seats), saves the clock, logs what
 * is about to end, writes the audit record of a clock that went back. */
void entitlement_tick(struct app *app, int64_t wall_ms);

/* The wall clock, or the latest time seen when that is later. app->entitlement may be NULL. */
int64_t entitlement_now(const struct app *app, int64_t wall_ms);

/* The moment that counts for the month of a bill: a clock that is set back opens no month again. Only
 * when it is behind by more than two months it counts as it is: then it was wrong before, and nobody
 * shall wait for a year. app->entitlement may be NULL. */
int64_t entitlement_bill_time(const struct app *app, int64_t wall_ms);

/* The plan that counts for a user: auth_plan, and at most the licence's. */
enum plan_rank entitlement_plan(const struct app *app, const struct store_user *user,
                                int64_t wall_ms);
/* The licence's plan: what new users get and no override of a user's limits exceeds; PLAN_COUNT
 * when nothing is capped. */
enum plan_rank entitlement_cap(const struct app *app, int64_t wall_ms);
/* Sets plan and plan_source of a new user: the plan that was asked for, else the licence's, else
 * free. */
void entitlement_begin(const struct app *app, int64_t wall_ms, slice asked,
                       struct store_user *user);
/* Analyses of all users together per month; 0 = no total. */
uint64_t entitlement_analyses(const struct app *app, int64_t wall_ms);
/* In a transaction that is about to enable one more user: ST_CONFLICT "seats_exceeded" when all
 * seats are taken. */
status entitlement_seat(const struct call *call, struct error *err);

/* Everything for those who show it. */
struct entitlement_view {
    struct license license; /* id "" = none */
    enum license_state state;
    bool caps; /* billing.mode = license */
    int64_t trusted_ms;
    int64_t back_ms;         /* how far the wall clock is behind; 0 = it is not */
    uint64_t seats_used;     /* enabled users at the last look */
    uint64_t seat_last_user; /* users with higher numbers have no seat; UINT64_MAX = all have */
    char host_id[LICENSE_HOST_MAX];
    char source[16];      /* "installed", "file", "" */
    struct error refused; /* why the file or the installed one does not count; text "" = it does */
};
void entitlement_look(const struct app *app, int64_t wall_ms, struct entitlement_view *ret);

/* Apply stage: keeps the text and the clock. `license` is what it reads as. */
status entitlement_install(struct call *call, slice text, const struct license *license,
                           struct error *err);
/* After the commit: it counts from now on. */
void entitlement_installed(struct app *app, const struct license *license, uint64_t seat_last_user);
/* The highest user number that has a seat. */
status entitlement_seat_last(struct store_txn *txn, uint64_t seats, struct arena *arena,
                             uint64_t *ret);

#endif
