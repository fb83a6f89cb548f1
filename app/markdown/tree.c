/* Nodes of the tree and their attributes. */
#include "markdown/private.h"

static struct node *new_node(struct md *md, struct node *parent, enum node_kind kind, size_t weight)
{
	struct node *n = arena_new(md->mem, struct node);

	/* A small source can ask for a great many nodes (cells of tables): better to stop before they are there. */
	md_weigh(md, weight);
	n->kind = kind;
	if (parent)
		tree_insert(parent, NULL, n);
	return n;
}

struct node *tree_add(struct md *md, struct node *parent, const char *tag)
{
	struct node *n = new_node(md, parent, NODE_ELEMENT, 2 * strlen(tag) + 5);

	n->tag = tag;
	return n;
}

struct node *tree_text(struct md *md, struct node *parent, struct str text)
{
	struct node *n = new_node(md, parent, NODE_TEXT, 0);

	n->text = text;
	return n;
}

void tree_insert(struct node *parent, struct node *before, struct node *n)
{
	n->parent = parent;
	n->depth = parent->depth + 1;
	n->next = before;
	n->prev = before ? before->prev : parent->last;
	*(n->prev ? &n->prev->next : &parent->first) = n;
	*(before ? &before->prev : &parent->last) = n;
}

void tree_remove(struct node *n)
{
	*(n->prev ? &n->prev->next : &n->parent->first) = n->next;
	*(n->next ? &n->next->prev : &n->parent->last) = n->prev;
	n->parent = n->prev = n->next = NULL;
}

struct node *tree_last(const struct node *n)
{
	struct node *child = n->last;

	while (child && child->kind == NODE_TEXT)
		child = child->prev;
	return child;
}

bool tree_is(const struct node *n, const char *tag)
{
	return n && n->kind == NODE_ELEMENT && streq(n->tag, tag);
}

bool tree_is_list(const struct node *n)
{
	return tree_is(n, "ul") || tree_is(n, "ol");
}

bool tree_is_heading(const struct node *n)
{
	return n->kind == NODE_ELEMENT && n->tag[0] == 'h' && n->tag[1] >= '1' && n->tag[1] <= '6' && !n->tag[2];
}

struct node *tree_head(const struct node *n)
{
	return n->first && n->first->kind == NODE_TEXT && n->first->text.n ? n->first : NULL;
}

void tree_wrap_head(struct md *md, struct node *n)
{
	struct node *head = tree_head(n), *p;

	if (!head)
		return;
	tree_remove(head);
	p = tree_add(md, NULL, "p");
	tree_insert(n, n->first, p);
	tree_insert(p, NULL, head);
}

const struct attr *attr_find(const struct attrs *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_is(a->items[i].name, name))
			return &a->items[i];
	return NULL;
}

struct str attr_get(const struct attrs *a, const char *name)
{
	const struct attr *at = attr_find(a, name);

	return at ? at->value : (struct str){ "", 0 };
}

enum { ATTRS_MAX = 64 };

void attr_setn(struct md *md, struct attrs *a, struct str name, struct str value)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->items[i].name, name)) {
			a->items[i].value = value;
			return;
		}
	if (a->n < ATTRS_MAX)
		*list_add(md->mem, a) = (struct attr){ name, value };
}

void attr_set(struct md *md, struct attrs *a, const char *name, const char *value)
{
	attr_setn(md, a, str_of(name), str_of(value));
}

void attr_class(struct md *md, struct attrs *a, struct str class)
{
	struct str old = attr_get(a, "class");
	struct buf both = { .mem = md->mem };

	if (old.n) {
		/* Each class is copied as often as others follow: hostile lists end here. */
		if (!md_spend(md, old.n))
			return;
		buf_add(&both, old.p, old.n);
		buf_addc(&both, ' ');
	}
	buf_add(&both, class.p, class.n);
	attr_setn(md, a, STR("class"), buf_str(&both));
}
