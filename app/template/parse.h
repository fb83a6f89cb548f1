/* What the two halves of the parser for tags share. */
#ifndef TEMPLATE_PARSE_H
#define TEMPLATE_PARSE_H

#include "template/private.h"

/* The tag whose first word is p->tok. */
int parse_tag(struct parser *p, struct node **out);
/* Up to one of the tags in stops (NULL at the end; stops[0] is the one that is missed); *stop says which, its first word is
 * taken. */
int parse_body(struct parser *p, const char *const *stops, struct node **out, struct str *stop);

/* Made of one or two others; its line is the first one's. */
struct node *node_of(struct parser *p, enum node_type t, struct node *a, struct node *b);
/* A sign, an operand, its filters. */
int parse_filtered(struct parser *p, struct node **out);

#endif
