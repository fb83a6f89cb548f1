/* Frames between those who ask and the process that asks clusters. A connection is for one question. */
#ifndef KUBERNETES_WIRE_H
#define KUBERNETES_WIRE_H

#include <stdint.h>

/* Before the question, and before the answer: how many bytes of JSON follow. code: 0, or ERR_* with its text as what follows.
 */
struct kube_head {
	uint32_t n;
	int32_t code;
};
enum { KUBE_QUESTION_MOST = 8 << 20 };

#endif
