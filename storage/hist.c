/* Latency histogram: 40 buckets, each half an octave wide, 100 us to 74 s. */
#include "storage/records.h"

#include <assert.h>

/* 100 us * 2^(i/2), rounded. */
static uint64_t edge_us(size_t i)
{
    uint64_t whole = UINT64_C(100) << (i / 2);
    return i % 2 ? whole * 1414214 / 1000000 : whole;
}

void store_hist_add(struct store_hist *hist, uint64_t us)
{
    size_t i = 0;
    while (i < STORE_LATENCY_BUCKETS - 1 && us >= edge_us(i))
        i++;
    hist->n[i]++;
}

void store_hist_merge(struct store_hist *into, const struct store_hist *from)
{
    for (size_t i = 0; i < STORE_LATENCY_BUCKETS; i++)
        into->n[i] += from->n[i];
}

uint64_t store_hist_quantile_us(const struct store_hist *hist, double q)
{
    uint64_t total = 0, seen = 0;
    assert(q >= 0);
    assert(q <= 1);
    for (size_t i = 0; i < STORE_LATENCY_BUCKETS; i++)
        total += hist->n[i];
    if (total == 0)
        return 0;
    for (size_t i = 0; i < STORE_LATENCY_BUCKETS; i++) {
        seen += hist->n[i];
        if (seen > 0 && (double)seen >= q * (double)total)
            return edge_us(i);
    }
    return edge_us(STORE_LATENCY_BUCKETS - 1);
}
