/* Frames between those who ask and the process that asks clusters, and between that and those who run rules. A connection is
 * for one question. */
#ifndef KUBERNETES_WIRE_H
#define KUBERNETES_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Before the question, and before the answer: how many bytes of JSON follow. code: 0, or ERR_* with its text as what follows.
 */
struct kube_head {
	uint32_t n;
	int32_t code;
};
/* Of objects that rules look at, there may be more in one namespace than anybody asks for at once. */
enum { KUBE_QUESTION_MOST = 8 << 20, RULES_QUESTION_MOST = 32 << 20, RULES_ANSWER_MOST = 16 << 20 };

/* All of it, on a socket that waits; false with errno, 0 when who is there has gone. */
bool wire_send(int fd, const void *bytes, size_t n);
bool wire_receive(int fd, void *bytes, size_t n);

#endif
