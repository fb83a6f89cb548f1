/* Who is let in: guests, static tokens, signed tokens, and what restricts them. */
#include "identity/identity.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "ext/json.h"
#include "tests/unit/tap.h"

/* ES256, made once with keys that nobody keeps; they expire in 2100. ROTATED is signed by a key that only NEW_KEYS has. */
#define OLD_KEYS                                                                                                               \
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"use\":\"sig\",\"alg\":\"ES256\",\"x\""                 \
	":\"-MeVPf2qz28oyIIBG9nT8ZYoaJ16jPNfVdPpBpJfKyA\",\"y\":\"1Uqqc7a3WgXNmTrSYn6W-7KbXhc22nvILkkmgOcMq7E"                 \
	"\"}]}"
#define NEW_KEYS                                                                                                               \
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"one\",\"use\":\"sig\",\"alg\":\"ES256\",\"x\""                 \
	":\"-MeVPf2qz28oyIIBG9nT8ZYoaJ16jPNfVdPpBpJfKyA\",\"y\":\"1Uqqc7a3WgXNmTrSYn6W-7KbXhc22nvILkkmgOcMq7E"                 \
	"\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"two\",\"use\":\"sig\",\"alg\":\"ES256\",\"x\":\"7SRd"                 \
	"cpOfi7boMjfHdJDfH4B4M2mxAcW3HEFO-Z_XArY\",\"y\":\"1Kz646LgqkGpGw0HXqY7_jlyWqA64_8LaOPsPFMBrLI\"}]}"
#define GOOD                                                                                                                   \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjpbImJhY2tzdGFnZSIsIm90aGVyIl0sInN1YiI6ImNpIiwiZXhwIjo0MTAyNDQ0ODAwfQ.4RGzVgTDSbx5GnPpSfl-hk665XpB"                 \
	"oi_BvTmk3OmqHDeOAqejMxHkyC_HRrUuaBTkjOAO0bQ2ebKuQZ48f5J6qQ"
#define OTHER_ISSUER                                                                                                           \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSIsImF1ZCI"                 \
	"6WyJiYWNrc3RhZ2UiLCJvdGhlciJdLCJzdWIiOiJjaSIsImV4cCI6NDEwMjQ0NDgwMH0.3cB4M9YdI-li3I5wWVKSYG_8g4B2fHp"                 \
	"l6ciJsQIbxibKRYu50SFub6xPyFe4ebwmBEGW-J0RAhb74kyM_a-4yQ"
#define OTHER_AUDIENCE                                                                                                         \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjoic2hvcCIsInN1YiI6ImNpIiwiZXhwIjo0MTAyNDQ0ODAwfQ.Ezz9U3hN1tuGY4uN_01lBbrPxQrmOw-bci2eXOjcNuTNdq9l"                 \
	"4cwZtsxC_dturY4YhG8AtmAOefX6u7eCMXVrdQ"
#define EXPIRED                                                                                                                \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjpbImJhY2tzdGFnZSIsIm90aGVyIl0sInN1YiI6ImNpIiwiZXhwIjoxMDAwMDAwMDAwfQ.ytpjiX1HmadNYf3dfk8ZbzZzhVUY"                 \
	"6nfw87Si_g-3krDMcqQ3f0uuxCjHEqiiBERzD96Sb15fZtze-TH2lyxwpw"
#define NO_SUBJECT                                                                                                             \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjpbImJhY2tzdGFnZSIsIm90aGVyIl0sImV4cCI6NDEwMjQ0NDgwMH0.4V9VMy9tAafwhH7M_ImJaGExl0VOUVwA2rpBoIvN8eE"                 \
	"hwtIB6EjBQAU7eaG_7mjFoLCJ5GYOl6UyeDj-RWF8eA"
#define FORGED                                                                                                                 \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjpbImJhY2tzdGFnZSIsIm90aGVyIl0sInN1YiI6ImNpIiwiZXhwIjo0MTAyNDQ0ODAwfQ.zz6UJlyZyLqPq__bjr3VxNs-yJQ0"                 \
	"96LlZ96TfOYD9OdfELK2ZxcVsInBhmvYMXjSAd8fqohEWCQZoNrGrUEnBg"
#define ROTATED                                                                                                                \
	"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InR3byJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV"                 \
	"kIjpbImJhY2tzdGFnZSIsIm90aGVyIl0sInN1YiI6ImNpIiwiZXhwIjo0MTAyNDQ0ODAwfQ.gc5v53dAsB2SHn3t1NhYWvXBgqTM"                 \
	"RaThY3N3lCV_3H-ij_no8keKUpWst546Uo_f2fLO_aeK-syYjFOdOhciYg"

static unsigned *served; /* shared with the key server */
static unsigned port;

/* Answers with the old keys once, then with the new ones. */
static pid_t start_key_server(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	served = mmap(NULL, sizeof(*served), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		abort();
	port = ntohs(a.sin_port);
	pid_t pid = fork();

	if (pid != 0) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		char rq[4096];
		int c = accept(fd, NULL, NULL);
		const char *keys = (*served)++ ? NEW_KEYS : OLD_KEYS;

		if (read(c, rq, sizeof(rq)) > 0)
			dprintf(c,
				"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
				"Connection: close\r\n\r\n%s",
				strlen(keys), keys);
		close(c);
	}
}

