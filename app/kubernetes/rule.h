/*
 * Health rules of plugins: which objects each looks at, what it sees around them, and what it may say. Pure functions, as those
 * of detect.h: who calls the rule itself is elsewhere (plugins/health.c). A rule is a row of a manifest: {id, title, severity?,
 * kinds, with?, advice?, docs?}.
 */
#ifndef KUBERNETES_RULE_H
#define KUBERNETES_RULE_H

#include "base/ctx.h"
#include "base/json.h"

enum { RULES_MOST = 50 }; /* of a plugin */

/* Objects of one cluster, and what is known about them. */
struct scene;
/*
 * q: {cluster: {name, title?}, objects: [object], events: [event]}. Objects are whole, with kind and apiVersion; what is none
 * is passed over, and members that are null are taken out. All of it must live as long as mem.
 */
struct scene *scene_new(struct arena *mem, const struct json *q, int64_t now_ms);
/* Objects with that value of the label backstage.io/kubernetes-id are this entity's; id NULL: those without a known label are.
 */
void scene_entity(struct scene *s, const char *id, const struct json *entity);
/* The values of that label, each once: [text]. */
struct json *scene_ids(const struct scene *s);
/* The objects: an array. */
const struct json *scene_objects(const struct scene *s);

/* Does a list of kinds ("Deployment", "Rollout.argoproj.io"; NULL: none) name the object's? */
bool kinds_name(const struct json *kinds, const struct json *object);
/*
 * What a rule sees beside the object: {cluster, now (ms), entity?, events, owners: [object] (the nearest first), owned:
 * [object] (through others, too), with: {KIND: [object]} (of the same namespace, or of none)}. Nothing is copied.
 */
struct json *rule_around(struct arena *mem, const struct scene *s, const struct json *row, const struct json *object);
/*
 * Takes what a rule has given back about an object: NULL or null for nothing, a finding {message, since?, severity?,
 * container?, reason?, advice?, docs?}, or a list of those. Appends findings as detect.h has them to out, with id PLUGIN.RULE,
 * source {plugin, title}, and given, the reference of the entity that the rule saw. ERR_INPUT says what is wrong, and nothing
 * is appended.
 */
struct rule_source {
	const char *plugin, *title;
	const struct json *row;
};
int rule_take(struct ctx *cx, const struct scene *s, const struct rule_source *of, const struct json *object,
	      const struct json *said, struct json *out);

#endif
