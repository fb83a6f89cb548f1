/* The catalog's graph: what is reached, how it is named, where it is cut, and what one may not see. */
#include "catalog/graph.h"

#include "base/list.h"
#include "base/log.h"
#include "catalog/settings.h"
#include "catalog/source.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

enum { PARTS = 40 };

static void entity(struct buf *b, const char *kind, const char *name, const char *spec)
{
	buf_addf(b, "---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata: {name: %s, title: The %s}\nspec: {%s}\n", kind,
		 name, name, spec);
}

/*
 * shop (of team) is in system mall with PARTS others; shop needs db, and calls cart, which calls back; cart names what is not
 * there.
 */
static struct str file(struct arena *mem)
{
	struct buf b = { .mem = mem };

	entity(&b, "Component", "shop",
	       "type: service, lifecycle: x, owner: team, system: mall, dependsOn: [component:cart, resource:db]");
	entity(&b, "Component", "cart",
	       "type: service, lifecycle: x, owner: team, dependsOn: [component:shop, component:lost], dependencyOf: "
	       "[component:shop]");
	entity(&b, "Resource", "db", "type: database, owner: vault");
	entity(&b, "Group", "team", "type: team, children: []");
	entity(&b, "Group", "vault", "type: team, children: []");
	entity(&b, "System", "mall", "owner: team");
	for (unsigned i = 0; i < PARTS; i++)
		entity(&b, "Component", arena_printf(mem, "part-%02u", i),
		       "type: service, lifecycle: x, owner: vault, system: mall");
	return buf_str(&b);
}

static int store(struct ctx *cx)
{
	struct origin_of from = { .at = { "file", "/graph.yaml" } };
	struct store_result stored = { 0 };
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	int rc;

	from.origin = from.at;
	rc = source_documents(cx, catalog_settings(cx), &from, file(cx->mem), &files, &docs);
	if (rc >= 0)
		rc = store_documents(cx, catalog_settings(cx), 1, docs.items, docs.n, true, &stored);
	return rc;
}

/* The list "a b c". */
static struct text_list words(struct arena *mem, const char *text)
{
	struct str rest = str_of(text);
	struct text_list list = { 0 };

	while (*text && rest.p) {
		struct str word = str_cut(&rest, ' ');

		*list_add(mem, &list) = arena_strndup(mem, word.p, word.n);
	}
	return list;
}

static const char *short_name(struct arena *mem, const struct graph_node *node)
{
	return arena_printf(mem, "%s%s", strchr(node->ref, '/') + 1, node->found ? "" : "?");
}

/* "shop@0 cart@1 …" */
static const char *nodes_of(struct arena *mem, const struct graph *g)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < g->nodes.n; i++)
		buf_addf(&b, "%s%s@%u", i ? " " : "", short_name(mem, g->nodes.items[i]), g->nodes.items[i]->depth);
	return buf_text(&b);
}

/* "shop dependsOn/dependencyOf cart, …" */
static const char *edges_of(struct arena *mem, const struct graph *g)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < g->edges.n; i++) {
		const struct graph_edge *e = &g->edges.items[i];

		buf_addf(&b, "%s%s %s%s%s %s", i ? ", " : "", short_name(mem, e->from), e->name, e->inverse ? "/" : "",
			 e->inverse ? e->inverse : "", short_name(mem, e->to));
	}
	return buf_text(&b);
}

static const struct {
	const char *roots, *kinds, *relations;
	unsigned depth;
	bool unidirectional, merge;
	const char *nodes, *edges;
} cases[] = {
	/* a cycle, declared twice, seen once */
	{ "component:default/cart", "component", "", 1, true, true, "cart@0 lost?@1 shop@1",
	  "cart dependsOn/dependencyOf lost?, cart dependsOn/dependencyOf shop, shop dependsOn/dependencyOf cart" },
	{ "component:default/cart", "component", "dependsOn", 1, true, false, "cart@0 lost?@1 shop@1",
	  "cart dependsOn lost?, cart dependsOn shop, shop dependsOn cart" },
	{ "component:default/cart", "component", "dependsOn", 1, false, false, "cart@0 lost?@1 shop@1",
	  "cart dependsOn lost?, cart dependsOn shop, shop dependsOn cart" },
	/* the nearer end names it; without "unidirectional" both do */
	{ "resource:default/db", "component", "", 1, true, false, "db@0 shop@1", "db dependencyOf shop" },
	{ "resource:default/db", "component", "", 1, false, false, "db@0 shop@1", "db dependencyOf shop, shop dependsOn db" },
	{ "resource:default/db", "component", "", 1, true, true, "db@0 shop@1", "shop dependsOn/dependencyOf db" },
	/* a relation is followed by the name it has where the walk stands */
	{ "resource:default/db", "component", "dependsOn", 2, true, true, "db@0", "" },
	{ "resource:default/db", "component", "dependencyOf", 2, true, false, "db@0 shop@1 cart@2",
	  "db dependencyOf shop, cart dependencyOf shop, shop dependencyOf cart" },
	/* two owners one step away from mall are told apart from what stands between them */
	{ "component:default/shop", "group system", "", 1, true, true, "shop@0 team@1 mall@1",
	  "mall hasPart/partOf shop, team ownerOf/ownedBy shop" },
	{ "component:default/shop", "group system", "", 1, false, true, "shop@0 team@1 mall@1",
	  "mall hasPart/partOf shop, team ownerOf/ownedBy shop, team ownerOf/ownedBy mall" },
	/* several roots, one of them unknown; depth 0 */
	{ "component:default/shop resource:default/db component:default/none", "", "", 0, true, true, "shop@0 db@0 none?@0",
	  "shop dependsOn/dependencyOf db" },
};

