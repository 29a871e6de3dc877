/* security.txt: only with a contact, and never with a date that has passed. */
#include "lib/fake_call.h"
#include "lib/main.h"

#include "api/tables.h"

static status ask(struct config *config, struct call **ret, struct error *err)
{
    atomic_store(&fake_app.config, config);
    *ret = fake_call(METHOD_GET, "/.well-known/security.txt", NULL);
    return security_txt_routes[0].reply(*ret, err);
}

START_TEST(the_contact_stands_with_a_date_to_come)
{
    struct config config = {.http_security_contact = S("mailto:security@example.org")};
    struct error err;
    struct call *call;
    ck_ok(ask(&config, &call, &err));
    ck_assert(answer_has(call, "Contact: mailto:security@example.org\n"));
    ck_assert(answer_has(call, "Expires: 2026-05-2")); /* 180 days after 2025-11-24 */
    fake_call_end(call);
}
END_TEST

START_TEST(without_a_contact_there_is_no_file)
{
    struct config config = {0};
    struct error err;
    struct call *call;
    ck_assert_int_eq(ask(&config, &call, &err), ST_NOT_FOUND);
    fake_call_end(call);
}
END_TEST

TEST_MAIN("security_txt", the_contact_stands_with_a_date_to_come,
          without_a_contact_there_is_no_file)
