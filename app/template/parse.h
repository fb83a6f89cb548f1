/* What the two halves of the parser for tags share. */
#ifndef TEMPLATE_PARSE_H
#define TEMPLATE_PARSE_H

#include "template/private.h"

/* The tag whose first word is p->tok. */
int parse_tag(struct parser *p, struct node **out);
/* Up to one of the tags in stops (NULL at the end; stops[0] is the one that is missed); *stop says which, its first word is
 * taken. */
int parse_body(struct parser *p, const char *const *stops, struct node **out, struct str *stop);

#endif
