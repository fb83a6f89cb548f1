/* Pages that Backstage has at other addresses, so that bookmarks survive. */
#include "handlers/links.h"
#include "handlers/routes.h"
#include "web/router.h"

int moved_show(struct req *rq, struct resp *rs)
{
	const char *to = link_moved(rq->route->pattern);

	return to ? resp_redirect(rs, to) : fail(rq->cx, ERR_NOTFOUND, "There is no page %.200s", rq->path);
}
