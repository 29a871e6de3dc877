/* Every route table of appliance/api: name and number of rows. The number is checked by the
 * compiler where the table is defined (its file includes this header). */
#ifndef API_TABLES_H
#define API_TABLES_H

#include "route.h"

#define ROUTE_TABLES(T)                                                                            \
    T(security_txt, 1)                                                                             \
    T(ops, 7)                                                                                      \
    T(keys, 6)                                                                                     \
    T(users, 8)                                                                                    \
    T(admin_keys, 7)                                                                               \
    T(detect, 2)                                                                                   \
    T(analyses, 6)                                                                                 \
    T(files, 4)                                                                                    \
    T(files_parts, 2)                                                                              \
    T(files_read, 2)                                                                               \
    T(backup, 4)                                                                                   \
    T(analysis_reports, 6)                                                                         \
    T(profile, 1)                                                                                  \
    T(analysis_compare, 1)                                                                         \
    T(cache, 3)                                                                                    \
    T(db, 2)                                                                                       \
    T(ledger, 2)                                                                                   \
    T(projects, 7)                                                                                 \
    T(project_rounds, 3)                                                                           \
    T(project_freeze, 4)                                                                           \
    T(project_reviews, 2)                                                                          \
    T(project_watch, 1)                                                                            \
    T(project_report, 2)                                                                           \
    T(landing, 3)                                                                                  \
    T(file, 2)                                                                                     \
    T(pricing, 3)                                                                                  \
    T(login, 3)                                                                                    \
    T(overview, 1)                                                                                 \
    T(keys_page, 1)                                                                                \
    T(analyses_page, 1)                                                                            \
    T(analysis_page, 1)                                                                            \
    T(usage_page, 1)                                                                               \
    T(account_page, 1)                                                                             \
    T(status_page, 1)                                                                              \
    T(problem_page, 1)                                                                             \
    T(projects_page, 1)                                                                            \
    T(project_page, 1)                                                                             \
    T(compare_page, 1)                                                                             \
    T(jobs_page, 2)                                                                                \
    T(files_page, 2)                                                                               \
    T(hooks_page, 2)                                                                               \
    T(datasets_page, 2)                                                                            \
    T(billing_page, 1)                                                                             \
    T(admin_users, 1)                                                                              \
    T(admin_audit, 1)                                                                              \
    T(admin_system, 1)                                                                             \
    T(analyse, 4)                                                                                  \
    T(docs, 2)                                                                                     \
    T(reference, 1)                                                                                \
    T(catalog, 4)                                                                                  \
    T(account, 9)                                                                                  \
    T(signup, 2)                                                                                   \
    T(second_factor, 2)                                                                            \
    T(me, 4)                                                                                       \
    T(success, 1)                                                                                  \
    T(billing_admin, 6)                                                                            \
    T(billing, 4)                                                                                  \
    T(billing_webhook, 3)                                                                          \
    T(license, 2)                                                                                  \
    T(usage, 2)                                                                                    \
    T(usage_export, 3)                                                                             \
    T(admin, 3)                                                                                    \
    T(storage, 4)                                                                                  \
    T(datasets, 4)                                                                                 \
    T(datasets_host, 4)                                                                            \
    T(datasets_import, 3)                                                                          \
    T(admin_state, 2)                                                                              \
    T(audit_log, 2)                                                                                \
    T(zenodo, 2)                                                                                   \
    T(problems, 1)                                                                                 \
    T(jobs, 7)                                                                                     \
    T(admin_jobs, 5)                                                                               \
    T(hooks, 8)

#define T(name, count) extern const struct route name##_routes[count];
ROUTE_TABLES(T)
#undef T

#endif
