/* Settings, stars and visits of people: whose they are, what is kept, and that several windows at once lose none. */
#include "identity/setting.h"

#include "base/log.h"
#include "identity/identity.h"
#include "tests/unit/mariadb.h"
#include "tests/unit/tap.h"

enum { WINDOWS = 4, STARS = 25 };

static struct who person(struct arena *mem, enum who_kind kind, const char *ref)
{
	const char **owns = arena_array(mem, const char *, 2);

	owns[0] = *ref ? ref : NULL;
	return (struct who){ .kind = kind, .ref = ref, .name = ref, .owns = owns };
}

static const char *stars(struct ctx *cx)
{
	struct text_list list = { 0 };
	struct buf b = { .mem = cx->mem };

	OK(setting_stars(cx, &list) == 0);
	for (size_t i = 0; i < list.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", list.items[i]);
	return buf_text(&b);
}

static void test_stars(struct ctx *cx)
{
	struct json *v = json_object(cx->mem);

	STR_EQ(stars(cx), "");
	OK(setting_star(cx, "Component:default/A", true) == 0);
	OK(setting_star(cx, "component:default/b", true) == 0);
	OK(setting_star(cx, "component:default/a", true) == 0);
	STR_EQ(stars(cx), "component:default/a component:default/b");
	OK(setting_star(cx, "component:default/A", false) == 0);
	OK(setting_star(cx, "component:default/none", false) == 0);
	STR_EQ(stars(cx), "component:default/b");
	/* what a client of the API put there instead is no reason to fail */
	OK(setting_set(cx, "user:default/ana", "starredEntities", "entityRefs", v) == 0);
	STR_EQ(stars(cx), "");
	OK(setting_star(cx, "component:default/c", true) == 0);
	STR_EQ(stars(cx), "component:default/c");
}

static void test_whose(struct ctx *cx)
{
	struct who service = person(cx->mem, WHO_SERVICE, "ci"), nobody = person(cx->mem, WHO_GUEST, "");
	struct who guest = person(cx->mem, WHO_GUEST, "user:development/guest"),
		   odd = person(cx->mem, WHO_USER, "user:x/\xc3\xa9");
	const struct who *ana = cx->who;
	const char *user;

	cx->who = &guest;
	OK(setting_owner(cx, &user) == 0);
	STR_EQ(user, "user:development/guest");
	STR_EQ(stars(cx), "");
	cx->who = &service;
	OK(setting_owner(cx, &user) == ERR_DENIED);
	OK(setting_star(cx, "component:default/c", true) == ERR_DENIED);
	STR_EQ(stars(cx), "");
	cx->who = &nobody;
	OK(setting_owner(cx, &user) == ERR_AUTH);
	OK(setting_visit(cx, &(struct visit){ NULL, "/", "Home", 0 }) == 0);
	cx->who = &odd;
	OK(setting_owner(cx, &user) == ERR_INPUT);
	cx->who = NULL;
	OK(setting_owner(cx, &user) == ERR_AUTH);
	cx->who = ana;
}

static void test_visits(struct ctx *cx)
{
	struct visits found = { 0 };

	for (int i = 0; i < VISITS_MAX + 5; i++)
		OK(setting_visit(cx, &(struct visit){ "component:default/a", arena_printf(cx->mem, "/page/%d", i), "A", 0 }) ==
		   0);
	OK(setting_visit(cx, &(struct visit){ NULL, "/page/20", "Twenty", 0 }) == 0);
	OK(setting_visit(cx, &(struct visit){ NULL, "/page/20", "Again", 0 }) == 0);
	OK(setting_visits(cx, &found) == 0);
	OK(found.n == VISITS_MAX);
	STR_EQ(found.items[0].path, "/page/20");
	STR_EQ(found.items[0].title, "Twenty");
	OK(found.items[0].ref == NULL && found.items[0].at > 0);
	STR_EQ(found.items[1].path, "/page/54");
	STR_EQ(found.items[1].ref, "component:default/a");
	for (size_t i = 1; i < found.n; i++)
		OK(!streq(found.items[i].path, "/page/20"));
}

/* Each window puts its own stars on. */
static void window(const struct json *conf, unsigned nr)
{
	ARENA mem = { 0 };
	struct who who = person(&mem, WHO_USER, "user:default/bo");
	struct ctx cx = { .mem = &mem, .request_id = "", .conf = json_object(&mem), .who = &who };
	int rc = 0;

	cx.db = db_new(conf);
	for (unsigned i = 0; rc >= 0 && i < STARS; i++)
		do
			rc = setting_star(&cx, arena_printf(&mem, "component:default/w%u-%u", nr, i), true);
		while (rc == ERR_DEADLOCK);
	_exit(rc < 0);
}

static void test_windows(struct ctx *cx, const struct json *conf)
{
	struct who bo = person(cx->mem, WHO_USER, "user:default/bo");
	struct text_list list = { 0 };
	const struct who *ana = cx->who;
	int status, bad = 0;

	fflush(stdout);
	for (unsigned i = 0; i < WINDOWS; i++)
		if (fork() == 0)
			window(conf, i);
	for (unsigned i = 0; i < WINDOWS; i++)
		bad += wait(&status) < 0 || status != 0;
	OK(bad == 0);
	cx->who = &bo;
	OK(setting_stars(cx, &list) == 0);
	OK(list.n == WINDOWS * STARS);
	cx->who = ana;
}

int main(void)
{
	ARENA mem = { 0 };
	struct who ana = person(&mem, WHO_USER, "user:default/ana");
	struct ctx cx = { .mem = &mem, .request_id = "", .who = &ana };
	const struct json *conf = mariadb_use(&mem, "unit");
	unsigned applied = 0;

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cx.conf = json_object(&mem);
	cx.db = db_new(conf);
	OK(db_migrate(&cx, "sql/schema", &applied) == 0);
	test_stars(&cx);
	test_whose(&cx);
	test_visits(&cx);
	test_windows(&cx, conf);
	db_free(cx.db);
	return DONE();
}
