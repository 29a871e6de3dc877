/* IP addresses and CIDR networks. */
#include "address.h"

#include <arpa/inet.h>

enum { TEXT_MAX = 64 };

bool address_parse(slice text, struct address *ret)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    char copy[TEXT_MAX];
    *ret = (struct address){.bits = 32};
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (memchr(copy, 0, text.len))
        return false;
    if (inet_pton(AF_INET, copy, ret->bytes) == 1)
        return true;
    if (inet_pton(AF_INET6, copy, ret->bytes) != 1)
        return false;
    ret->bits = 128;
    if (memcmp(ret->bytes, mapped, sizeof mapped) == 0) {
        memmove(ret->bytes, ret->bytes + 12, 4);
        memset(ret->bytes + 4, 0, 12);
        ret->bits = 32;
    }
    return true;
}

/* The first `prefix` bits of both are the same. */
static bool same_prefix(const struct address *a, const struct address *b, unsigned prefix)
{
    unsigned whole = prefix / 8;
    if (memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    if (prefix % 8 == 0)
        return true;
    unsigned mask = 0xFFU << (8 - prefix % 8);
    return ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0;
}

bool network_parse(slice text, struct address *ret, unsigned *ret_prefix)
{
    slice rest = text;
    slice host;
    uint64_t prefix;
    size_t at;
    bool has_prefix = slice_find_byte(text, '/', &at);
    if (!slice_split(&rest, '/', &host) || !address_parse(host, ret))
        return false;
    prefix = ret->bits;
    if (has_prefix && (!slice_to_u64(slice_from(text, at + 1), &prefix) || prefix > ret->bits))
        return false;
    for (unsigned bit = (unsigned)prefix; bit < ret->bits; bit++)
        if (ret->bytes[bit / 8] & (0x80U >> bit % 8))
            return false;
    *ret_prefix = (unsigned)prefix;
    return true;
}

bool networks_contain(slice list, slice address)
{
    struct address wanted;
    struct address network;
    unsigned prefix;
    slice item;
    if (!address_parse(address, &wanted))
        return false;
    while (slice_split(&list, ',', &item))
        if (network_parse(slice_trim(item), &network, &prefix) && network.bits == wanted.bits &&
            same_prefix(&network, &wanted, prefix))
            return true;
    return false;
}

status networks_check(slice list, size_t max, struct error *err)
{
    struct address network;
    unsigned prefix;
    slice item;
    size_t count = 0;
    while (slice_split(&list, ',', &item)) {
        if (++count > max)
            return error_code(err, ST_INVALID, "invalid_field", "more than %zu networks", max);
        if (!network_parse(slice_trim(item), &network, &prefix))
            return error_code(err, ST_INVALID, "invalid_field",
                              "'%.*s' is not a network such as 10.0.0.0/8 or 2001:db8::/32",
                              item.len > 60 ? 60 : (int)item.len, item.ptr);
    }
    return ST_OK;
}

uint64_t address_group(slice text)
{
    struct address address;
    uint64_t group = 0;
    if (!address_parse(text, &address))
        return 0;
    for (size_t i = 0; i < (address.bits == 32 ? 4 : 8); i++)
        group = group << 8 | address.bytes[i];
    return address.bits == 32 ? group | 1ULL << 40 : group;
}
