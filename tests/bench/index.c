/*
 * What the index costs: filled with documents shaped like the largest catalog that is known, asked the questions that its
 * portal asks, changed, written and read. usage: index [DOCUMENTS [FILE]]
 */
#include "index/index.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "index/request.h"

enum { DOCUMENTS = 750000, ROUNDS = 300, CHANGED = 100000, BETWEEN = 50 };

static struct arena mem, kept;
static struct ctx cx = { .mem = &mem };
static struct index *ix;
static uint32_t n_docs = DOCUMENTS;

static uint64_t mixed(uint64_t n)
{
	n = (n ^ n >> 31) * 0x9e3779b97f4a7c15U;
	n = (n ^ n >> 29) * 0xbf58476d1ce4e5b9U;
	return n ^ n >> 32;
}

/* This process's own time, whatever else the machine does. */
static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- documents ---- */

static const char *const words[] = {
	"amber",   "auth",    "backend", "batch",   "beacon",  "billing", "blue",  "browse", "cache",  "campaign", "canvas",
	"catalog", "charts",  "client",  "consent", "copper",  "data",    "daily", "device", "edge",   "events",   "export",
	"fan",     "feed",    "gate",    "genre",   "graph",   "home",    "image", "ingest", "jam",    "keys",     "label",
	"ledger",  "lens",    "library", "lyrics",  "mail",    "market",  "media", "mobile", "mosaic", "network",  "notify",
	"orbit",   "order",   "payment", "player",  "podcast", "profile", "quota", "radio",  "rank",   "report",   "river",
	"search",  "session", "signal",  "social",  "stream",  "studio",  "track", "upload", "wallet",
};
static const char *const types[] = { "service", "website", "library", "data-pipeline", "mobile-feature", "grpc", "openapi" };
static const char *const lifecycles[] = { "production", "experimental", "deprecated" };
static const char *const tags[] = { "java", "python", "scala", "go", "web", "tier-1", "gdpr", "internal" };

static const char *kind_of(uint32_t id)
{
	uint64_t at = mixed(id * 7ULL + 1) % DOCUMENTS;

	if (id % (n_docs / 14) == n_docs / 28)
		return "Template";
	return at < 46000    ? "Component"
	       : at < 249000 ? "API"
	       : at < 506000 ? "Subcomponent"
	       : at < 516000 ? "System"
	       : at < 600000 ? "Resource"
	       : at < 610000 ? "Group"
			     : "User";
}

static void add(struct index_terms *t, const char *key, const char *value)
{
	*list_add(&mem, t) = (struct index_term){ str_of(key), str_of(value) };
}

static const char *name_of(uint32_t id)
{
	uint64_t r = mixed(id);

	return arena_printf(&mem, "%s-%s-%s-%06u", words[r % LEN(words)], words[(r >> 8) % LEN(words)],
			    types[(r >> 16) % LEN(types)], id);
}

static const char *title_of(uint32_t id, uint32_t version)
{
	uint64_t r = mixed(id);

	return arena_printf(&mem, "The %s %s of %u.%u", words[(r >> 8) % LEN(words)], words[r % LEN(words)], id, version);
}

static void add_annotations(struct index_terms *t, uint32_t id)
{
	uint32_t repo = id / 3;
	const char *url = arena_printf(&mem, "url:https://github.example.com/org-%u/repo-%u/blob/main/catalog-info.yaml",
				       repo % 40, repo);

	add(t, "metadata.annotations.backstage.io/managed-by-location", url);
	add(t, "metadata.annotations.backstage.io/managed-by-origin-location", url);
	add(t, "metadata.annotations.github.com/project-slug", arena_printf(&mem, "org-%u/repo-%u", repo % 40, repo));
	add(t, "metadata.annotations.example.com/on-call", arena_printf(&mem, "P%06u", id % 700));
	add(t, "metadata.annotations.example.com/instance",
	    arena_printf(&mem, "i-%012llx", (unsigned long long)mixed(id) >> 16));
	if (id % 500 == 7)
		add(t, "metadata.annotations.backstage.io/orphan", "true");
}

