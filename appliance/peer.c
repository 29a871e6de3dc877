/* Reads /etc/passwd itself: a static binary must not load name service modules (getpwuid does). */
#include "peer.h"

#include "base/file.h"

enum { PASSWD_MAX_BYTES = 1 << 20, NAME_MAX_BYTES = 64 };

/* One line is name:password:uid:gid:comment:home:shell. */
slice peer_name(slice passwd, uint32_t uid)
{
    slice line, name, field;
    while (slice_split(&passwd, '\n', &line)) {
        uint64_t number;
        if (!slice_split(&line, ':', &name) || !slice_split(&line, ':', &field) ||
            !slice_split(&line, ':', &field))
            continue;
        if (slice_to_u64(field, &number) && number == uid)
            return slice_sub(name, 0, NAME_MAX_BYTES);
    }
    return S("");
}

slice peer_actor(uint32_t uid, struct arena *arena)
{
    struct arena scratch;
    slice passwd = S(""), actor;
    arena_init(&scratch, PASSWD_MAX_BYTES + 4096);
    /* Without the file the number alone says who it was. */
    if (file_read("/etc/passwd", PASSWD_MAX_BYTES, &scratch, &passwd, NULL) != ST_OK)
        passwd = S("");
    slice name = peer_name(passwd, uid);
    if (name.len > 0)
        actor = arena_printf(arena, "unix:%.*s(%u)", SLICE_ARG(name), uid);
    else
        actor = arena_printf(arena, "unix:%u", uid);
    arena_finish(&scratch);
    return actor.ptr ? actor : S("");
}
