/* When cron jobs run: the schedules of Kubernetes. */
#ifndef KUBERNETES_SCHEDULE_H
#define KUBERNETES_SCHEDULE_H

#include <stdint.h>

#include "base/arena.h"

/*
 * The first time after another (ms since 1970) that a cron job runs: schedule is its spec.schedule (five fields, "@daily",
 * "TZ=Europe/Berlin 0 3 * * *"), time_zone its spec.timeZone; NULL: UTC, as controllers are run nearly everywhere. -1: it
 * cannot be read, its zone is not known, or it never comes.
 */
int64_t schedule_next_ms(struct arena *mem, const char *schedule, const char *time_zone, int64_t after_ms);
/* In words: "every 10 minutes", "at 03:00 on weekdays"; NULL where words would say no more than the fields. */
const char *schedule_words(struct arena *mem, const char *schedule);

#endif
