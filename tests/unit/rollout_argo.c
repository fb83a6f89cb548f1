/* Rollouts of Argo as workloads: steps, versions, what waits; what is none stays a custom resource. */
#include "kubernetes/rollout.h"

#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

static struct arena mem;

#define META(name) "\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\"}"
#define SET(name, hash, ready)                                                                                                 \
	"{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\",\"labels\":{\"rollouts-pod-template-hash\":\"" hash       \
	"\"},\"annotations\":{\"rollout.argoproj.io/revision\":\"" ready "\"},"                                                \
	"\"ownerReferences\":[{\"kind\":\"Rollout\",\"name\":\"front\"}]},"                                                    \
	"\"spec\":{\"replicas\":" ready ",\"template\":{\"spec\":{\"containers\":[{\"image\":\"front:" hash "\"}]}}},"         \
	"\"status\":{\"replicas\":" ready ",\"readyReplicas\":" ready "}}"
#define POD                                                                                                                    \
	"{\"metadata\":{\"name\":\"front-b-1\",\"namespace\":\"shop\",\"ownerReferences\":[{\"kind\":\"ReplicaSet\","          \
	"\"name\":\"front-b\"}]},\"status\":{\"phase\":\"Running\"}}"
#define ROLLOUT(strategy, status)                                                                                              \
	"{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\"," META("front") ",\"spec\":{\"replicas\":4,"            \
										       "\"strategy\":" strategy                \
										       "},\"status\":" status "}"
/* As an answer has them; the rollout is in the second list of custom resources. */
#define ANSWER(rollout)                                                                                                        \
	"[{\"type\":\"pods\",\"resources\":[" POD                                                                              \
	"]},{\"type\":\"replicasets\",\"resources\":[" SET("front-a", "a", "3") "," SET("front-b", "b", "1") "," SET(          \
		"front-c", "c", "0") "]},"                                                                                     \
				     "{\"type\":\"customresources\",\"resources\":[{\"kind\":\"Other\"}]},"                    \
				     "{\"type\":\"customresources\",\"resources\":[" rollout "]}]"

#define CANARY                                                                                                                 \
	"{\"canary\":{\"steps\":[{\"setWeight\":25},{\"pause\":{\"duration\":\"10m\"}},{\"pause\":{}},"                        \
	"{\"analysis\":{\"templates\":[{\"templateName\":\"errors\"}]}},{\"pause\":{\"duration\":60}},"                        \
	"{\"setCanaryScale\":{\"replicas\":2}},{\"later\":{}},7]}}"
#define PAUSED                                                                                                                 \
	"{\"phase\":\"Paused\",\"message\":\"CanaryPauseStep\",\"currentStepIndex\":2,\"currentPodHash\":\"b\","               \
	"\"stableRS\":\"a\",\"readyReplicas\":4,\"pauseConditions\":[{\"reason\":\"CanaryPauseStep\","                         \
	"\"startTime\":\"2026-11-22T11:00:00Z\"}],\"canary\":{\"weights\":{\"canary\":{\"weight\":25}},"                       \
	"\"currentStepAnalysisRunStatus\":{\"name\":\"front-b-1\",\"status\":\"Running\"}}}"

static const struct json *tables(const char *answer)
{
	return rollout_tables(&mem, recorded_json(&mem, str_of(answer)), NULL, 0);
}

static const char *text(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (v)
		json_write(&b, v);
	return buf_text(&b);
}

/* "canary:front-b stable:front-a" */
static const char *roles(const struct json *argo)
{
	const struct json *list = json_get(argo, "versions");
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < json_len(list); i++)
		buf_addf(&b, "%s%s:%s", i ? " " : "", json_get_text(list->a.items[i], "role", ""),
			 json_get_text(list->a.items[i], "name", ""));
	return buf_text(&b);
}

