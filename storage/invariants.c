/* What must hold between tables: indexes lead both ways, sums are sums, the audit chain holds.
 *
 * An index is right when every row that should be in it is found there, and the index has as many
 * entries as there are such rows. */
#include "storage/internal.h"

#include <inttypes.h>

/* What one pass over the tables adds up. */
struct tally {
    struct store_txn *txn;
    struct store_check *check;
    uint64_t users, enabled, admins;
    uint64_t queued, running, job_bytes;
    uint64_t cache_bodies, cache_bytes;
    uint64_t complete_files, deliveries_due, customers;
    uint64_t due; /* rows that expire */
    uint64_t blob_refs, named_blobs, waiting_blobs;
    uint64_t dataset_bytes;
};

/* A row of table `from` should be found under that key in table `to`. */
static void must_exist(struct tally *tally, enum table_id from, enum table_id to,
                       const struct key *key)
{
    if (!row_exists(tally->txn, to, key))
        check_report(tally->check, "a row of table '%s' has no counterpart in table '%s'",
                     store_tables[from].name, store_tables[to].name);
}

static void must_count(struct tally *tally, enum table_id table, uint64_t expected)
{
    uint64_t count;
    if (row_count(tally->txn, table, &count) != ST_OK)
        return;
    if (count != expected)
        check_report(tally->check, "table '%s' has %" PRIu64 " entries instead of %" PRIu64,
                     store_tables[table].name, count, expected);
}

static void must_equal(struct tally *tally, const char *counter, uint64_t expected)
{
    uint64_t value;
    if (meta_get(tally->txn, counter, &value) != ST_OK)
        return;
    if (value != expected)
        check_report(tally->check, "counter '%s' is %" PRIu64 " instead of %" PRIu64, counter,
                     value, expected);
}

static void expires(struct tally *tally, enum table_id table, const struct key *key, int64_t at_ms)
{
    if (at_ms <= 0)
        return;
    struct key due = due_key(table, key, at_ms);
    tally->due++;
    must_exist(tally, table, TABLE_DUE, &due);
}

static void names_blob(struct tally *tally, enum table_id table, slice sha256)
{
    if (sha256.len == 0)
        return;
    struct key key = key_of_bytes(sha256);
    tally->named_blobs++;
    must_exist(tally, table, TABLE_BLOB, &key);
}

/* --- one function per table ------------------------------------------------------------------- */

static void user_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_user *user = row;
    struct key address = user_email_key(tally->txn, user->email);
    tally->users++;
    tally->enabled += user->enabled;
    tally->admins += user->enabled && user->role == STORE_ROLE_ADMIN;
    must_exist(tally, TABLE_USER, TABLE_USER_EMAIL, &address);
    if (key_read_u64(key_slice(key), 0) != user->id)
        check_report(tally->check, "a user stands under another number");
}

static void session_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_session *session = row;
    struct key index = key_of_user_id(session->user_id, session->id);
    must_exist(tally, TABLE_SESSION, TABLE_SESSION_USER, &index);
    expires(tally, TABLE_SESSION, key, session->expires_ms);
}

static void api_key_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_api_key *api_key = row;
    struct key index = key_of_user_u64(api_key->user_id, api_key->id);
    struct key user = key_of_u64(api_key->user_id);
    must_exist(tally, TABLE_API_KEY, TABLE_API_KEY_USER, &index);
    must_exist(tally, TABLE_API_KEY, TABLE_USER, &user);
    must_exist(tally, TABLE_API_KEY, TABLE_API_KEY_COUNT, &user);
    if (!slice_eq(api_key->hash, key_slice(key)))
        check_report(tally->check, "an API key stands under another hash");
}

static void key_count_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    bool is_right = false;
    if (key_count_check(tally->txn, key_read_u64(key_slice(key), 0), row, &is_right) == ST_OK &&
        !is_right)
        check_report(tally->check, "the count of a user's API keys is wrong");
}

