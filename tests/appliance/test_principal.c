/* Tests of what a loop keeps of its callers: true, bounded, of one user only, gone when it changed.
 */
#include "principal.h"

#include "lib/gate.h"

static struct gate g;
static char texts[2][API_KEY_LEN + 1];
static struct store_api_key keys[2];
static struct crypt_hash hashes[2];
static struct principals *kept;

static void start(void)
{
    static const char *const emails[] = {"a@example.com", "b@example.com"};
    gate_open(&g);
    for (size_t i = 0; i < 2; i++) {
        (void)gate_user(&g, emails[i], "free", SCOPES_ALL, texts[i], &keys[i]);
        memcpy(hashes[i].bytes, keys[i].hash.ptr, sizeof hashes[i].bytes);
    }
    kept = principals_create();
    ck_assert_ptr_nonnull(kept);
}

static void stop(void)
{
    principals_destroy(&kept);
    gate_close(&g);
}

/* As a stage begins: the number first, the snapshot after it. */
static struct call begin(void)
{
    struct call call = {.magic = CALL_MAGIC,
                        .app = &g.app,
                        .now_ms = g.now_ms,
                        .begin_us = 5000000,
                        .principals = kept,
                        .identity = store_identity(g.t.store)};
    call.txn = temp_read(&g.t);
    return call;
}

/* Who the key belongs to; admitted, and let go again as at the end of a call. */
static const struct principal *look(size_t key)
{
    struct call call = begin();
    struct principal *who;
    struct error err = {0};
    ck_ok(principal_of_key(&call, &hashes[key], &who, &err));
    principal_admit(&call, who);
    ck_assert_ptr_eq(call.principal, who);
    principal_unref(&call.principal);
    return who;
}

START_TEST(a_caller_is_opened_once)
{
    start();
    const struct principal *first = look(0);
    ck_assert_uint_eq(first->user.id, keys[0].user_id);
    ck_assert_uint_eq(first->key.id, keys[0].id);
    ck_assert_uint_eq(first->refs, 1);
    ck_assert_ptr_eq(look(0), first);
    ck_assert_uint_eq(principals_count(kept), 1);
    stop();
}
END_TEST

START_TEST(users_are_kept_apart)
{
    struct principal *who;
    struct error err = {0};
    start();
    const struct principal *a = look(0);
    const struct principal *b = look(1);
    ck_assert_ptr_ne(a, b);
    ck_assert_uint_ne(a->user.id, b->user.id);
    ck_slice(a->user.email, "a@example.com");
    ck_slice(b->user.email, "b@example.com");
    ck_assert_ptr_eq(look(0), a);
    struct call call = begin();
    ck_status(principal_of_session(&call, &hashes[0], &who, &err), ST_NOT_FOUND);
    ck_assert_ptr_null(who);
    stop();
}
END_TEST

START_TEST(every_change_of_an_identity_is_seen_by_the_next_call)
{
    struct error err = {0};
    struct store_user user;
    start();
    ck_assert(!look(0)->key.revoked_ms);
    uint64_t before = store_identity(g.t.store);
    keys[1].revoked_ms = g.now_ms; /* of somebody else: nobody is kept over it */
    gate_put_key(&g, &keys[1]);
    ck_assert_uint_gt(store_identity(g.t.store), before);
    keys[0].revoked_ms = g.now_ms;
    gate_put_key(&g, &keys[0]);
    ck_assert_int_eq(look(0)->key.revoked_ms, g.now_ms);
    store_writer_stop(g.t.store);
    ck_ok(store_user_get(temp_write(&g.t), keys[1].user_id, &g.t.arena, &user));
    user.plan = S("pro");
    ck_ok(store_user_put(temp_write(&g.t), &user));
    temp_commit(&g.t);
    ck_slice(look(1)->user.plan, "pro");
    before = store_identity(g.t.store);
    ck_ok(store_user_del(temp_write(&g.t), keys[1].user_id));
    temp_commit(&g.t);
    ck_assert_uint_gt(store_identity(g.t.store), before);
    stop();
}
END_TEST

START_TEST(an_aborted_change_and_mere_use_change_nothing)
{
    struct error err = {0};
    start();
    const struct principal *who = look(0);
    uint64_t before = store_identity(g.t.store);
    struct store_touch touch = {.hash = hashes[0], .at_ms = g.now_ms + 1, .address = S("::1")};
    store_writer_stop(g.t.store);
    ck_ok(store_key_touch(temp_write(&g.t), &touch, 1));
    temp_commit(&g.t);
    struct store_user other = {.email = S("c@example.com"), .enabled = true, .plan = S("free")};
    ck_ok(store_user_add(temp_write(&g.t), &other));
    temp_commit(&g.t);
    keys[0].revoked_ms = g.now_ms;
    ck_ok(store_key_put(temp_write(&g.t), &keys[0]));
    temp_abort(&g.t);
    ck_assert_uint_eq(store_identity(g.t.store), before);
    ck_assert_ptr_eq(look(0), who);
    stop();
}
END_TEST