static void canary(void)
{
	const struct json *w = json_get(tables(ANSWER(ROLLOUT(CANARY, PAUSED))), "workloads"), *one = w->a.items[0],
			  *argo = json_get(one, "argo"), *steps = json_get(argo, "steps");
	struct buf b = { .mem = &mem };

	OK(json_len(w) == 1);
	STR_EQ(json_get_text(one, "kind", ""), "Rollout");
	STR_EQ(json_get_text(one, "apiVersion", ""), "argoproj.io/v1alpha1");
	OK(json_get_num(one, "ready", 0) == 4 && json_get_num(one, "desired", 0) == 4);
	OK(json_len(json_get(one, "pods")) == 1);
	STR_EQ(json_get_text(argo, "strategy", ""), "canary");
	STR_EQ(json_get_text(argo, "pausedSince", ""), "2026-11-22T11:00:00Z");
	OK(json_get_num(argo, "weight", 0) == 25 && json_get_num(argo, "step", 0) == 2);
	STR_EQ(roles(argo), "canary:front-b stable:front-a");
	STR_EQ(text(json_get(json_get(argo, "versions")->a.items[0], "images")), "[\"front:b\"]");
	STR_EQ(text(json_get(argo, "analysis")), "{\"name\":\"front-b-1\",\"status\":\"Running\"}");
	for (size_t i = 0; i < json_len(steps); i++)
		buf_addf(&b, "%s %s\n", json_get_text(steps->a.items[i], "state", ""),
			 json_get_text(steps->a.items[i], "text", ""));
	STR_EQ(buf_text(&b), "done Weight 25 %\ndone Pause 10m\nnow Pause until it is promoted\nnext Analysis errors\n"
			     "next Pause 60s\nnext Scale to 2 pods\nnext later\nnext ?\n");
}

static void colours(void)
{
	const struct json *argo = json_get(
		json_get(
			tables(ANSWER(ROLLOUT(
				"{\"blueGreen\":{\"activeService\":\"front\",\"previewService\":\"front-next\"}}",
				"{\"phase\":\"Healthy\",\"blueGreen\":{\"activeSelector\":\"a\",\"previewSelector\":\"b\"}}"))),
			"workloads")
			->a.items[0],
		"argo");

	STR_EQ(json_get_text(argo, "strategy", ""), "blueGreen");
	STR_EQ(json_get_text(argo, "activeService", ""), "front");
	STR_EQ(json_get_text(argo, "previewService", ""), "front-next");
	STR_EQ(roles(argo), "preview:front-b active:front-a");
	OK(!json_get(argo, "steps"));
}

/* The replica sets are workloads of their own then, and the rollout is a custom resource. */
static void others(void)
{
	static const char *const answers[] = {
		ANSWER(ROLLOUT("{}", "{}")),
		ANSWER(ROLLOUT("{\"canary\":7}", "{}")),
		ANSWER(ROLLOUT("null", "null")),
		ANSWER("{\"kind\":\"Rollout\",\"apiVersion\":\"example.com/v1\",\"spec\":{\"strategy\":{\"canary\":{}}}}"),
	};

	for (size_t i = 0; i < LEN(answers); i++)
		OK(json_len(json_get(tables(answers[i]), "workloads")) == 3);
	OK(json_len(json_get(tables(ANSWER(ROLLOUT("{\"canary\":{}}", "7"))), "workloads")) == 1);
}

static void any_shape(void)
{
	size_t rows = 0;

	for (unsigned round = 1; round <= 200; round++) {
		unsigned seed = round;
		struct json *list = recorded_json(&mem, STR(ANSWER(ROLLOUT(CANARY, PAUSED))));

		recorded_spoil(&mem, list, &seed);
		rows += json_len(json_get(rollout_tables(&mem, list, NULL, 0), "workloads"));
		arena_reset(&mem);
	}
	OK(rows > 50);
}

int main(void)
{
	canary();
	colours();
	others();
	any_shape();
	arena_release(&mem);
	return DONE();
}
