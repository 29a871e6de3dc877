/* The public surface: every route table of the program. */
#include "api/tables.h"

const struct route_table route_tables[] = {
#define T(name, count) {name##_routes, count},
    ROUTE_TABLES(T)
#undef T
};
const size_t route_table_count = ARRAY_COUNT(route_tables);
