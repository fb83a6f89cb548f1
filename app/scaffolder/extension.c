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

int template_extensions(struct ctx *cx, struct json **out)
{
	return json_parse(cx, str_of(extensions), out);
}
