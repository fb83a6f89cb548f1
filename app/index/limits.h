/* Where the index's ways part; a test lowers them, before it makes an index. */
#ifndef INDEX_LIMITS_H
#define INDEX_LIMITS_H

#include <stdint.h>

extern struct index_limits {
	uint32_t list_most;  /* documents of a value that stand in a list, at most LIST_LIMIT; more are a bitmap */
	uint32_t block_most; /* values in a block */
	uint32_t scan_most;  /* values of a key that are looked at one by one for a part of them */
	uint32_t gram_step;  /* documents whose parts are taken in at once */
	uint32_t gather;     /* gathering a document to order it takes as long as so many steps of a walk */
	uint32_t known;      /* documents that may have a part; beyond that the outcome is kept */
	uint32_t spread;     /* a set that is asked more often than that is spread out as bits */
} index_limits;
enum { LIST_LIMIT = 256, BLOCK_LIMIT = 255 };

#endif
