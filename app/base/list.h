/* Growable arrays in an arena, by convention: a struct with the members items, n and cap. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/arena.h"

/*
 * struct ref_list { struct ref *items; size_t n, cap; };
 * *list_add(mem, &list) = ref;
 */
#define list_add(mem, list)                                                                                                    \
	((list)->items = (list)->n < (list)->cap ? (list)->items                                                               \
						 : list_grow((mem), (list)->items, &(list)->cap, sizeof(*(list)->items)),      \
	 &(list)->items[(list)->n++])

struct text_list {
	const char **items;
	size_t n, cap;
};

void *list_grow(struct arena *mem, void *items, size_t *cap, size_t size);

#endif
