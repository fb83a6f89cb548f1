/* Lines of a task's log, as people read them. */
#ifndef HANDLERS_TASK_LOG_H
#define HANDLERS_TASK_LOG_H

#include "scaffolder/task.h"

/* A text without what only terminals understand: colours, movements, control characters but tab and line break. */
const char *log_plain(struct arena *mem, const char *text);
/*
 * Lines of events: [{id, at, tone, parts: [{text, look}]}], each event's text as many rows as it has lines. tone: "bad",
 * "warn",
 * ""; look: what a terminal would make of it, as classes ("ansi-1 strong").
 */
struct json *log_rows(struct arena *mem, const struct task_event *events, size_t n);

#endif
