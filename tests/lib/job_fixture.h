/* Jobs on a gate (lib/gate.h): submitted through the routes, claimed and run in this thread. */
#ifndef TESTS_LIB_JOB_FIXTURE_H
#define TESTS_LIB_JOB_FIXTURE_H

#include "job_run.h"
#include "jobs.h"
#include "json.h"
#include "lib/gate.h"

#define JOB_LOG(last)                                                                              \
    "\"engine\":\"classic\",\"csv_data\":"                                                         \
    "\"time_period,algorithm,performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n"      \
    "2,A,0.72,110\\n2,B,0.63,110\\n3,A,0.71,120\\n3,B," last ",125\\n\""
#define JOB_DETECT(last) "{\"kind\":\"detect\",\"input\":{" JOB_LOG(last) "}}"

struct job_fixture {
    struct gate g;
    char key[API_KEY_LEN + 1];
    uint64_t user_id;
    struct job_run run;
    struct store_job job; /* claimed last */
};

static inline void jobs_open(struct job_fixture *f, const char *plan)
{
    struct error err = {0};
    *f = (struct job_fixture){0};
    gate_open(&f->g);
    ck_ok(route_init(&err));
    f->g.now_ms = clock_wall_ms(); /* runners look at the clock: how long did it wait? */
    f->user_id = gate_user(&f->g, "a@example.com", plan, SCOPES_ALL, f->key, NULL);
    job_run_init(&f->run, &f->g.app, NULL);
    f->run.job = &f->job;
    f->run.reader = f->g.t.reader;
}

static inline void jobs_close(struct job_fixture *f)
{
    job_run_finish(&f->run);
    gate_close(&f->g);
}

/* The text of a member "a.b" of an answer, in the fixture's arena. */
static inline slice job_member(struct job_fixture *f, slice json, const char *path)
{
    const struct json *root;
    struct error err = {0};
    ck_ok(json_parse(arena_copy(&f->g.t.arena, json), &f->g.t.arena, &root, &err));
    const struct json *value = json_at(root, path);
    ck_assert_msg(value != NULL, "no '%s' in %.*s", path, SLICE_ARG(json));
    return value->text;
}

/* POST; the job's id, in the fixture's arena with a NUL behind it. */
static inline slice job_post(struct job_fixture *f, const char *path, const char *body)
{
    struct call *call = gate_run(&f->g, METHOD_POST, path, f->key, body);
    gate_expect(call, 202, "\"job\":{");
    slice id = arena_copy(&f->g.t.arena, job_member(f, gate_body(call), "job.id"));
    gate_end(call);
    return id;
}

static inline unsigned job_slots(struct store_txn *txn, uint64_t user_id, void *arg)
{
    (void)txn;
    (void)user_id;
    (void)arg;
    return 100;
}

static inline status job_claim_apply(struct store_txn *txn, void *arg, struct error *err)
{
    struct job_fixture *f = arg;
    struct store_claim claim = {.now_ms = f->g.now_ms, .slots_max = job_slots};
    (void)err;
    return store_job_claim(txn, &claim, &f->g.t.arena, &f->job);
}

/* ST_NOT_FOUND when nothing waits. */
static inline status job_claim(struct job_fixture *f)
{
    struct error err = {0};
    return store_apply(f->g.t.store, job_claim_apply, f, &err);
}

/* Claims and runs the next one; true when it went back into the queue. */
static inline bool job_run_next(struct job_fixture *f)
{
    ck_status(job_claim(f), ST_OK);
    return job_run_execute(&f->run);
}

static inline struct store_job job_row(struct job_fixture *f, slice id)
{
    struct store_job job;
    ck_status(store_job_get(temp_read(&f->g.t), f->user_id, id, &f->g.t.arena, &job), ST_OK);
    store_read_end(&f->g.t.r);
    return job;
}

static inline struct store_usage_month job_month(struct job_fixture *f)
{
    struct store_usage_month month;
    ck_status(store_analyses_get(temp_read(&f->g.t), f->user_id, store_month(f->g.now_ms), &month),
              ST_OK);
    store_read_end(&f->g.t.r);
    return month;
}

#define job_expect_month(f, analyses_, reserved_)                                                  \
    do {                                                                                           \
        struct store_usage_month month_ = job_month(f);                                            \
        ck_assert_uint_eq(month_.analyses, analyses_);                                             \
        ck_assert_uint_eq(month_.reserved, reserved_);                                             \
    } while (0)

/* One call about a job: status, and what the body says. */
static inline void job_ask(struct job_fixture *f, enum method method, slice id, const char *suffix,
                           int http_status, const char *says)
{
    char path[200];
    (void)snprintf(path, sizeof path, "/api/jobs/" SLICE_FMT "%s", SLICE_ARG(id), suffix);
    struct call *call = gate_run(&f->g, method, path, f->key, "");
    gate_expect(call, http_status, says);
    gate_end(call);
}

#endif
