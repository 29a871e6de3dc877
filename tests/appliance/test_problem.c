/* problem.c: the one error body, its headers, and what it does not tell. */
#include "lib/fake_call.h"
#include "lib/main.h"
#include "lib/no_routes.h"

static struct call *failed(status rc, const struct error *err)
{
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->request_id = S("id-1");
    reply_error(call, rc, err);
    return call;
}

START_TEST(the_body_serves_three_kinds_of_readers)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->request_id = S("id-1");
    call->problem.error = "Missing API key";
    status rc = error_code(&err, ST_UNAUTHENTICATED, "missing_api_key",
                           "Please provide an API key in X-API-Key header");
    reply_error(call, rc, &err);
    ck_slice(call->reply.bytes,
             "{\"error\":\"Missing API key\","
             "\"message\":\"Please provide an API key in X-API-Key header\","
             "\"details\":\"Please provide an API key in X-API-Key header\","
             "\"code\":\"missing_api_key\",\"type\":\"/problems/missing_api_key\","
             "\"title\":\"Missing API key\",\"status\":401,"
             "\"detail\":\"Please provide an API key in X-API-Key header\","
             "\"instance\":\"urn:sleuth:request:id-1\",\"request_id\":\"id-1\"}");
    ck_slice(answer_header(call, "WWW-Authenticate"), "Bearer realm=\"sleuth\"");
    fake_call_end(call);
}
END_TEST

START_TEST(a_refused_credential_names_the_reason_in_the_challenge)
{
    struct error err;
    status rc = error_code(&err, ST_UNAUTHENTICATED, "invalid_api_key", "it is invalid");
    struct call *call = failed(rc, &err);
    ck_slice(answer_header(call, "WWW-Authenticate"),
             "Bearer realm=\"sleuth\", error=\"invalid_token\", "
             "error_description=\"it is invalid\"");
    fake_call_end(call);
}
END_TEST

START_TEST(inner_causes_are_told_to_the_log_and_the_host_only)
{
    struct error err;
    status rc = error_set(&err, ST_IO, "cannot write '/secret/path'");
    struct call *call = failed(rc, &err);
    ck_assert_int_eq(call->reply.http_status, 500);
    ck_assert(!answer_has(call, "secret"));
    ck_assert(answer_has(call, "\"error\":\"Internal server error\""));
    ck_assert(answer_has(call, "See request_id in the server log"));
    fake_call_end(call);

    call = fake_call(METHOD_GET, "/", NULL);
    call->actor = ACTOR_HOST;
    reply_error(call, rc, &err);
    ck_assert(answer_has(call, "/secret/path"));
    fake_call_end(call);
}
END_TEST

START_TEST(busy_says_when_to_come_back)
{
    struct error err;
    struct call *call = failed(error_set(&err, ST_BUSY, "busy"), &err);
    ck_assert_int_eq(call->reply.http_status, 503);
    ck_slice(answer_header(call, "Retry-After"), "2");
    fake_call_end(call);
}
END_TEST

START_TEST(members_and_status_can_be_set)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->problem.http_status = 409;
    call->problem.retry_after_s = 41;
    call_problem_members(call, S("\"errors\":[{\"line\":3}]"));
    reply_error(call, error_set(&err, ST_INVALID, "no"), &err);
    ck_assert_int_eq(call->reply.http_status, 409);
    ck_assert(slice_has_suffix(call->reply.bytes, S(",\"errors\":[{\"line\":3}]}")));
    ck_slice(answer_header(call, "Retry-After"), "41");
    fake_call_end(call);
}
END_TEST

START_TEST(problem_json_is_sent_to_who_accepts_it)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    fake_header(call, "accept", "application/problem+json, */*");
    reply_error(call, error_set(&err, ST_NOT_FOUND, "no"), &err);
    ck_assert_str_eq(call->reply.content_type, "application/problem+json");
    fake_call_end(call);
}
END_TEST

START_TEST(the_error_is_told_in_the_callers_language)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    call->lang = LANG_ZH;
    reply_error(call,
                error_set(&err, ST_NOT_FOUND,
                          "The requested endpoint does not exist. See /api/info for available "
                          "endpoints."),
                &err);
    ck_assert(!answer_has(call, "does not exist"));
    ck_assert(answer_has(call, "\"code\":\"not_found\""));
    fake_call_end(call);
}
END_TEST

START_TEST(an_exhausted_arena_still_gives_an_error_body)
{
    struct error err;
    struct call *call = fake_call(METHOD_GET, "/", NULL);
    while (!call->arena.overflow)
        (void)arena_alloc(&call->arena, 100000);
    reply_error(call, arena_check(&call->arena, &err), &err);
    ck_assert_int_eq(call->reply.http_status, 413);
    ck_assert(answer_has(call, "\"code\":\"too_large\""));
    fake_call_end(call);
}
END_TEST

START_TEST(every_status_has_a_phrase)
{
    for (enum status_code rc = ST_OK; rc < STATUS_COUNT; rc++)
        ck_assert_str_ne(reply_reason(reply_http_status(rc)), "Unknown");
    ck_assert_int_eq(reply_http_status(ST_PLAN), 403);
    ck_assert_int_eq(reply_http_status(ST_QUOTA), 429);
    ck_assert_str_eq(reply_reason(599), "Unknown");
}
END_TEST

TEST_MAIN("problem", the_body_serves_three_kinds_of_readers,
          a_refused_credential_names_the_reason_in_the_challenge,
          inner_causes_are_told_to_the_log_and_the_host_only, busy_says_when_to_come_back,
          members_and_status_can_be_set, problem_json_is_sent_to_who_accepts_it,
          the_error_is_told_in_the_callers_language, an_exhausted_arena_still_gives_an_error_body,
          every_status_has_a_phrase)
