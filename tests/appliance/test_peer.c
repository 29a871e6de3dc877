/* peer.c: names of Unix users out of a passwd file. */
#include "peer.h"

#include "lib/main.h"

START_TEST(the_name_of_a_number_is_found)
{
    slice passwd = S("root:x:0:0:root:/root:/bin/bash\nbroken line\nali:x:1000:1000:A,B:/h:/sh\n");
    ck_slice(peer_name(passwd, 0), "root");
    ck_slice(peer_name(passwd, 1000), "ali");
    ck_slice(peer_name(passwd, 100), "");
    ck_slice(peer_name(S(""), 0), "");
}
END_TEST

START_TEST(the_actor_always_carries_the_number)
{
    struct arena arena;
    arena_init(&arena, 4096);
    slice known = peer_actor(0, &arena);
    ck_assert(slice_has_prefix(known, S("unix:")));
    ck_assert(slice_find(known, S("0"), &(size_t){0}));
    ck_slice(peer_actor(4000000001U, &arena), "unix:4000000001");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("peer", the_name_of_a_number_is_found, the_actor_always_carries_the_number)
