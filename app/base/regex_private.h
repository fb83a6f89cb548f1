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
	size_t n_groups;
	size_t n_slots; /* two a group, then the marks */
	unsigned flags;
};

/* A pattern being compiled. */
struct regex_compiler {
	struct arena *mem;
	const char *p, *end;
	const char *why; /* set once something is wrong */
	struct {
		struct regex_code *items;
		size_t n, cap;
	} code;
	struct {
		struct regex_set *items;
		size_t n, cap;
	} sets;
	struct {
		const char **items;
		size_t n, cap;
	} names;      /* of all groups, found before parsing; [0] is the whole match */
	size_t group; /* the last one opened */
	size_t marks;
	int nest;
	size_t work; /* instructions emitted, those that were dropped again too */
};

/* Notes what is wrong first (false, always). */
bool regex_wrong(struct regex_compiler *c, const char *why);
bool regex_more(const struct regex_compiler *c);
bool regex_next_is(const struct regex_compiler *c, const char *text);
/* Takes text if it comes next. */
bool regex_take(struct regex_compiler *c, const char *text);
uint32_t regex_take_char(struct regex_compiler *c);
bool regex_emit(struct regex_compiler *c, struct regex_code code);
/* Behind "[": the class. */
bool regex_bracket(struct regex_compiler *c);
/* Behind a backslash outside a class. *edge: it was \b or \B, which no quantifier may follow. */
bool regex_escape(struct regex_compiler *c, bool *edge);

/* Whether a general category, by the short or long name that follows \p{, is known; its class in *out. */
bool regex_property(struct str name, enum regex_class *out);
bool regex_in_class(enum regex_class class, uint32_t c);
uint32_t regex_fold(uint32_t c);

#endif
