/* A struct cli as the parser leaves it, for tests of single parts of the command line. */
#ifndef TESTS_TOOLS_FAKE_CLI_H
#define TESTS_TOOLS_FAKE_CLI_H

#include "tools/cli.h"

#include "lib/main.h"

static inline void fake_cli_init(struct cli *cli, const struct noun *const *nouns)
{
    *cli = (struct cli){.nouns = nouns, .header = true};
    arena_init(&cli->arena, 1 << 24);
    buf_init(&cli->out, 1 << 24);
}

static inline void fake_cli_finish(struct cli *cli)
{
    buf_finish(&cli->out);
    arena_finish(&cli->arena);
}

#endif
