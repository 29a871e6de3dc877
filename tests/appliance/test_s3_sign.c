/* s3_sign.c against vectors of AWS's own signer. */
#include "s3_sign.h"

#include "base/clock.h"

#include "lib/main.h"

static struct error err;
static struct arena arena;

static const struct s3_credentials credentials = {
    .access_key = SLICE_INIT("AKIDEXAMPLE"),
    .secret_key = SLICE_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    .session_token = SLICE_INIT(""),
    .region = SLICE_INIT("us-east-1"),
};
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int64_t then(void)
{
    int64_t ms;
    ck_assert(time_parse(S("2026-01-02T03:04:05Z"), &ms));
    return ms;
}

START_TEST(the_worked_vector_holds_byte_for_byte)
{
    const struct s3_pair headers[] = {{S("content-type"), S("text/csv")}};
    const struct s3_question question = {
        .method = "PUT",
        .host = S("127.0.0.1:9000"),
        .path = S("/testb/results/2026/\345\201\217\345\267\256 1.csv"),
        .headers = headers,
        .header_count = 1,
        .payload = S("492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470"),
        .now_ms = then(),
    };
    struct s3_signature signature;
    arena_init(&arena, 1 << 20);
    ck_ok(s3_sign(&credentials, &question, &arena, &signature, &err));
    ck_slice(
        signature.canonical,
        "PUT\n"
        "/testb/results/2026/%E5%81%8F%E5%B7%AE%201.csv\n"
        "\n"
        "content-type:text/csv\n"
        "host:127.0.0.1:9000\n"
        "x-amz-content-sha256:492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470\n"
        "x-amz-date:20260102T030405Z\n"
        "\n"
        "content-type;host;x-amz-content-sha256;x-amz-date\n"
        "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470");
    ck_slice(signature.to_sign, "AWS4-HMAC-SHA256\n"
                                "20260102T030405Z\n"
                                "20260102/us-east-1/s3/aws4_request\n"
                                "26dc04d869a0dd6d25420f601f928c83a57933e4ad55a7be7ee9cc63919825df");
    ck_slice(signature.authorization,
             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/s3/aws4_request, "
             "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, "
             "Signature=6648caff6562e7fc4f648d098aee134635246b1f004901b29b5032c6c745e04d");
    arena_finish(&arena);
}
END_TEST

static void signs(const char *method, const char *path, const struct s3_pair *query, size_t count,
                  const char *wanted)
{
    const struct s3_question question = {.method = method,
                                         .host = S("127.0.0.1:9000"),
                                         .path = slice_of(path),
                                         .query = query,
                                         .query_count = count,
                                         .payload = S(EMPTY),
                                         .now_ms = then()};
    struct s3_signature signature;
    arena_init(&arena, 1 << 20);
    ck_ok(s3_sign(&credentials, &question, &arena, &signature, &err));
    ck_slice(signature.signature, wanted);
    arena_finish(&arena);
}

START_TEST(requests_without_a_body_match_their_vectors)
{
    const struct s3_pair list[] = {{S("prefix"), S("results/2026/")},
                                   {S("max-keys"), S("1000")},
                                   {S("list-type"), S("2")}}; /* sorted by the signer */
    signs("GET", "/testb", list, 3,
          "693d9a87a89576b33f4ed59871ebd01be713a07c13836b4c8a84f2f5a0d27d5f");
    signs("GET", "/testb/a+b=c&d.csv", NULL, 0,
          "f429c9e6e9a92afab625d5dfe3856ac0512609e85cab9df10e2b4df3310e561b");
    signs("HEAD", "/testb/x.csv", NULL, 0,
          "f4908703d70a09fff1e64218242adc158b553ecb61c2c4b3f473b0a21d70cff7");
    signs("DELETE", "/testb/x.csv", NULL, 0,
          "43047961cf9b3bb50ca1b805c9ce8bf99a3ba4cd0a714aa3dfa65f5362d6e20a");
}
END_TEST

START_TEST(encoding_is_strict)
{
    arena_init(&arena, 1 << 20);
    ck_slice(s3_encode(S("a/b c~-._\xff+"), true, &arena), "a/b%20c~-._%FF%2B");
    ck_slice(s3_encode(S("a/b"), false, &arena), "a%2Fb");
    arena_finish(&arena);
}
END_TEST

/* AWS's published example of query authentication (S3 API reference, "Authenticating requests:
 * using query parameters"). */
START_TEST(a_link_matches_the_published_example)
{
    const struct s3_credentials example = {
        .access_key = S("AKIAIOSFODNN7EXAMPLE"),
        .secret_key = S("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        .session_token = S(""),
        .region = S("us-east-1"),
    };
    int64_t ms;
    struct s3_signature signature;
    ck_assert(time_parse(S("2013-05-24T00:00:00Z"), &ms));
    const struct s3_question question = {.method = "GET",
                                         .host = S("examplebucket.s3.amazonaws.com"),
                                         .path = S("/test.txt"),
                                         .now_ms = ms};
    arena_init(&arena, 1 << 20);
    ck_ok(s3_presign(&example, &question, 86400, &arena, &signature, &err));
    ck_slice(signature.query,
             "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
             "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
             "X-Amz-SignedHeaders=host&X-Amz-Signature="
             "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    arena_finish(&arena);
}
END_TEST

START_TEST(a_session_token_is_signed)
{
    struct s3_credentials temporary = credentials;
    struct s3_signature signature;
    const struct s3_question question = {
        .method = "GET", .host = S("h"), .path = S("/b"), .payload = S(EMPTY), .now_ms = then()};
    temporary.session_token = S("token");
    arena_init(&arena, 1 << 20);
    ck_ok(s3_sign(&temporary, &question, &arena, &signature, &err));
    ck_assert(slice_find(signature.authorization, S(";x-amz-security-token,"), &(size_t){0}));
    ck_assert(slice_find(signature.canonical, S("\nx-amz-security-token:token\n"), &(size_t){0}));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("s3_sign", the_worked_vector_holds_byte_for_byte,
          requests_without_a_body_match_their_vectors, encoding_is_strict,
          a_link_matches_the_published_example, a_session_token_is_signed)
