/* The C structs of the stored records, made from records.def, and the latency histogram in them.
 *
 * Text and bytes of a record that was read live in the arena that was passed to the read. */
#ifndef STORAGE_RECORDS_H
#define STORAGE_RECORDS_H

#include "base/slice.h"
#include "storage/records.def"

enum { STORE_LATENCY_BUCKETS = 40 };

/* Bucket i counts calls of less than 100 us * 2^(i/2); the last one everything above. */
struct store_hist {
    uint64_t n[STORE_LATENCY_BUCKETS];
};
void store_hist_add(struct store_hist *hist, uint64_t us);
void store_hist_merge(struct store_hist *into, const struct store_hist *from);
/* Upper edge of the bucket that holds the q-quantile, 0 <= q <= 1; 0 when the histogram is empty.
 */
uint64_t store_hist_quantile_us(const struct store_hist *hist, double q);

#define FIELD_TYPE_u64             uint64_t
#define FIELD_TYPE_i64             int64_t
#define FIELD_TYPE_f64             double
#define FIELD_TYPE_bool            bool
#define FIELD_TYPE_str             slice
#define FIELD_TYPE_bytes           slice
#define FIELD_TYPE_hist            struct store_hist
#define MEMBER(record, kind, name) FIELD_TYPE_##kind name;
#define STRUCT(record, number)                                                                     \
    struct store_##record {                                                                        \
        RECORD_##record(MEMBER)                                                                    \
    };
RECORDS(STRUCT)
#undef STRUCT
#undef MEMBER

#endif
