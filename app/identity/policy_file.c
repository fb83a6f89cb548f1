/* The files of a policy, as Backstage's community writes them: rules in CSV, conditions in YAML. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "ext/yaml.h"
#include "identity/policy_condition.h"
#include "identity/policy_private.h"

enum { MAX_BYTES = 10 << 20, MAX_FIELDS = 6 };

/* ---- the file itself ---- */

static void note(struct policy_file *f, const struct stat *st)
{
	f->seen.ino = st->st_ino;
	f->seen.size = st->st_size;
	f->seen.changed_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

void policy_file_remember(struct policy_file *f)
{
	struct stat st = { 0 };

	if (f->path) {
		(void)!stat(f->path, &st);
		note(f, &st);
	}
}

bool policy_file_changed(const struct policy_file *f)
{
	struct policy_file now = { .path = f->path };

	policy_file_remember(&now);
	return f->path &&
	       (now.seen.ino != f->seen.ino || now.seen.size != f->seen.size || now.seen.changed_ns != f->seen.changed_ns);
}

static int read_file(struct ctx *cx, struct policy_file *f, struct str *out)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	struct buf b = { .mem = cx->mem };
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		int rc = fail(cx, ERR_INPUT, "%s cannot be read: %s", f->path, fd < 0 ? strerror(errno) : "it is no file");

		if (fd >= 0)
			close(fd);
		return rc;
	}
	note(f, &st);
	while (n > 0 && b.n <= MAX_BYTES) {
		buf_need(&b, 65536);
		n = read(fd, b.p + b.n, 65536);
		b.n += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (n < 0 || b.n > MAX_BYTES)
		return fail(cx, ERR_INPUT, "%s cannot be read: %s", f->path,
			    n < 0 ? strerror(errno) : "it is larger than 10 MiB");
	*out = (struct str){ buf_text(&b), b.n };
	return 0;
}

/* ---- CSV ---- */

/* Cuts a line at its commas; a field may stand in quotes, "" within them is one. -1: the line is not CSV. */
static int split(struct arena *mem, struct str line, const char *fields[MAX_FIELDS])
{
	const char *p = line.p, *end = line.p + line.n;
	int n = 0;

	for (bool more = true; more; n++) {
		struct buf b = { .mem = mem };

		if (n == MAX_FIELDS)
			return -1;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		bool quoted = p < end && *p == '"';

		for (p += quoted; p < end && (quoted || *p != ','); p++) {
			if (*p == '"' && (!quoted || (p + 1 < end && p[1] != '"') || p + 1 == end))
				break;
			p += *p == '"';
			buf_addc(&b, *p);
		}
		if (quoted != (p < end && *p == '"'))
			return -1;
		for (p += quoted; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		if (p < end && *p != ',')
			return -1;
		struct str value = quoted ? buf_str(&b) : str_trim(buf_str(&b));

		fields[n] = arena_strndup(mem, value.n ? value.p : "", value.n);
		more = p < end;
		p++;
	}
	return n;
}

static int csv_rule(struct ctx *cx, struct policy *p, const char **f)
{
	struct policy_rule r = { .subject = f[1],
				 .permission = f[2],
				 .action = streq(f[3], "*") ? NULL : f[3],
				 .deny = streq(f[4], "deny"),
				 .source = "csv-file" };
	int rc = r.action ? policy_check_action(cx, r.action) : 0;

	if (rc < 0)
		return rc;
	if (!r.deny && !streq(f[4], "allow"))
		return fail(cx, ERR_INPUT, "effect '%.100s' is neither allow nor deny", f[4]);
	if (str_starts(f[1], "role:"))
		policy_role(p, f[1], "csv-file");
	else if ((rc = policy_check_member(cx, f[1])) < 0)
		return rc;
	return policy_rule(cx, p, &r);
}

static int csv_line(struct ctx *cx, struct policy *p, struct str line)
{
	const char *f[MAX_FIELDS];
	int n = split(cx->mem, line, f), rc;

	if (n == 5 && streq(f[0], "p"))
		return csv_rule(cx, p, f);
	if (n != 3 || !streq(f[0], "g"))
		return fail(
			cx, ERR_INPUT,
			"a line is 'p, role:default/x, PERMISSION, ACTION, allow' or 'g, user:default/ana, role:default/x'");
	rc = policy_check_member(cx, f[1]);
	if (rc == 0 && !str_starts(f[2], "role:"))
		rc = fail(cx, ERR_INPUT, "'%.100s' is no role: groups are nested in the catalog, not here", f[2]);
	if (rc == 0)
		policy_member(p, policy_role(p, f[2], "csv-file"), f[1]);
	return rc;
}

int policy_load_csv(struct ctx *cx, struct policy *p)
{
	struct str rest;
	int rc = read_file(cx, &p->csv, &rest);

	if (rc < 0)
		return fail_in(cx, rc, "permission.rbac.policies-csv-file");
	for (unsigned n = 1; rest.p; n++) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (!line.n || *line.p == '#')
			continue;
		rc = csv_line(cx, p, line);
		if (rc < 0)
			return fail_in(cx, rc, "%s:%u", p->csv.path, n);
	}
	return 0;
}

