/* Filters, predicates and fields over an entity: input is "filter NL fields NL predicate JSON NL entity JSON". */
#include "catalog/filter.h"
#include "catalog/kind.h"
#include "catalog/validate.h"
#include "ext/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char dflt[] =
		"{\"kind\":\"Component\",\"metadata\":{\"name\":\"a\",\"tags\":[\"x\"]},\"spec\":{\"type\":\"t\"}}";
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };
	struct str rest = { (const char *)data, size }, line[4];
	struct search_rows rows = { 0 };
	struct faults faults = { 0 };
	struct kinds kinds = { 0 };
	struct filter filter = { 0 };
	struct fields fields = { 0 };
	struct json *entity, *query;
	struct buf out = { .mem = &mem };

	for (size_t i = 0; i < LEN(line); i++)
		line[i] = rest.p ? str_cut(&rest, '\n') : (struct str){ "", 0 };
	if (json_parse(&cx, line[3], &entity) < 0 && json_parse(&cx, STR(dflt), &entity) < 0)
		return 0;
	search_rows(&mem, entity, &rows);
	if (filter_add(&cx, &filter, arena_strndup(&mem, line[0].p, line[0].n)) == 0)
		filter_fits(&filter, &rows);
	if (fields_add(&cx, &fields, arena_strndup(&mem, line[1].p, line[1].n)) == 0)
		json_write(&out, fields_of(&mem, &fields, entity));
	if (json_parse(&cx, line[2], &query) == 0 && predicate_check(&cx, query, "query") == 0)
		predicate_fits(query, &rows);
	if (kinds_load(&cx, &mem, &kinds) == 0 && validate_envelope(&mem, entity, &faults))
		validate_entity(&mem, &kinds, entity, &faults);
	return 0;
}