static void token_row(void *arg, const struct key *key, const void *row)
{
    expires(arg, TABLE_TOKEN, key, ((const struct store_token *)row)->expires_ms);
}

static void subscription_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_subscription *subscription = row;
    (void)key;
    if (subscription->customer_id.len == 0)
        return;
    struct key customer = customer_key(tally->txn, subscription->customer_id);
    tally->customers++;
    must_exist(tally, TABLE_SUBSCRIPTION, TABLE_CUSTOMER, &customer);
}

static void cache_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_cache_entry *entry = row;
    struct key order = cache_due_key(entry);
    if (entry->body.len)
        must_exist(tally, TABLE_CACHE, TABLE_CACHE_DUE, &order);
    tally->cache_bodies += entry->body.len != 0;
    tally->cache_bytes += entry->body.len;
    expires(tally, TABLE_CACHE, key, entry->expires_ms);
}

static void idempotency_row(void *arg, const struct key *key, const void *row)
{
    expires(arg, TABLE_IDEMPOTENCY, key, ((const struct store_idempotency *)row)->expires_ms);
}

static void reservation_row(void *arg, const struct key *key, const void *row)
{
    expires(arg, TABLE_RESERVATION, key, ((const struct store_reservation *)row)->expires_ms);
}

static void job_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_job *job = row;
    struct key queue = job_queue_key(job);
    expires(tally, TABLE_JOB, key, job->expires_ms);
    if (job->state == STORE_JOB_QUEUED) {
        tally->queued++;
        must_exist(tally, TABLE_JOB, TABLE_JOB_QUEUE, &queue);
    } else if (job->state == STORE_JOB_RUNNING) {
        tally->running++;
        must_exist(tally, TABLE_JOB, TABLE_JOB_RUNNING, key);
    }
}

static void job_data_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    struct key job = *key;
    job.len -= job.len > 6 ? 6 : job.len; /* "/", part, piece:4. KEY_LAYOUT */
    must_exist(tally, TABLE_JOB_DATA, TABLE_JOB, &job);
    tally->job_bytes += ((const struct store_job_data *)row)->body.len;
}

static void analysis_row(void *arg, const struct key *key, const void *row)
{
    const struct store_analysis *analysis = row;
    expires(arg, TABLE_ANALYSIS, key, analysis->expires_ms);
    names_blob(arg, TABLE_ANALYSIS, analysis->report_sha256);
}

static void dataset_row(void *arg, const struct key *key, const void *row)
{
    const struct store_dataset *dataset = row;
    (void)key;
    ((struct tally *)arg)->dataset_bytes += dataset->size_bytes;
    names_blob(arg, TABLE_DATASET, dataset->sha256);
    names_blob(arg, TABLE_DATASET, dataset->record_sha256);
}

static void file_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_stored_file *file = row;
    expires(tally, TABLE_FILE, key, file->expires_ms);
    if (file->state != STORE_FILE_COMPLETE)
        return;
    struct key content = key_of_u64(file->user_id);
    key_bytes(&content, file->sha256);
    tally->complete_files++;
    must_exist(tally, TABLE_FILE, TABLE_FILE_SHA256, &content);
    names_blob(tally, TABLE_FILE, file->sha256);
}

static void blob_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_blob *blob = row;
    tally->blob_refs += blob->refs;
    if (blob->refs == 0 || blob->replicated_ms != 0)
        return;
    tally->waiting_blobs++;
    must_exist(tally, TABLE_BLOB, TABLE_BLOB_WAITING, key);
}

static void project_row(void *arg, const struct key *key, const void *row)
{
    struct key id = key_of_bytes(((const struct store_project *)row)->id);
    (void)key;
    must_exist(arg, TABLE_PROJECT, TABLE_PROJECT_OWNER, &id);
}

static void delivery_row(void *arg, const struct key *key, const void *row)
{
    struct tally *tally = arg;
    const struct store_delivery *delivery = row;
    (void)key;
    if (delivery->next_ms == 0)
        return;
    struct key due = delivery_due_key(delivery);
    tally->deliveries_due++;
    must_exist(tally, TABLE_DELIVERY, TABLE_DELIVERY_DUE, &due);
}

