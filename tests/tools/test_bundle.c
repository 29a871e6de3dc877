/* Tests of what the support bundle strikes out. */
#include "fake_cli.h"
#include "tools/doctor.h"

static void scrub_is(const char *line, const char *expected)
{
    struct buf out;
    buf_init(&out, 4096);
    bundle_scrub(&out, slice_of(line));
    ck_slice(buf_slice(&out), expected);
    buf_finish(&out);
}

START_TEST(keys_tokens_and_passwords_go)
{
    scrub_is("key=sk_live_2vwrrPJabc next", "key=[removed] next");
    scrub_is("whsec_abc", "[removed]");
    scrub_is("proxy http://user:p#s%s@proxy.example:3128/x",
             "proxy http://[removed]@proxy.example:3128/x");
    scrub_is("mail to ada@example.org.", "mail to [removed]@example.org.");
    scrub_is("hash 0123456789abcdef0123456789abcdef0123456789abcdef end", "hash [removed] end");
    scrub_is("Authorization: Bearer eyJhbGciOi", "Authorization: [removed] [removed]");
}
END_TEST

START_TEST(what_helps_stays)
{
    scrub_is("", "");
    scrub_is("http://127.0.0.1:5000/api/detect?x=1 status=200 ms=3.25",
             "http://127.0.0.1:5000/api/detect?x=1 status=200 ms=3.25");
    scrub_is("/var/lib/sleuth/a-rather-long-directory/name.of/file/that/goes/on/and/on",
             "/var/lib/sleuth/a-rather-long-directory/name.of/file/that/goes/on/and/on");
    scrub_is("time=2026-11-27T21:24:57.613Z level=info event=draining calls=0",
             "time=2026-11-27T21:24:57.613Z level=info event=draining calls=0");
    scrub_is("[::1]:443, https://zenodo.org", "[::1]:443, https://zenodo.org");
}
END_TEST

TEST_MAIN("bundle", keys_tokens_and_passwords_go, what_helps_stays)