static struct ctx with_conf(struct arena *mem, const char *text)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct json *conf = NULL;

	if (json_parse(&cx, str_of(text), &conf) < 0)
		printf("# %s\n", cx.err.text);
	OK(conf != NULL);
	cx.conf = conf;
	return cx;
}

/* Who that is, and what it may not do is said in cx->err. */
static int ask(struct ctx *cx, const char *authorization, const char *permission)
{
	int rc;

	cx->who = NULL;
	cx->err = (struct err){ 0 };
	rc = identity_load(cx, authorization, NULL, &cx->who);
	return rc < 0 ? rc : identity_allow(cx, permission);
}

static int ask_token(struct ctx *cx, const char *token)
{
	return ask(cx, arena_printf(cx->mem, "Bearer %s", token), "catalog.entity.read");
}

static void test_nobody(struct arena *mem)
{
	struct ctx cx = with_conf(mem, "{}");

	OK(ask(&cx, NULL, NULL) == 0);
	OK(ask(&cx, NULL, "catalog.entity.read") == ERR_AUTH);
	STR_EQ(cx.err.text, "Missing credentials");
	STR_EQ(cx.who->ref, "");
	OK(cx.who->kind == WHO_GUEST && cx.who->owns[0] == NULL);
	OK(ask(&cx, "Basic Zm9vOmJhcg==", "catalog.entity.read") == ERR_AUTH);
	STR_EQ(cx.err.text, "Missing credentials");
	OK(ask(&cx, "Bearer", "catalog.entity.read") == ERR_AUTH);
	STR_EQ(cx.err.text, "Missing credentials");
	OK(ask(&cx, "Bearer x", NULL) == ERR_AUTH);
	STR_EQ(cx.err.text, "Illegal token");
	cx.who = NULL;
	OK(identity_allow(&cx, "catalog.entity.read") == ERR_AUTH);
}

static void test_guest(struct arena *mem)
{
	struct ctx cx = with_conf(mem, "{\"auth\":{\"providers\":{\"guest\":{}}}}");

	OK(ask(&cx, NULL, "catalog.entity.delete") == 0);
	STR_EQ(cx.who->ref, "user:development/guest");
	STR_EQ(cx.who->name, "guest");
	STR_EQ(cx.who->owns[0], "user:development/guest");
	OK(cx.who->owns[1] == NULL && cx.who->by_cookie);
	OK(ask(&cx, "Bearer x", "catalog.entity.read") == ERR_AUTH);
	cx = with_conf(
		mem, "{\"permission\":{\"enabled\":true},\"auth\":{\"providers\":{\"guest\":{\"userEntityRef\":"
		     "\"user:default/visitor\",\"ownershipEntityRefs\":[\"group:default/all\",\"user:default/visitor\",7]}}}}");
	OK(ask(&cx, NULL, "catalog.entity.read") == 0);
	STR_EQ(cx.who->ref, "user:default/visitor");
	STR_EQ(cx.who->owns[1], "group:default/all");
	OK(cx.who->owns[2] == NULL);
	OK(ask(&cx, NULL, "catalog.entity.delete") == ERR_DENIED);
	OK(ask(&cx, NULL, "catalog.entity.refresh") == ERR_DENIED);
	OK(ask(&cx, NULL, "catalog.entity.validate") == ERR_DENIED);
	OK(ask(&cx, NULL, NULL) == 0);
}