static void event_row(void *arg, const struct key *key, const void *row)
{
    expires(arg, TABLE_EVENT, key, ((const struct store_billing_event *)row)->expires_ms);
}

static void orphan_row(void *arg, const struct key *key, const void *row)
{
    expires(arg, TABLE_ORPHAN, key, ((const struct store_billing_event *)row)->expires_ms);
}

static const struct {
    enum table_id table;
    void (*row)(void *arg, const struct key *key, const void *row);
} passes[] = {
    {TABLE_USER, user_row},
    {TABLE_SESSION, session_row},
    {TABLE_API_KEY, api_key_row},
    {TABLE_API_KEY_COUNT, key_count_row},
    {TABLE_TOKEN, token_row},
    {TABLE_CACHE, cache_row},
    {TABLE_IDEMPOTENCY, idempotency_row},
    {TABLE_JOB, job_row},
    {TABLE_JOB_DATA, job_data_row},
    {TABLE_RESERVATION, reservation_row},
    {TABLE_ANALYSIS, analysis_row},
    {TABLE_SUBSCRIPTION, subscription_row},
    {TABLE_EVENT, event_row},
    {TABLE_ORPHAN, orphan_row},
    {TABLE_DATASET, dataset_row},
    {TABLE_FILE, file_row},
    {TABLE_BLOB, blob_row},
    {TABLE_PROJECT, project_row},
    {TABLE_DELIVERY, delivery_row},
};

/* --- sums ------------------------------------------------------------------------------------- */

struct month_sum {
    uint64_t user_id, month, analyses, reserved;
};

static void add_reservation(void *arg, const struct key *key, const void *row)
{
    struct month_sum *sum = arg;
    const struct store_reservation *reservation = row;
    (void)key;
    if (reservation->user_id == sum->user_id && reservation->month == sum->month)
        sum->reserved += reservation->count;
}

/* A settled reservation bills the month in which it was made but the day on which it ended, so the
 * sum of days is compared over all months of the user, the reservations month by month. */
struct month_pass {
    struct tally *tally;
    uint64_t user_id, analyses;
};

static bool add_any_day(void *arg, const struct store_usage_day *row)
{
    *(uint64_t *)arg += row->analyses;
    return true;
}

static void user_months_end(struct month_pass *pass)
{
    uint64_t days = 0;
    struct store_usage_range range = {.user_id = pass->user_id, .to_ms = INT64_MAX};
    if (pass->user_id == 0)
        return;
    if (store_usage_days(pass->tally->txn, &range, add_any_day, &days) == ST_OK &&
        days != pass->analyses)
        check_report(pass->tally->check,
                     "user %" PRIu64 " has %" PRIu64 " analyses by month and %" PRIu64 " by day",
                     pass->user_id, pass->analyses, days);
}

static bool month_row(void *arg, const struct store_usage_month *row)
{
    struct month_pass *pass = arg;
    struct month_sum sum = {.user_id = row->user_id, .month = row->month};
    if (row->user_id != pass->user_id) {
        user_months_end(pass);
        pass->user_id = row->user_id;
        pass->analyses = 0;
    }
    pass->analyses += row->analyses;
    if (row->reserved > 0)
        check_each(pass->tally->txn, TABLE_RESERVATION, add_reservation, &sum);
    if (sum.reserved != row->reserved)
        check_report(pass->tally->check,
                     "user %" PRIu64 " has %" PRIu64 " analyses reserved instead of %" PRIu64,
                     row->user_id, row->reserved, sum.reserved);
    return true;
}

/* Over all users: a month that is missing as a whole has no row to start from. */
static bool add_month(void *arg, const struct store_usage_month *row)
{
    struct month_sum *sum = arg;
    sum->analyses += row->analyses;
    sum->reserved += row->reserved;
    return true;
}

