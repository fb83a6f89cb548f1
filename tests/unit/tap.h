/* Test assertions that print TAP: OK(cond), STR_EQ(got, want), DONE(). */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdio.h>
#include <string.h>

static int tap_n, tap_bad;

#define OK(cond)                                                                                                               \
	do {                                                                                                                   \
		int ok_ = !!(cond);                                                                                            \
		tap_bad += !ok_;                                                                                               \
		printf("%sok %d - %s:%d %s\n", ok_ ? "" : "not ", ++tap_n, __FILE__, __LINE__, #cond);                         \
	} while (0)
#define STR_EQ(got, want)                                                                                                      \
	do {                                                                                                                   \
		const char *got_ = (got), *want_ = (want);                                                                     \
		int ok_ = got_ && want_ ? strcmp(got_, want_) == 0 : got_ == want_;                                            \
		tap_bad += !ok_;                                                                                               \
		printf("%sok %d - %s:%d %s\n", ok_ ? "" : "not ", ++tap_n, __FILE__, __LINE__, #got);                          \
		if (!ok_)                                                                                                      \
			printf("# got  %s\n# want %s\n", got_ ? got_ : "(null)", want_ ? want_ : "(null)");                    \
	} while (0)
#define DONE() (printf("1..%d\n", tap_n), tap_bad != 0)

#endif