/* Each reference is a value, and in a list a key of its own as well. */
static void add_relations(struct index_terms *t, uint32_t id)
{
	uint64_t r = mixed(id + 99);
	const char *owner = arena_printf(&mem, "group:default/team-%04u", (unsigned)(r % 5000));
	const char *system = arena_printf(&mem, "system:default/system-%05u", (unsigned)((r >> 16) % 10000));

	add(t, "spec.owner", owner);
	add(t, "relations.ownedby", owner);
	add(t, "spec.system", system);
	add(t, "relations.partof", system);
	if (id % 8)
		return;
	const char *other = arena_printf(&mem, "component:default/%s", name_of((uint32_t)(r >> 32) % n_docs));

	add(t, "spec.dependson", other);
	add(t, arena_printf(&mem, "spec.dependson.%s", other), "true");
	add(t, "relations.dependson", other);
	add(t, "relations.dependencyof", arena_printf(&mem, "component:default/%s", name_of(id / 2)));
}

static struct index_terms terms_of_doc(uint32_t id, uint32_t version)
{
	struct index_terms t = { 0 };
	uint64_t r = mixed(id + version * 1000003ULL);
	const char *tag = tags[r % LEN(tags)];

	add(&t, "apiversion", "backstage.io/v1alpha1");
	add(&t, "kind", kind_of(id));
	add(&t, "metadata.name", name_of(id));
	add(&t, "metadata.namespace", "default");
	add(&t, "metadata.uid",
	    arena_printf(&mem, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)mixed(id), id & 0xffff, id & 0xfff, id >> 9 & 0xfff,
			 (unsigned long long)mixed(id + 5) >> 16));
	add(&t, "metadata.title", title_of(id, version));
	add(&t, "metadata.description",
	    arena_printf(&mem, "Does %s and %s, since version %u", title_of(id, 0), words[r >> 58], version));
	add(&t, "metadata.labels.tier", (const char *[]){ "1", "2", "3" }[r >> 20 & 1]);
	add(&t, "metadata.tags", tag);
	add(&t, arena_printf(&mem, "metadata.tags.%s", tag), "true");
	add(&t, "spec.type", types[(r >> 30) % LEN(types)]);
	add(&t, "spec.lifecycle", lifecycles[(r >> 40) % LEN(lifecycles)]);
	add_annotations(&t, id);
	add_relations(&t, id);
	return t;
}

/* ---- questions ---- */

struct times {
	uint64_t *items;
	size_t n, cap;
};

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t part(struct times *t, unsigned percent)
{
	qsort(t->items, t->n, sizeof(*t->items), by_size);
	return t->n ? t->items[(t->n - 1) * percent / 100] : 0;
}

struct question {
	const char *name;
	char op;                /* P or F */
	const char *sets[3][3]; /* op, key, value; several: any of them */
	const char *key;        /* of the order or the facet */
	uint32_t limit;
};
static const struct question questions[] = {
	{ "components by name, 20", 'P', { { "=", "kind", "component" } }, "metadata.name", 20 },
	{ "count of components", 'P', { { "=", "kind", "component" } }, NULL, 0 },
	{ "all by name, 20", 'P', { { "A" } }, "metadata.name", 20 },
	{ "types of templates", 'F', { { "=", "kind", "template" } }, "spec.type", 0 },
	{ "types of components", 'F', { { "=", "kind", "component" } }, "spec.type", 0 },
	{ "owners of components", 'F', { { "=", "kind", "component" } }, "spec.owner", 0 },
	{ "owners of all", 'F', { { "A" } }, "spec.owner", 0 },
	{ "systems of orphans", 'F', { { "=", "metadata.annotations.backstage.io/orphan", "true" } }, "spec.system", 0 },
	{ "names with 'player', 20", 'P', { { "*", "metadata.name", "player" } }, "metadata.name", 20 },
	{ "names with 'pl', 20", 'P', { { "*", "metadata.name", "pl" } }, "metadata.name", 20 },
	{ "names with 'player-stu', 20", 'P', { { "*", "metadata.name", "player-stu" } }, "metadata.name", 20 },
	{ "one step of an ancestry",
	  'P',
	  { { "=", "metadata.annotations.github.com/project-slug", "org-13/repo-333" } },
	  NULL,
	  20 },
	{ "incoming references", 'P', { { "=", "relations.dependencyof", "component:default/" } }, NULL, 20 },
	{ "count of all", 'P', { { "A" } }, NULL, 0 },
	{ "orphans by name, 20", 'P', { { "=", "metadata.annotations.backstage.io/orphan", "true" } }, "metadata.name", 20 },
	{ "any of three by name, 2000",
	  'P',
	  { { "=", "kind", "component" }, { "=", "spec.type", "library" }, { "=", "kind", "template" } },
	  "metadata.name",
	  2000 },
};