static void test_static(struct arena *mem)
{
	struct ctx cx = with_conf(
		mem,
		"{\"permission\":{\"enabled\":true},\"backend\":{\"auth\":{\"externalAccess\":["
		"{\"type\":\"static\",\"options\":{\"token\":\"\",\"subject\":\"nobody\"}},"
		"{\"type\":\"static\",\"options\":{\"token\":\"full-token\",\"subject\":\"ci\"}},"
		"{\"type\":\"static\",\"options\":{\"token\":\"plugin-token\",\"subject\":\"p\"},\"accessRestrictions\":["
		"{\"plugin\":\"catalog\"}]},"
		"{\"type\":\"static\",\"options\":{\"token\":\"named-token\",\"subject\":\"n\"},\"accessRestrictions\":["
		"{\"plugin\":\"search\"},{\"plugin\":\"catalog\",\"permission\":\"catalog.entity.read, "
		"catalog.location.read\"}]},"
		"{\"type\":\"static\",\"options\":{\"token\":\"action-token\",\"subject\":\"a\"},\"accessRestrictions\":["
		"{\"plugin\":\"catalog\",\"permissionAttribute\":{\"action\":[\"read\",\"delete\"]}}]},"
		"{\"type\":\"static\",\"options\":{\"token\":\"broken-token\",\"subject\":\"b\"},\"accessRestrictions\":"
		"{\"plugin\":\"catalog\"}},"
		"{\"type\":\"static\",\"options\":{\"token\":\"nothing-token\",\"subject\":\"b\"},\"accessRestrictions\":[]},"
		"{\"type\":\"other\",\"options\":{\"token\":\"other-token\",\"subject\":\"o\"}}]}}}");

	OK(ask(&cx, "Bearer full-token", "catalog.entity.delete") == 0);
	OK(cx.who->kind == WHO_SERVICE && !cx.who->by_cookie);
	STR_EQ(cx.who->ref, "ci");
	OK(ask(&cx, "bEARER   full-token ", "kubernetes.proxy") == 0);
	OK(ask(&cx, "Bearer full-toke", "catalog.entity.read") == ERR_AUTH);
	OK(ask(&cx, "Bearer full-token1", "catalog.entity.read") == ERR_AUTH);
	OK(ask(&cx, "Bearer full-tokem", "catalog.entity.read") == ERR_AUTH);
	STR_EQ(cx.err.text, "Illegal token");
	OK(ask(&cx, "Bearer other-token", "catalog.entity.read") == ERR_AUTH);

	OK(ask(&cx, "Bearer plugin-token", "catalog.entity.delete") == 0);
	OK(ask(&cx, "Bearer plugin-token", "search.query.read") == ERR_DENIED);
	OK(ask(&cx, "Bearer plugin-token", "catalogue.entity.read") == ERR_DENIED);
	OK(ask(&cx, "Bearer named-token", "catalog.location.read") == 0);
	OK(ask(&cx, "Bearer named-token", "catalog.entity.read") == 0);
	OK(ask(&cx, "Bearer named-token", "catalog.entity.delete") == ERR_DENIED);
	OK(ask(&cx, "Bearer named-token", "search.anything") == 0);
	OK(ask(&cx, "Bearer action-token", "catalog.entity.delete") == 0);
	OK(ask(&cx, "Bearer action-token", "catalog.location.analyze") == 0);
	OK(ask(&cx, "Bearer action-token", "catalog.entity.refresh") == ERR_DENIED);
	OK(ask(&cx, "Bearer action-token", "catalog.entity.validate") == ERR_DENIED);
	OK(ask(&cx, "Bearer broken-token", "catalog.entity.read") == ERR_DENIED);
	OK(ask(&cx, "Bearer nothing-token", "catalog.entity.read") == ERR_DENIED);
}

static void test_jwks(struct arena *mem)
{
	pid_t server = start_key_server();
	struct ctx cx = with_conf(mem, arena_printf(mem,
						    "{\"backend\":{\"auth\":{\"externalAccess\":["
						    "{\"type\":\"static\",\"options\":{\"token\":\"s\",\"subject\":\"ci\"}},"
						    "{\"type\":\"jwks\",\"options\":{\"url\":\"http://127.0.0.1:%u/keys\","
						    "\"issuer\":\"https://issuer.example\",\"algorithm\":\"ES256\","
						    "\"audience\":[\"x\",\"backstage\"],\"subjectPrefix\":\"my\"},"
						    "\"accessRestrictions\":[{\"plugin\":\"catalog\"}]}]}}}",
						    port));

	OK(ask_token(&cx, "not.a.token") == ERR_AUTH);
	OK(ask_token(&cx, GOOD) == 0);
	STR_EQ(cx.who ? cx.who->ref : cx.err.text, "external:my:ci");
	OK(cx.who && cx.who->kind == WHO_SERVICE);
	OK(identity_allow(&cx, "search.query.read") == ERR_DENIED);
	OK(*served == 1);
	OK(ask_token(&cx, FORGED) == ERR_AUTH);
	STR_EQ(cx.err.text, "Illegal token");
	OK(ask_token(&cx, OTHER_ISSUER) == ERR_AUTH);
	OK(ask_token(&cx, OTHER_AUDIENCE) == ERR_AUTH);
	OK(ask_token(&cx, EXPIRED) == ERR_AUTH);
	OK(ask_token(&cx, NO_SUBJECT) == ERR_AUTH);
	OK(*served == 1);
	/* A key that is not known is looked for, but not each time somebody invents one. */
	OK(ask_token(&cx, ROTATED) == 0);
	OK(*served == 2);
	OK(ask_token(&cx, "eyJhbGciOiJFUzI1NiIsImtpZCI6Im5vbmUifQ.e30.AAAA") == ERR_AUTH);
	OK(*served == 2);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	/* The issuer is away: what is known still counts, and one that was never reached is said to be away. */
	OK(ask_token(&cx, GOOD) == 0);
	cx = with_conf(mem, arena_printf(mem,
					 "{\"backend\":{\"auth\":{\"externalAccess\":[{\"type\":\"jwks\",\"options\":"
					 "{\"url\":\"http://127.0.0.1:%u/away\"}}]}}}",
					 port));
	OK(ask_token(&cx, GOOD) == ERR_UNAVAILABLE);
	OK(ask_token(&cx, GOOD) == ERR_UNAVAILABLE);
	OK(ask_token(&cx, "nodots") == ERR_AUTH);
}

int main(void)
{
	ARENA mem = { 0 };

	log_open("/dev/null", LOG_ERROR_);
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_nobody(&mem);
	test_guest(&mem);
	test_static(&mem);
	test_jwks(&mem);
	return DONE();
}
