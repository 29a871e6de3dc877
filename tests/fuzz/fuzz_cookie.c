/* libFuzzer target: any bytes as a Cookie header, in front of and behind a session cookie.
 *
 * Nothing that stands in the header may make up a value that is not in it, and a cookie of ours
 * that comes first is found whatever follows. The first byte chooses. */
#include "cookie.h"

#include "fuzz.h"

/* The first element whose trimmed text begins with "name=" or is the name alone. */
static slice plain_find(slice header, slice name)
{
    size_t from = 0;
    for (int i = 0; i < COOKIES_MAX && from <= header.len; i++) {
        size_t end = from;
        while (end < header.len && header.ptr[end] != ';')
            end++;
        slice pair = slice_trim(slice_sub(header, from, end - from));
        if (slice_has_prefix(pair, name) && (pair.len == name.len || pair.ptr[name.len] == '='))
            return pair.len == name.len ? S("") : slice_from(pair, name.len + 1);
        from = end + 1;
    }
    return (slice){NULL, 0};
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const names[] = {"sleuth_session", "__Host-sleuth_session", "sleuth_lang"};
    static char joined[4096];
    slice input = slice_make(data, size < 2048 ? size : 2048);
    const char *name = names[fuzz_choice(&input) % ARRAY_COUNT(names)];
    slice found = cookie_find(input, name), expected = plain_find(input, slice_of(name));
    fuzz_need(slice_eq(found, expected));
    fuzz_need(!found.ptr == !expected.ptr);
    fuzz_need(fuzz_inside(found, input));
    fuzz_need(!memchr(found.ptr ? found.ptr : "", ';', found.len));
    /* ours first */
    size_t len = strlen(name);
    memcpy(joined, name, len);
    memcpy(joined + len, "=ours;", 6);
    if (input.len)
        memcpy(joined + len + 6, input.ptr, input.len);
    fuzz_need(slice_eq(cookie_find(slice_make(joined, len + 6 + input.len), name), S("ours")));
    return 0;
}
