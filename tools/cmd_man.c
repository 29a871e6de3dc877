/* sleuth man (hidden): writes the manual pages of both languages, for packaging. */
#include "tools/man.h"

#include "base/file.h"

enum { PAGE_MAX = 1 << 20 };

struct page {
    const char *dir; /* ends in man1, man5, man7 */
    const char *name;
    int section;
};

static status page_write(struct arena *arena, const struct page *page, const struct buf *text,
                         struct error *err)
{
    slice path = arena_printf(arena, "%s/%s.%d", page->dir, page->name, page->section);
    TRY(arena_check(arena, err));
    TRY(buf_check(text, err));
    return file_replace(path.ptr, buf_slice(text), 0644, err);
}

/* A page that stands alone: sleuth(1), sleuth.conf(5). */
static status single_write(struct cli *cli, const struct page *page,
                           void (*fill)(const struct cli *cli, struct buf *out), struct error *err)
{
    struct buf text;
    buf_init_arena(&text, &cli->arena, PAGE_MAX);
    fill(cli, &text);
    TRY(file_make_dirs(page->dir, 0755, err));
    return page_write(&cli->arena, page, &text, err);
}

static status noun_write(struct cli *cli, const struct noun *noun, const char *dir,
                         struct error *err)
{
    struct buf text;
    slice name = arena_printf(&cli->arena, "sleuth-%s", noun->name);
    TRY(arena_check(&cli->arena, err));
    buf_init_arena(&text, &cli->arena, PAGE_MAX);
    man_noun(cli, noun, &text);
    return page_write(&cli->arena, &(struct page){dir, name.ptr, 1}, &text, err);
}

static status pages_write(struct cli *cli, const char *root, struct error *err)
{
    slice dir = arena_printf(&cli->arena, "%s/man1", root);
    slice dir5 = arena_printf(&cli->arena, "%s/man5", root);
    slice dir7 = arena_printf(&cli->arena, "%s/man7", root);
    TRY(arena_check(&cli->arena, err));
    TRY(single_write(cli, &(struct page){dir.ptr, "sleuth", 1}, man_main, err));
    TRY(single_write(cli, &(struct page){dir5.ptr, "sleuth.conf", 5}, man_config, err));
    TRY(single_write(cli, &(struct page){dir7.ptr, "sleuth-api", 7}, man_api, err));
    for (size_t i = 0; cli->nouns[i]; i++)
        if (!cli->nouns[i]->hidden)
            TRY(noun_write(cli, cli->nouns[i], dir.ptr, err));
    return ST_OK;
}

static status man_run(struct cli *cli, struct error *err)
{
    const char *dir = cli_text(cli, "dir");
    enum lang asked = cli->lang;
    if (!dir)
        return cli_usage(cli, err, N_("missing: %s"), "--dir DIR");
    slice zh = arena_printf(&cli->arena, "%s/zh_CN", dir);
    TRY(arena_check(&cli->arena, err));
    cli->lang = LANG_EN;
    status rc = pages_write(cli, dir, err);
    cli->lang = LANG_ZH;
    if (rc == ST_OK)
        rc = pages_write(cli, zh.ptr, err);
    cli->lang = asked;
    return rc;
}

static const struct flag flags[] = {
    {"dir", .kind = FLAG_TEXT, .value = "DIR", .summary = N_("write below this directory")},
    {0},
};

static const struct command commands[] = {
    {.noun = "man",
     .summary = N_("Write the manual pages."),
     .flags = flags,
     .hidden = true,
     .run = man_run},
    {0},
};

const struct noun noun_man = {.name = "man",
                              .summary = N_("write the manual pages"),
                              .group = N_("This program"),
                              .commands = commands,
                              .hidden = true};
