/* Tests of showing, comparing and using a loaded configuration. */
#include "config.h"

#include "lib/main.h"

static struct error err;

static struct config with(const char *name, const char *value)
{
    struct config c;
    struct config_flag flag = {name, "--flag", slice_of(value)};
    ck_ok(config_load(&(struct config_inputs){.flags = &flag, .flag_count = 1}, &c, &err));
    return c;
}

START_TEST(secrets_are_never_shown)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct config c = with("metrics.token", "hush");
    ck_slice(config_text(&c, CONFIG_AT_metrics_token, &arena), "(set)");
    ck_slice(config_text(&c, CONFIG_AT_zenodo_token, &arena), "");
    ck_slice(config_text(&c, CONFIG_AT_workers_count, &arena), "0");
    ck_slice(config_text(&c, CONFIG_AT_http_tls, &arena), "true");
    config_finish(&c);
    arena_finish(&arena);
}
END_TEST

START_TEST(passwords_in_addresses_are_never_shown)
{
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"http://me:pass@word@proxy:3128/a@b", "http://(set)@proxy:3128/a@b"},
        {"http://me@proxy:3128", "http://(set)@proxy:3128"},
        {"http://proxy:3128/x@y", "http://proxy:3128/x@y"},
        {"proxy:3128", "proxy:3128"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        arena_init(&arena, 1 << 16);
        struct config c = with("outbound.proxy", cases[i].value);
        ck_slice(config_text(&c, CONFIG_AT_outbound_proxy, &arena), cases[i].shown);
        config_finish(&c);
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(difference_names_what_changed)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct config a = with("workers.count", "2");
    struct config b = with("http.listen", "127.0.0.1:0");
    ck_slice(config_diff(&a, &a, &arena), "");
    ck_slice(config_diff(&a, &b, &arena), "http.listen, workers.count");
    config_finish(&a);
    config_finish(&b);
    arena_finish(&arena);
}
END_TEST

START_TEST(what_waits_for_a_restart_is_told_apart)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct config a = with("http.listen", "127.0.0.1:1");
    struct config b = with("log.level", "debug");
    ck_slice(config_diff(&a, &b, &arena), "http.listen, log.level");
    ck_slice(config_restart_diff(&a, &b, &arena), "http.listen");
    ck_slice(config_restart_diff(&b, &b, &arena), "");
    config_finish(&a);
    config_finish(&b);
    arena_finish(&arena);
}
END_TEST

START_TEST(directories_follow_the_rules)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    struct config c = with("http.tls", "true");
    ck_assert_int_eq(unsetenv("STATE_DIRECTORY"), 0);
    ck_assert_int_eq(unsetenv("RUNTIME_DIRECTORY"), 0);
    ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    ck_slice(config_data_dir(&c, &arena), "./sleuth-data");
    ck_slice(config_run_dir(&c, S("/d"), &arena), "/d/run");
    ck_slice(config_secrets_dir(S("/d"), &arena), "/d/secrets");
    ck_slice(config_secrets_dir(S("/var/lib/sleuth"), &arena), "/etc/sleuth/secrets");
    ck_assert_int_eq(setenv("STATE_DIRECTORY", "/var/lib/sleuth", 1), 0);
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1), 0);
    ck_slice(config_data_dir(&c, &arena), "/var/lib/sleuth");
    ck_slice(config_secrets_dir(S("/var/lib/sleuth"), &arena), "/run/credentials/x");
    config_finish(&c);
    arena_finish(&arena);
}
END_TEST

START_TEST(every_option_has_a_sentence_in_both_languages)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        ck_assert_msg(strcmp(tr(LANG_ZH, config_options[i].help), config_options[i].help) != 0,
                      "%s.%s", config_options[i].section, config_options[i].key);
}
END_TEST

TEST_MAIN("config_show", secrets_are_never_shown, passwords_in_addresses_are_never_shown,
          difference_names_what_changed, what_waits_for_a_restart_is_told_apart,
          directories_follow_the_rules, every_option_has_a_sentence_in_both_languages)
