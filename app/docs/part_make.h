/* Renders one page of a plan into its part. */
#ifndef DOCS_PART_MAKE_H
#define DOCS_PART_MAKE_H

#include "docs/part.h"
#include "docs/plan.h"
#include "ext/html.h"

enum { PAGE_MAX = 8 << 20 }; /* bytes of one page's source */

/* What is the same for all pages of a build. */
struct part_rules {
	const struct plan *plan;
	struct html_policy policy; /* strict is set as needed */
	uint64_t hash;             /* of all that is the same for all pages and changes what they look like */
	size_t max_output;
};

/* Fills the policy and the hash: conf is techdocs of the configuration's sanitizer part, or NULL. ERR_INPUT: a bad expression.
 */
int part_rules_make(struct ctx *cx, const struct plan *plan, const struct json *conf, struct part_rules *out);
/* The checksum of a source that a part bears. */
uint64_t part_made_of(struct str source);
/* Would rendering find the same snippets, and (unless links is false) the same link targets, as when the part was made? */
bool part_needs_hold(struct ctx *cx, const struct part_rules *rules, size_t file, bool links, struct str needs);
int part_render(struct ctx *cx, const struct part_rules *rules, size_t file, struct str source, struct part *out);
/* A page in place of one that cannot be rendered. */
void part_failed(struct ctx *cx, const struct part_rules *rules, size_t file, const char *why, struct part *out);

#endif