/* A call that is under way keeps what it was let in with, also when the loop forgets it. */
START_TEST(the_sweep_forgets_what_is_old_or_changed)
{
    struct principal *who;
    struct error err = {0};
    start();
    struct call call = begin();
    ck_ok(principal_of_key(&call, &hashes[0], &who, &err));
    principal_admit(&call, who);
    principals_sweep(kept, call.identity, 5000 + PRINCIPALS_IDLE_MS);
    ck_assert_uint_eq(principals_count(kept), 1);
    principals_sweep(kept, call.identity, 5001 + PRINCIPALS_IDLE_MS);
    ck_assert_uint_eq(principals_count(kept), 0);
    ck_slice(call.principal->user.email, "a@example.com");
    principal_unref(&call.principal);
    (void)look(0);
    principals_sweep(kept, call.identity + 1, 5000);
    ck_assert_uint_eq(principals_count(kept), 0);
    stop();
}
END_TEST

/* An answer is given again only to the same caller, for the same route and key, in its time. */
START_TEST(an_answer_is_kept_with_all_that_it_says)
{
    static const struct route routes[2] = {{.path = "/a"}, {.path = "/b"}};
    struct principal *who[2];
    struct error err = {0};
    uint64_t number = 7;
    const struct principal_key at = {&number, sizeof number};
    slice body, tag;
    start();
    struct call call = begin();
    arena_init(&call.arena, 1 << 16);
    for (size_t i = 0; i < 2; i++)
        ck_ok(principal_of_key(&call, &hashes[i], &who[i], &err));
    principal_admit(&call, who[0]);
    call.route = &routes[0];
    ck_assert(!principal_answer(&call, &at, &body, &tag));
    call.reply.bytes = S("{\"n\":7}");
    principal_answer_keep(&call, &at, g.now_ms + 1, S("tag"));
    ck_assert(principal_answer(&call, &at, &body, &tag));
    ck_slice(body, "{\"n\":7}");
    ck_slice(tag, "tag");
    call.route = &routes[1];
    ck_assert(!principal_answer(&call, &at, &body, &tag));
    call.route = &routes[0];
    number = 8;
    ck_assert(!principal_answer(&call, &at, &body, &tag));
    number = 7;
    call.now_ms = g.now_ms + 1;
    ck_assert(!principal_answer(&call, &at, &body, &tag));
    call.now_ms = g.now_ms;
    call.principal = who[1];
    ck_assert(!principal_answer(&call, &at, &body, &tag));
    principal_unref(&who[0]);
    principal_unref(&who[1]);
    arena_finish(&call.arena);
    stop();
}
END_TEST

START_TEST(the_stamp_of_keys_moves_with_every_change_of_one)
{
    struct error err = {0};
    start();
    uint64_t before = store_keys_stamp(g.t.store);
    const struct store_touch touch = {
        .hash = hashes[0], .at_ms = g.now_ms + 1, .address = S("::1")};
    store_writer_stop(g.t.store);
    ck_ok(store_key_touch(temp_write(&g.t), &touch, 1));
    temp_commit(&g.t);
    ck_assert_uint_eq(store_keys_stamp(g.t.store), before + 1);
    struct store_api_key more = keys[0];
    struct crypt_hash hash = {.bytes = {1, 2, 3}};
    more.id = 99;
    more.hash = slice_make(hash.bytes, sizeof hash.bytes);
    ck_ok(store_key_add(temp_write(&g.t), &more));
    temp_commit(&g.t);
    ck_assert_uint_eq(store_keys_stamp(g.t.store), before + 2);
    ck_ok(store_key_revoke(temp_write(&g.t), more.user_id, more.id, g.now_ms));
    temp_commit(&g.t);
    ck_assert_uint_eq(store_keys_stamp(g.t.store), before + 3);
    stop();
}
END_TEST

TEST_MAIN("principal", a_caller_is_opened_once, users_are_kept_apart,
          every_change_of_an_identity_is_seen_by_the_next_call,
          an_aborted_change_and_mere_use_change_nothing, the_sweep_forgets_what_is_old_or_changed,
          an_answer_is_kept_with_all_that_it_says, the_stamp_of_keys_moves_with_every_change_of_one)
