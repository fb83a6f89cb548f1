/* What templates have beyond the language itself. */
#include "scaffolder/extension.h"

#include "ext/json.h"

#define TEXT_SCHEMA "{\"type\": \"string\"}"
#define EXAMPLE(about, text) "[{\"description\": \"" about "\", \"example\": \"" text "\"}]"
#define FILTER(name, about, input, output, examples)                                                                           \
	"\"" name "\": {\"description\": \"" about "\", \"schema\": {\"input\": " input ", \"output\": " output                \
	"}, \"examples\": " examples "}"

/* The filters themselves: app/template/filter_scm.c. */
static const char extensions[] = "{\"filters\": {" FILTER(
	"parseRepoUrl", "Takes the address of a repository apart, as a RepoUrlPicker gives it", TEXT_SCHEMA,
	"{\"type\": \"object\", \"properties\": {\"host\": " TEXT_SCHEMA ", \"owner\": " TEXT_SCHEMA ", \"repo\": " TEXT_SCHEMA
	", \"organization\": " TEXT_SCHEMA ", \"workspace\": " TEXT_SCHEMA ", \"project\": " TEXT_SCHEMA "}}",
	EXAMPLE("The parts of an address",
		"${{ parameters.repoUrl | parseRepoUrl }}")) ", " FILTER("parseEntityRef",
									 "Takes a reference of an entity apart", TEXT_SCHEMA,
									 "{\"type\": \"object\", \"properties\": "
									 "{\"kind\": " TEXT_SCHEMA
									 ", \"namespace\": " TEXT_SCHEMA
									 ", \"name\": " TEXT_SCHEMA "}}",
									 EXAMPLE("With a kind where there is none",
										 "${{ parameters.owner | "
										 "parseEntityRef({ defaultKind: "
										 "'group' }) }}")) ", " FILTER("pick",
													       "Gives "
													       "a "
													       "member "
													       "of an "
													       "object "
													       "by its "
													       "path",
													       "{\"type"
													       "\": "
													       "\"objec"
													       "t\"}",
													       "{}",
													       EXAMPLE("The "
														       "name "
														       "alone",
														       "${{ "
														       "paramet"
														       "ers."
														       "owner "
														       "| "
														       "parseEn"
														       "tityRef"
														       " | "
														       "pick('"
														       "name') "
														       "}}")) ", " FILTER("projectSlug",
																	  "Gives owner/repo of the address of a repository",
																	  TEXT_SCHEMA,
																	  TEXT_SCHEMA,
																	  EXAMPLE("For an annotation",
																		  "${{ parameters.repoUrl | projectSlug }}")) "}, \"globals\": {\"functions\": {}, \"values\": {}}}";

static const struct extension_list *extended;

void template_extend(const struct extension_list *list)
{
	extended = list;
}

void template_extend_env(struct template_env *env)
{
	for (size_t i = 0; extended && i < extended->n; i++) {
		const struct extension *e = &extended->items[i];

		if (e->filter)
			template_add_filter(env, e->name, e->fn, e->arg, false);
		else if (e->fn)
			template_add_global(env, e->name, e->fn, e->arg, false);
	}
}

struct json *template_extension_values(struct arena *mem, struct json *vars)
{
	for (size_t i = 0; extended && i < extended->n; i++) {
		const struct extension *e = &extended->items[i];

		if (!e->filter && !e->fn && !json_get(vars, e->name))
			json_set(mem, vars, e->name, json_copy(mem, json_get(e->row, "value")));
	}
	return vars;
}

const char *template_extension_problem(const char *name, bool filter)
{
	static const char *const taken[] = { "always", "failure",      "range", "cycler", "joiner",      "parameters",
					     "steps",  "secrets",      "user",  "each",   "environment", "context",
					     "values", "cookiecutter", "loop",  "caller", "super",       "true",
					     "false",  "none",         "null",  "and",    "or",          "not",
					     "in",     "is",           "if",    "else" };

	for (const char *c = name; *c; c++)
		if (!ascii_alnum(*c) && *c != '_')
			return "only letters, digits and '_' are possible";
	if (filter && template_has_filter(name))
		return "templates have a filter of this name already";
	for (size_t i = 0; !filter && i < LEN(taken); i++)
		if (streq(name, taken[i]))
			return "templates have something of this name already";
	return NULL;
}

static void describe(struct arena *mem, const struct extension *e, struct json *to)
{
	static const char *const keys[] = { "description", "schema", "examples", "value" };
	struct json *v = json_set(mem, to, e->name, json_object(mem));

	for (size_t i = 0; i < LEN(keys) - (e->fn ? 1 : 0); i++)
		if (json_get(e->row, keys[i]))
			json_set(mem, v, keys[i], json_copy(mem, json_get(e->row, keys[i])));
}

int template_extensions(struct ctx *cx, struct json **out)
{
	int rc = json_parse(cx, str_of(extensions), out);
	struct json *globals = json_get(*out, "globals");

	for (size_t i = 0; rc == 0 && extended && i < extended->n; i++) {
		const struct extension *e = &extended->items[i];

		describe(cx->mem, e, e->filter ? json_get(*out, "filters") : json_get(globals, e->fn ? "functions" : "values"));
	}
	return rc;
}