static void add_any_reservation(void *arg, const struct key *key, const void *row)
{
    (void)key;
    *(uint64_t *)arg += ((const struct store_reservation *)row)->count;
}

static void add_total(void *arg, const struct key *key, const void *row)
{
    (void)key;
    (void)add_month(arg, row);
}

static void totals_check(struct tally *tally)
{
    struct month_sum months = {0};
    struct month_sum together = {0};
    struct store_usage_range all = {.to_ms = INT64_MAX};
    uint64_t days = 0, reserved = 0;
    if (store_usage_months(tally->txn, 0, add_month, &months) != ST_OK ||
        store_usage_days(tally->txn, &all, add_any_day, &days) != ST_OK)
        return;
    check_each(tally->txn, TABLE_RESERVATION, add_any_reservation, &reserved);
    if (months.analyses != days || months.reserved != reserved)
        check_report(tally->check, "the months do not hold the sum of the days and reservations");
    check_each(tally->txn, TABLE_USAGE_TOTAL, add_total, &together);
    if (together.analyses != months.analyses || together.reserved != months.reserved)
        check_report(tally->check, "the totals of all users are not the sum of their months");
}

static void usage_check(struct tally *tally)
{
    struct month_pass pass = {.tally = tally};
    uint64_t before = tally->check->problems;
    if (store_usage_months(tally->txn, 0, month_row, &pass) == ST_OK)
        user_months_end(&pass);
    if (tally->check->problems == before)
        totals_check(tally);
}

static void audit_check(struct tally *tally)
{
    struct error err = {0};
    uint64_t count;
    if (store_audit_verify(tally->txn, &count, &err) == ST_VERIFY)
        check_problem(tally->check, &err);
}

static uint64_t entries(struct tally *tally, enum table_id table)
{
    uint64_t count = 0;
    (void)row_count(tally->txn, table, &count);
    return count;
}

void invariants_check(struct store_txn *txn, struct store_check *check)
{
    struct tally tally = {.txn = txn, .check = check};
    for (size_t i = 0; i < ARRAY_COUNT(passes); i++)
        check_each(txn, passes[i].table, passes[i].row, &tally);
    must_equal(&tally, "users", tally.users);
    must_equal(&tally, "users.enabled", tally.enabled);
    must_equal(&tally, "users.admins", tally.admins);
    must_equal(&tally, "jobs.queued", tally.queued);
    must_equal(&tally, "jobs.running", tally.running);
    must_equal(&tally, "jobs.bytes", tally.job_bytes);
    must_equal(&tally, "cache.bytes", tally.cache_bytes);
    must_equal(&tally, META_DATASET_BYTES, tally.dataset_bytes);
    must_count(&tally, TABLE_USER_EMAIL, tally.users);
    must_count(&tally, TABLE_SESSION_USER, entries(&tally, TABLE_SESSION));
    must_count(&tally, TABLE_API_KEY_USER, entries(&tally, TABLE_API_KEY));
    must_count(&tally, TABLE_CUSTOMER, tally.customers);
    must_count(&tally, TABLE_JOB_QUEUE, tally.queued);
    must_count(&tally, TABLE_JOB_RUNNING, tally.running);
    must_count(&tally, TABLE_FILE_SHA256, tally.complete_files);
    must_count(&tally, TABLE_BLOB_WAITING, tally.waiting_blobs);
    must_count(&tally, TABLE_PROJECT_OWNER, entries(&tally, TABLE_PROJECT));
    must_count(&tally, TABLE_DELIVERY_DUE, tally.deliveries_due);
    must_count(&tally, TABLE_CACHE_DUE, tally.cache_bodies);
    must_count(&tally, TABLE_DUE, tally.due);
    if (tally.blob_refs < tally.named_blobs)
        check_report(check, "blobs count %" PRIu64 " references, %" PRIu64 " were found",
                     tally.blob_refs, tally.named_blobs);
    usage_check(&tally);
    audit_check(&tally);
}
