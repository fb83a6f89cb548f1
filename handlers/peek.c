/* The short view of an entity that appears beside a link to it. */
#include "handlers/entity_page.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/page.h"

int catalog_peek(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	int rc = entity_page_open(rq, RELATIONS_SHOWN, &p);

	if (rc == 0)
		rc = entity_about(rq->cx, p.vars, p.doc);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, p.vars, "e", entity_row(rq->cx->mem, p.doc));
	json_set(rq->cx->mem, p.vars, "email",
		 json_str(rq->cx->mem, json_text(json_path(p.doc, "spec", "profile", "email", NULL), "")));
	return page_render(rq, rs, 200, "catalog/peek.html", p.vars);
}
