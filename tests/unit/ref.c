/* Entity references: parsing, formatting, showing. */
#include "catalog/ref.h"

#include "tap.h"

static const char *parsed(struct ctx *cx, const char *text, const char *kind, const char *ns)
{
	struct ref r;

	return ref_parse(cx, text, kind, ns, &r) < 0 ? NULL : ref_format(cx->mem, &r);
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };

	STR_EQ(parsed(&cx, "component:default/a", NULL, NULL), "component:default/a");
	STR_EQ(parsed(&cx, "Component:Default/Web.App", NULL, NULL), "component:default/web.app");
	STR_EQ(parsed(&cx, "component:a", NULL, NULL), "component:default/a");
	STR_EQ(parsed(&cx, "component:a", NULL, "ns"), "component:ns/a");
	STR_EQ(parsed(&cx, "a", "Group", "ns"), "group:ns/a");
	STR_EQ(parsed(&cx, "ns/a", "Group", NULL), "group:ns/a");
	/* a slash before the colon: the colon is part of the name */
	STR_EQ(parsed(&cx, "a/b:c", "Group", NULL), "group:a/b:c");
	STR_EQ(parsed(&cx, "a", NULL, NULL), NULL);
	static const char *const bad[] = { ":a", "b:", "/x", "x/", "k:/n", "k:n/", "" };

	for (size_t i = 0; i < LEN(bad); i++) {
		STR_EQ(parsed(&cx, bad[i], "group", NULL), NULL);
		OK(strstr(cx.err.text, "was not on the form [<kind>:][<namespace>/]<name>"));
	}
	STR_EQ(ref_humanise(&mem, "component:default/a", NULL), "component:a");
	STR_EQ(ref_humanise(&mem, "component:default/a", "component"), "a");
	STR_EQ(ref_humanise(&mem, "component:other/a", "component"), "other/a");
	return DONE();
}