static void test_shapes(struct ctx *cx)
{
	for (size_t i = 0; i < LEN(cases); i++) {
		struct graph_query q = { .roots = words(cx->mem, cases[i].roots),
					 .kinds = words(cx->mem, cases[i].kinds),
					 .relations = words(cx->mem, cases[i].relations),
					 .depth = cases[i].depth,
					 .unidirectional = cases[i].unidirectional,
					 .merge = cases[i].merge,
					 .limit = 100 };
		struct graph g;

		OK(graph_walk(cx, &q, &g) == 0);
		STR_EQ(nodes_of(cx->mem, &g), cases[i].nodes);
		STR_EQ(edges_of(cx->mem, &g), cases[i].edges);
		OK(!g.left_out && !g.more);
	}
}

static void test_nodes(struct ctx *cx)
{
	struct graph_query q = { .roots = words(cx->mem, "resource:default/db component:default/none"), .limit = 10 };
	struct graph g;

	OK(graph_walk(cx, &q, &g) == 0 && g.nodes.n == 2);
	STR_EQ(g.nodes.items[0]->kind, "Resource");
	STR_EQ(g.nodes.items[0]->title, "The db");
	STR_EQ(g.nodes.items[0]->type, "database");
	STR_EQ(g.nodes.items[1]->kind, "component");
	STR_EQ(g.nodes.items[1]->title, "none");
	STR_EQ(g.nodes.items[1]->type, NULL);
}

static void test_limit(struct ctx *cx)
{
	struct graph_query q = { .roots = words(cx->mem, "system:default/mall"), .depth = 1, .merge = true, .limit = 5 };
	struct graph g;

	/* a component and the owner come before the second component */
	OK(graph_walk(cx, &q, &g) == 0);
	STR_EQ(nodes_of(cx->mem, &g), "mall@0 part-00@1 team@1 part-01@1 part-02@1");
	OK(g.left_out == PARTS + 2 - 4 && !g.more);
	q.depth = GRAPH_ENDLESS;
	q.limit = 1000;
	OK(graph_walk(cx, &q, &g) == 0);
	OK(g.nodes.n == PARTS + 7 && !g.left_out && !g.more);
	q.limit = PARTS + 6;
	OK(graph_walk(cx, &q, &g) == 0);
	OK(g.nodes.n == PARTS + 6 && g.left_out == 1);
	q.roots.n = 0;
	OK(graph_walk(cx, &q, &g) == 0 && !g.nodes.n && !g.edges.n);
}

/* Who may read only what team owns sees neither the others nor how many they are; what hangs behind them is not reached. */
static void test_permissions(struct ctx *cx)
{
	struct graph_query q = { .roots = words(cx->mem, "component:default/shop"), .depth = 3, .merge = true, .limit = 100 };
	struct who who = { .ref = "user:default/ana", .name = "Ana" };
	struct json *reads;
	struct graph g;

	OK(json_parse(cx,
		      STR("{\"anyOf\":[{\"rule\":\"IS_ENTITY_OWNER\",\"params\":{\"claims\":[\"group:default/team\"]}},"
			  "{\"rule\":\"HAS_METADATA\",\"params\":{\"key\":\"name\",\"value\":\"team\"}}]}"),
		      &reads) == 0);
	who.reads = reads;
	cx->who = &who;
	OK(graph_walk(cx, &q, &g) == 0);
	STR_EQ(nodes_of(cx->mem, &g), "shop@0 cart@1 team@1 mall@1");
	/* nor is what does not exist named: that db is not said to be missing as lost is would tell that it is there */
	OK(!strstr(edges_of(cx->mem, &g), "lost") && !strstr(edges_of(cx->mem, &g), "part-") &&
	   !strstr(edges_of(cx->mem, &g), "db"));
	/* a root that may not be read is as one that does not exist */
	q.roots = words(cx->mem, "resource:default/db");
	OK(graph_walk(cx, &q, &g) == 0);
	STR_EQ(nodes_of(cx->mem, &g), "db?@0");
	STR_EQ(g.nodes.items[0]->title, "db");
	/* the count of what is left out would tell */
	q.roots = words(cx->mem, "system:default/mall");
	q.limit = 2;
	OK(graph_walk(cx, &q, &g) == 0 && !g.left_out && g.more);
	cx->who = NULL;
}

static void test_words(struct arena *mem)
{
	STR_EQ(relation_words(mem, "apiConsumedBy"), "API consumed by");
	STR_EQ(relation_words(mem, "consumesApi"), "consumes API");
	STR_EQ(relation_words(mem, "ownedBy"), "owned by");
	STR_EQ(relation_words(mem, "apiary"), "apiary");
	STR_EQ(relation_words(mem, ""), "");
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };
	unsigned applied = 0;
	struct json *conf;

	log_open("/dev/null", LOG_ERROR_);
	OK(json_parse(&cx, STR("{\"catalog\":{\"rules\":[{\"allow\":[\"Component\",\"Resource\",\"Group\",\"System\"]}]}}"),
		      &conf) == 0);
	cx.conf = conf;
	cx.db = db_new(mariadb_use(&mem, "unit"));
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	OK(store(&cx) == 0);
	test_shapes(&cx);
	test_nodes(&cx);
	test_limit(&cx);
	test_permissions(&cx);
	test_words(&mem);
	db_free(cx.db);
	return DONE();
}
