/* Tests of loading the configuration: precedence, bounds, unknown keys, secrets. */
#include "config.h"

#include "base/file.h"
#include "lib/main.h"

#include <sys/stat.h>
#include <unistd.h>

static struct error err;
static char dir[64];
static char path[128];

static void start(const char *text)
{
    (void)snprintf(dir, sizeof dir, "/tmp/sleuth-config-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/sleuth.conf", dir);
    ck_ok(file_replace(path, slice_of(text), 0600, &err));
}

static void conf_d(const char *name, const char *text)
{
    char file[160];
    (void)snprintf(file, sizeof file, "%s/conf.d", dir);
    ck_ok(file_make_dirs(file, 0700, &err));
    (void)snprintf(file, sizeof file, "%s/conf.d/%s", dir, name);
    ck_ok(file_replace(file, slice_of(text), 0600, &err));
}

static void finish(void)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(no_file_at_all_gives_the_defaults)
{
    struct config c;
    ck_ok(config_load(&(struct config_inputs){0}, &c, &err));
    ck_slice(c.http_listen, "127.0.0.1:5000");
    ck_assert(c.http_tls);
    ck_slice(c.auth_signup, "closed");
    ck_assert_int_eq(c.detect_sync_deadline_ms, 30000);
    ck_assert_int_eq(c.origin[CONFIG_AT_http_listen].kind, ORIGIN_DEFAULT);
    config_finish(&c);
}
END_TEST

START_TEST(flag_beats_environment_beats_conf_d_beats_file)
{
    struct config c;
    start(
        "; comment\n[workers]\ncount = 1 ; inline comment\nqueue_max = 11\n[usage]\nraw_days = 10\n"
        "[http]\nloops = 1\n");
    conf_d("20-b.conf", "[workers]\nqueue_max = 33\n");
    conf_d("10-a.conf", "[workers]\nqueue_max = 22\n[usage]\nraw_days=20\n[http]\nloops=2\n");
    conf_d("ignored.txt", "nonsense");
    char env1[] = "SLEUTH_USAGE_RAW_DAYS=30";
    char env2[] = "SLEUTH_HTTP_LOOPS=3";
    char env3[] = "SLEUTH_UNRELATED=x";
    char *environment[] = {env1, env2, env3, NULL};
    struct config_flag flag = {"http.loops", "--loops", S("4")};
    struct config_inputs in = {
        .path = path, .environment = environment, .flags = &flag, .flag_count = 1};
    ck_ok(config_load(&in, &c, &err));
    ck_assert_int_eq(c.workers_count, 1);
    ck_assert_int_eq(c.workers_queue_max, 33);
    ck_assert_int_eq(c.usage_raw_days, 30);
    ck_assert_int_eq(c.http_loops, 4);
    ck_assert_msg(strstr(c.origin[CONFIG_AT_workers_count].where.ptr, "/sleuth.conf:3"), "%s",
                  c.origin[CONFIG_AT_workers_count].where.ptr);
    ck_slice(c.origin[CONFIG_AT_usage_raw_days].where, "SLEUTH_USAGE_RAW_DAYS");
    ck_slice(c.origin[CONFIG_AT_http_loops].where, "--loops");
    config_finish(&c);
    finish();
}
END_TEST

static void refused(const char *text, const char *line, const char *why)
{
    struct config c;
    start(text);
    ck_status(config_load(&(struct config_inputs){.path = path}, &c, &err), ST_CONFIG);
    ck_assert_msg(strstr(err.text, line), "'%s' does not name '%s'", err.text, line);
    ck_assert_msg(strstr(err.text, why), "'%s' does not say '%s'", err.text, why);
    ck_assert_msg(strcmp(err.text, err.text_zh) != 0, "no Chinese twin: %s", err.text);
    finish();
}

START_TEST(errors_name_file_line_and_remedy)
{
    char long_line[400];
    refused("[http]\nlistn = x\n", "sleuth.conf:2", "did you mean 'http.listen'?");
    refused("[http]\n\nquite_other_thing = x\n", "sleuth.conf:3", "unknown key");
    refused("[workers]\ncount = 257\n", "sleuth.conf:2", "0 to 256");
    refused("[workers]\ncount = many\n", "sleuth.conf:2", "whole number");
    refused("[http]\ntls = maybe\n", "sleuth.conf:2", "true or false");
    refused("[auth]\nsignup = all\n", "sleuth.conf:2", "open|invite|closed");
    refused("[http]\nthis is nothing\n", "sleuth.conf:2", "neither");
    refused("[http]\nlisten = a\n  b\n", "sleuth.conf:3", "one line");
    (void)snprintf(long_line, sizeof long_line, "[http]\nhosts = %0300d\n", 1);
    refused(long_line, "sleuth.conf:2", "longer than 198");
}
END_TEST

START_TEST(a_named_file_must_exist)
{
    struct config c;
    ck_status(config_load(&(struct config_inputs){.path = "/nonexistent/x.conf"}, &c, &err),
              ST_CONFIG);
}
END_TEST

START_TEST(long_lists_go_on_in_indented_lines)
{
    struct config c;
    start("[http]\ntrusted_proxies = 10.0.0.0/8,\n   192.168.0.0/16\n\t172.16.0.0/12\n");
    ck_ok(config_load(&(struct config_inputs){.path = path}, &c, &err));
    slice rest = c.http_trusted_proxies;
    slice item;
    const char *expected[] = {"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"};
    for (size_t i = 0; i < 3; i++) {
        ck_assert(config_list_next(&rest, &item));
        ck_slice(item, expected[i]);
    }
    ck_assert(!config_list_next(&rest, &item));
    config_finish(&c);
    finish();
}
END_TEST

START_TEST(secrets_come_from_files_and_leave_the_environment)
{
    struct config c;
    char text[256];
    char file[128];
    start("");
    (void)snprintf(file, sizeof file, "%s/secret", dir);
    ck_ok(file_replace(file, S("whsec_1\n"), 0600, &err));
    (void)snprintf(text, sizeof text, "[billing]\nstripe_webhook_secret_file = %s\n", file);
    ck_ok(file_replace(path, slice_of(text), 0600, &err));
    char env[] = "STRIPE_SECRET_KEY=sk_secret";
    char *environment[] = {env, NULL};
    ck_ok(config_load(&(struct config_inputs){.path = path, .environment = environment}, &c, &err));
    ck_slice(c.billing_stripe_webhook_secret, "whsec_1");
    ck_slice(c.billing_stripe_secret_key, "sk_secret");
    ck_slice(c.env_secrets, "STRIPE_SECRET_KEY");
    ck_assert_ptr_null(strstr(env, "sk_secret"));
    ck_assert_int_eq(env[18], 0);
    config_finish(&c);
    finish();
}
END_TEST

TEST_MAIN("config", no_file_at_all_gives_the_defaults,
          flag_beats_environment_beats_conf_d_beats_file, errors_name_file_line_and_remedy,
          a_named_file_must_exist, long_lists_go_on_in_indented_lines,
          secrets_come_from_files_and_leave_the_environment)
