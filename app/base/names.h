/* Sorted names. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/list.h"
#include "base/str.h"

/* In the order of their bytes. */
void names_sort(const char **names, size_t n);
/* Among n items in that order, each of size bytes and beginning with its name (a const char *), the one called name; NULL:
 * none. */
const void *names_find(const void *items, size_t n, size_t size, struct str name);
/* names_find() in an array. */
#define NAMES_FIND(items, name) names_find(items, LEN(items), sizeof(*(items)), name)

#endif
