/* What the compiler and the matcher of regular expressions share. Only regex*.c includes this. */
#ifndef BASE_REGEX_PRIVATE_H
#define BASE_REGEX_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/regex.h"

/* Jumps are relative to their own place, so that code can be moved and repeated. */
enum regex_op {
	OP_CHAR,   /* x: code point */
	OP_ANY,    /* any but a line end */
	OP_SET,    /* x: index of the set */
	OP_SPLIT,  /* goes on at the next, later at +x; lazy: the other way round */
	OP_JUMP,   /* +x */
	OP_SAVE,   /* x: slot that takes the position */
	OP_RESET,  /* x, y: first slot and behind the last, made unset */
	OP_MARK,   /* x: slot */
	OP_MOVED,  /* x: slot; fails unless the position differs from the marked one */
	OP_REPEAT, /* the next instruction, one character long, x to y times */
	OP_BEGIN,
	OP_END,
	OP_WORD, /* negate: not at a word's edge */
	OP_BACK, /* x: group */
	OP_LOOK, /* the body follows and ends in OP_ACCEPT; goes on at +x. negate, behind */
	OP_ACCEPT
};

struct regex_code {
	uint8_t op;
	bool lazy, negate, behind;
	uint32_t x, y;
};

enum regex_class { CLASS_RANGE, CLASS_L, CLASS_LU, CLASS_LL, CLASS_M, CLASS_N, CLASS_ND, CLASS_P, CLASS_S, CLASS_ANY };
struct regex_item {
	enum regex_class class;
	bool negate;
	uint32_t lo, hi;
};
struct regex_set {
	bool negate;
	struct regex_item *items;
	size_t n, cap;
};

#define REGEX_NONE UINT32_MAX

struct regex {
	struct regex_code *code;
	size_t n_code;
	struct regex_set *sets;
	size_t n_sets;
	const char **names; /* per group */
	size_t n_groups;
	size_t n_slots; /* two a group, then the marks */
	unsigned flags;
};

/* Whether a general category, by the short or long name that follows \p{, is known; its class in *out. */
bool regex_property(struct str name, enum regex_class *out);
bool regex_in_class(enum regex_class class, uint32_t c);
uint32_t regex_fold(uint32_t c);

#endif