/* ---- conditions ---- */

static bool is_resource(const char *type)
{
	for (size_t i = 0; permission_at(i); i++)
		if (permission_at(i)->resource && streq(permission_at(i)->resource, type))
			return true;
	return false;
}

/* Its permissionMapping: actions of a resource type, one rule for each. */
static int conditional(struct ctx *cx, struct policy *p, const struct json *v)
{
	const struct json *mapping = json_get(v, "permissionMapping");
	struct policy_rule r = { .subject = json_get_text(v, "roleEntityRef", ""),
				 .permission = json_get_text(v, "resourceType", ""),
				 .condition = json_get(v, "conditions"),
				 .source = "conditional-file",
				 .narrows = true };
	int rc = 0;

	if (!streq(json_get_text(v, "result", ""), "CONDITIONAL"))
		return fail(cx, ERR_INPUT, "result must be CONDITIONAL");
	if (!str_starts(r.subject, "role:"))
		return fail(cx, ERR_INPUT, "roleEntityRef must name a role");
	if (!json_is(mapping, JSON_ARRAY) || !mapping->a.n)
		return fail(cx, ERR_INPUT, "permissionMapping must be a list of actions");
	if (!is_resource(r.permission)) {
		/* it can only allow, so leaving it out allows nothing */
		log_warn("a conditional policy of a plugin that is not here is left out", "resourceType", r.permission, NULL);
		return 0;
	}
	rc = condition_check(cx, r.condition, true);
	for (size_t i = 0; rc == 0 && i < mapping->a.n; i++) {
		r.action = json_text(mapping->a.items[i], "");
		rc = policy_check_action(cx, r.action);
		if (rc == 0)
			rc = policy_rule(cx, p, &r);
	}
	return rc;
}

int policy_load_conditions(struct ctx *cx, struct policy *p)
{
	struct yaml_docs docs = { 0 };
	struct str text;
	int rc = read_file(cx, &p->conditions, &text);

	if (rc == 0)
		rc = yaml_read(cx, text, NULL, &docs);
	if (rc < 0)
		return fail_in(cx, rc, "permission.rbac.conditionalPoliciesFile");
	for (size_t i = 0; i < docs.n; i++) {
		if (docs.items[i].error)
			return fail(cx, ERR_INPUT, "%s:%u: %s", p->conditions.path, docs.items[i].line, docs.items[i].error);
		rc = docs.items[i].value ? conditional(cx, p, docs.items[i].value) : 0;
		if (rc < 0)
			return fail_in(cx, rc, "%s:%u", p->conditions.path, docs.items[i].line);
	}
	return 0;
}
