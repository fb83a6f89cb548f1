/* What those who read the log of a task go by: where it is, and when it is worth while to look. */
#ifndef SCAFFOLDER_TASK_NEWS_H
#define SCAFFOLDER_TASK_NEWS_H

#include "scaffolder/task.h"

/* The bell (base/bell.h) of a task. */
const char *task_bell(struct arena *mem, const char *id);
/* Rings it. Whoever has written events, or changed what state the task is in, does so after the commit. */
void task_ring(const char *id);

struct task_place {
	uint64_t last_event; /* the highest number of an event; 0: none yet */
	bool ended;
};
/* One short question. ERR_NOTFOUND. */
int task_place(struct ctx *cx, const char *id, struct task_place *out);

/*
 * For readers of tasks that another host may run: task_reader_joins() notes that this process has one of that task, and
 * task_readers_news() rings here (bell_ring_here()) for each task that has changed since it was last asked, with one question
 * whatever the number of readers. It is what web/park.h calls news.
 */
void task_reader_joins(const char *id);
int task_readers_news(struct ctx *cx);

#endif