static void write_set(struct buf *b, const char *const *s)
{
	ask_u8(b, (unsigned char)s[0][0]);
	if (s[0][0] == 'A')
		return;
	bool part = s[0][0] == '*', reference = str_ends(s[2], "/");

	ask_text(b, str_of(part ? s[2] : s[1]));
	if (part)
		ask_u8(b, 1);
	ask_text(b, str_of(part ? s[1] : reference ? arena_printf(&mem, "%s%s", s[2], name_of(n_docs / 4 * 8 / 8)) : s[2]));
}

static struct str request_of(const struct question *q)
{
	struct buf b = { .mem = &mem };
	unsigned n = 1 + (q->sets[1][0] != NULL) + (q->sets[2][0] != NULL);

	ask_u8(&b, (unsigned char)q->op);
	if (n > 1) {
		ask_u8(&b, '|');
		ask_u16(&b, n);
	}
	for (unsigned i = 0; i < n; i++)
		write_set(&b, q->sets[i]);
	if (q->op == 'F') {
		ask_u16(&b, 1);
		ask_text(&b, str_of(q->key));
		return buf_str(&b);
	}
	ask_u8(&b, q->key != NULL);
	if (q->key) {
		ask_u8(&b, 0);
		ask_text(&b, str_of(q->key));
	}
	ask_u8(&b, 0);
	ask_u32(&b, q->limit);
	ask_u64(&b, 0);
	return buf_str(&b);
}

/* How long one answer took; how many documents or values it is of. */
static uint64_t ask(const struct question *q, uint64_t *total)
{
	struct str request = request_of(q);
	struct buf out = { .mem = &mem };
	uint64_t begun = cpu_us();

	if (index_answer(&cx, ix, request, &out) < 0)
		abort();
	uint64_t took = cpu_us() - begun;
	struct reader r = { out.p, out.p + out.n, false };

	*total = q->op == 'F' ? read_u32(&r) : read_u64(&r);
	arena_reset(&mem);
	return took;
}

static void ask_all(void)
{
	printf("%-30s %10s %8s %8s %8s\n", "question", "total", "p50 us", "p99 us", "first us");
	for (size_t i = 0; i < LEN(questions); i++) {
		struct times t = { 0 };
		uint64_t total = 0, first = ask(&questions[i], &total);

		/* What a key's first question of its kind begins is done with a few more. */
		for (size_t k = 0; k < 2 * ROUNDS; k++) {
			uint64_t took = ask(&questions[i], &total);

			if (k >= ROUNDS)
				*list_add(&kept, &t) = took;
		}
		printf("%-30s %10llu %8llu %8llu %8llu\n", questions[i].name, (unsigned long long)total,
		       (unsigned long long)part(&t, 50), (unsigned long long)part(&t, 99), (unsigned long long)first);
	}
}

/* ---- all the rest ---- */

static double seconds_since(uint64_t begun)
{
	return (double)(cpu_us() - begun) / 1e6;
}

