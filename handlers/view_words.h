/* What views can say beyond the template language: filters and functions for entities, times, numbers, icons. */
#ifndef HANDLERS_VIEW_WORDS_H
#define HANDLERS_VIEW_WORDS_H

#include "base/arena.h"
#include "template/template.h"

/*
 *	{{ ref | entity_url }}          /catalog/default/component/x
 *	{{ ref | humanise("group") }}   the name, short where it can be
 *	{{ ref | kind_of }}             component
 *	{{ kind | kind_icon }}          the name of its icon
 *	{{ kind | plural }}             Components (a word as people write it)
 *	{{ url | external }}            http, https, mailto and local paths stay, anything else becomes "#"
 *	{{ 1005 | grouped }}            1,005
 *	{{ "2026-01-31T…" | when }}     <time …>3 days ago</time>; milliseconds since 1970 do as well
 *	{{ text | initials }}           AB
 *	{{ text | markdown }}           HTML of it, made harmless
 *	{{ icon("users") }}             an icon without a meaning of its own; icon("users", "Members") with one
 *	{{ static("callboard.css") }}   its address
 *	{{ "a b" | encoded }}           a%20b
 */
void view_words_add(struct template_env *env);

/* "Component" -> "Components", "API" -> "APIs", "Policy" -> "Policies". */
const char *kind_plural(struct arena *mem, const char *kind);
const char *kind_icon(const char *kind);
/* How long ago, in words: "just now", "5 minutes ago", "in 3 days". */
const char *time_words(struct arena *mem, int64_t wall_ms, int64_t now_ms);

#endif
