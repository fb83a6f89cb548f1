/* Frames between those who ask and the process that asks clusters, and between that and those who run rules. A connection is
 * for one question. */
#ifndef KUBERNETES_WIRE_H
#define KUBERNETES_WIRE_H

#include <stdint.h>

/* Before the question, and before the answer: how many bytes of JSON follow. code: 0, or ERR_* with its text as what follows.
 */
struct kube_head {
	uint32_t n;
	int32_t code;
};
/* Of objects that rules look at, there may be more in one namespace than anybody asks for at once. */
enum { KUBE_QUESTION_MOST = 8 << 20, RULES_QUESTION_MOST = 32 << 20, RULES_ANSWER_MOST = 16 << 20 };

#endif
