/* /create: the templates to choose from, with the filters of the catalog's index. */
#include "handlers/handlers.h"
#include "handlers/index_page.h"

int template_gallery(struct req *rq, struct resp *rs)
{
	return index_show(rq, rs, "/create", "template", "create", "create/gallery.html");
}
