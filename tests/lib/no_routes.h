/* An empty route table: a test that includes this links no handler. */
#ifndef TESTS_LIB_NO_ROUTES_H
#define TESTS_LIB_NO_ROUTES_H

#include "route.h"

const struct route_table route_tables[] = {{NULL, 0}};
const size_t route_table_count = 0;

#endif