static uint64_t resident(void)
{
	unsigned long pages = 0, all = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &all, &pages) != 2)
		abort();
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void weigh(const char *when, uint64_t before)
{
	struct index_stats s;

	index_stats(ix, &s);
	printf("%s: %llu documents, %llu keys, %llu values; %.0f bytes a document (%.0f resident)\n", when,
	       (unsigned long long)s.documents, (unsigned long long)s.keys, (unsigned long long)s.values,
	       (double)s.bytes / (double)s.documents, (double)(resident() - before) / (double)s.documents);
}

/* Time of making the documents is not the index's. */
static void fill(uint64_t before)
{
	uint64_t took = 0, longest = 0, n_terms = 0;

	ix = index_new();
	for (uint32_t id = 1; id <= n_docs; id++) {
		struct index_terms t = terms_of_doc(id, 0);
		uint64_t begun = cpu_us(), one;

		index_put(ix, &(struct index_doc){ .id = id, .tag = id, .error = id % 1000 == 0 }, &t);
		one = cpu_us() - begun;
		took += one;
		longest = one > longest ? one : longest;
		n_terms += t.n;
		arena_reset(&mem);
	}
	printf("filled in %.1f s (%.0f a second), longest put %llu us, %.1f terms a document\n", (double)took / 1e6,
	       n_docs / ((double)took / 1e6), (unsigned long long)longest, (double)n_terms / n_docs);
	weigh("filled", before);
}

/* Changed documents, with a question in between now and then. */
static void change(void)
{
	struct times puts = { 0 }, asked = { 0 };
	uint64_t sum = 0, total;

	for (uint32_t i = 0; i < CHANGED; i++) {
		uint32_t id = 1 + (uint32_t)(mixed(i) % n_docs);
		struct index_terms t = terms_of_doc(id, 1 + i % 3);
		uint64_t begun = cpu_us(), one;

		index_put(ix, &(struct index_doc){ .id = id, .tag = i }, &t);
		one = cpu_us() - begun;
		*list_add(&kept, &puts) = one;
		sum += one;
		arena_reset(&mem);
		if (i % BETWEEN == 0)
			*list_add(&kept, &asked) = ask(&questions[i / BETWEEN % 5], &total);
	}
	printf("%d changed: %.0f a second, p50 %llu us, p99 %llu us, longest %llu us; questions between: p50 %llu us, p99 %llu "
	       "us\n",
	       CHANGED, CHANGED / ((double)sum / 1e6), (unsigned long long)part(&puts, 50), (unsigned long long)part(&puts, 99),
	       (unsigned long long)part(&puts, 100), (unsigned long long)part(&asked, 50),
	       (unsigned long long)part(&asked, 99));
}

static int save_and_load(const char *path)
{
	uint64_t begun = cpu_us(), wall = clock_mono_us(), before;
	int rc = index_save(&cx, ix, path, "bench");

	printf("saved in %.2f s (with waiting %.2f s)\n", seconds_since(begun), (double)(clock_mono_us() - wall) / 1e6);
	index_free(ix);
	malloc_trim(0);
	before = resident();
	begun = cpu_us();
	if (rc == 0)
		rc = index_load(&cx, path, "bench", &ix);
	printf("loaded in %.2f s\n", seconds_since(begun));
	unlink(path);
	if (rc == 0)
		weigh("loaded", before);
	return rc;
}

int main(int argc, char **argv)
{
	const char *path = argc > 2 ? argv[2] : "/tmp/callboard-bench-index";
	long n = DOCUMENTS;

	if (argc > 1 && !str_long(argv[1], 1000, INT_MAX, &n))
		return 2;
	n_docs = (uint32_t)n;
	fill(resident());
	if (save_and_load(path) < 0) {
		fprintf(stderr, "index: %s\n", cx.err.text);
		return 1;
	}
	ask_all();
	change();
	weigh("at the end", 0);
	index_free(ix);
	arena_release(&mem);
	arena_release(&kept);
	return 0;
}
