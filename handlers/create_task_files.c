/* /create/tasks/:id/files: what is in a task's workspace while it runs. */
#include "base/utf8.h"
#include "handlers/create_task.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "scaffolder/task_browse.h"

enum { ROWS = 2000, SHOWN_MOST = 512 << 10, SENT_MOST = 64 << 20 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static const char *link_file(struct arena *mem, const char *id, const char *path, const char *more)
{
	return link_task_part(mem, id, arena_printf(mem, "/files?path=%s%s", link_encode(mem, path), more));
}

static int list(struct ctx *cx, const struct task_browse *b, const char *id, const char *path, struct json *vars)
{
	struct workspace_entries all = { 0 };
	struct json *rows = json_array(cx->mem);
	int rc = workspace_list(cx, &b->files, "", true, &all);

	for (size_t i = 0; rc == 0 && i < all.n && rows->a.n < ROWS; i++) {
		const struct workspace_entry *e = &all.items[i];
		struct json *v = json_object(cx->mem);

		if (e->kind == WORKSPACE_FOLDER)
			continue;
		/* A name may hold a secret as well: then an address with it would tell. */
		const char *shown = mask_line(b->mask, cx->mem, e->path);

		set_text(cx->mem, v, "name", shown);
		set_text(cx->mem, v, "kind", e->kind == WORKSPACE_LINK ? "a link" : "it cannot be opened here");
		set_text(cx->mem, v, "url",
			 e->kind == WORKSPACE_FILE && streq(shown, e->path) ? link_file(cx->mem, id, e->path, "") : "");
		json_set(cx->mem, v, "bytes", json_num(cx->mem, (double)e->bytes));
		json_set(cx->mem, v, "chosen", json_bool(cx->mem, path && streq(path, e->path)));
		json_push(cx->mem, rows, v);
	}
	json_set(cx->mem, vars, "rows", rows);
	json_set(cx->mem, vars, "cut", json_bool(cx->mem, rows->a.n == ROWS));
	return rc;
}

static bool is_text(struct str s)
{
	return !memchr(s.p, '\0', s.n) && utf8_valid(s.p, s.n);
}

/* Bytes as they are, but for secrets. Nothing of it runs: it is kept, not shown. */
static int send_file(struct req *rq, struct resp *rs, const struct task_browse *b, const char *path, struct str bytes)
{
	const char *slash = strrchr(path, '/');
	struct buf name = { .mem = rq->cx->mem };

	for (const char *p = slash ? slash + 1 : path; *p; p++)
		buf_addc(&name, ascii_alnum(*p) || strchr("-_.", *p) ? *p : '_');
	resp_header(rs, "Content-Disposition", arena_printf(rq->cx->mem, "attachment; filename=\"%s\"", buf_text(&name)));
	resp_header(rs, "Cache-Control", "no-store");
	return resp_text(rs, 200, "application/octet-stream", mask_text(b->mask, rq->cx->mem, bytes));
}

static void show_file(struct req *rq, const struct task_browse *b, const char *id, const char *path, struct str bytes,
		      struct json *vars)
{
	struct arena *mem = rq->cx->mem;
	bool text = bytes.n <= SHOWN_MOST && is_text(bytes);

	set_text(mem, vars, "path_shown", mask_line(b->mask, mem, path));
	set_text(mem, vars, "file_url", link_file(mem, id, path, "&download=1"));
	json_set(mem, vars, "file_bytes", json_num(mem, (double)bytes.n));
	json_set(mem, vars, "is_text", json_bool(mem, text));
	struct str shown = text ? mask_text(b->mask, mem, bytes) : STR("");

	json_set(mem, vars, "text", json_strn(mem, shown.p, shown.n));
}

/* The words of what is not there are a part of the page: the task may end while it is looked at. */
static int none(struct req *rq, struct resp *rs, struct json *vars)
{
	set_text(rq->cx->mem, vars, "why", rq->cx->err.text);
	rq->cx->err = (struct err){ 0 };
	json_set(rq->cx->mem, vars, "rows", json_array(rq->cx->mem));
	json_set(rq->cx->mem, vars, "cut", json_bool(rq->cx->mem, false));
	return page_render(rq, rs, 404, "create/task_files.html", vars);
}

/* A file is read whole: what a secret is may lie across any border. */
static int answer(struct req *rq, struct resp *rs, const struct task *t, struct json *vars)
{
	const char *path = req_query(rq, "path");
	struct task_browse b = { 0 };
	struct str bytes = { 0 };
	int rc = task_browse(rq->cx, t->id, &b);

	path = path && *path ? path : NULL;
	if (rc == ERR_NOTFOUND)
		return none(rq, rs, vars);
	if (rc == 0 && path)
		rc = workspace_read(rq->cx, &b.files, path, SENT_MOST, &bytes);
	if (rc == 0 && path && req_query(rq, "download"))
		return send_file(rq, rs, &b, path, bytes);
	if (rc == 0 && path)
		show_file(rq, &b, t->id, path, bytes, vars);
	if (rc == 0)
		rc = list(rq->cx, &b, t->id, path, vars);
	return rc < 0 ? rc : page_render(rq, rs, 200, "create/task_files.html", vars);
}

int create_task_files(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "path", "download", NULL };
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);
	struct task t;
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.read", &t);
	if (rc < 0)
		return rc;
	json_set(mem, vars, "t", create_task_row(mem, &t));
	set_text(mem, vars, "tab", "tasks");
	set_text(mem, vars, "why", "");
	set_text(mem, vars, "path_shown", "");
	return answer(rq, rs, &t, vars);
}
