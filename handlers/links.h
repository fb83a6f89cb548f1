/* URLs of the portal's own pages, made in one place. */
#ifndef HANDLERS_LINKS_H
#define HANDLERS_LINKS_H

#include "base/list.h"

/* /catalog/:namespace/:kind/:name of a full ref; parts percent-encoded. "#" for what is no full ref. */
const char *link_entity(struct arena *mem, const char *ref);
/* A tab of an entity's page ("apis"); "": the page itself. */
const char *link_entity_tab(struct arena *mem, const char *ref, const char *tab);
/* A card ("cards") or tab ("plugins") of a plugin on an entity's page. */
const char *link_entity_plugin(struct arena *mem, const char *ref, const char *what, const char *plugin, const char *id);
const char *link_widget(struct arena *mem, const char *plugin, const char *id);
/* What is known of a plugin. */
const char *link_plugin(struct arena *mem, const char *name);
/* An entity looked at from behind; tab: "yaml", "" for the first of them. */
const char *link_inspect(struct arena *mem, const char *ref, const char *tab);
/* The index of a kind ("component") with one filter more ("type", "service"); param NULL: none. */
const char *link_index(struct arena *mem, const char *kind, const char *param, const char *value);
/* The index of what these own; type "": of any. */
const char *link_owned(struct arena *mem, const char *kind, const char *type, const struct text_list *owners);
const char *link_search(struct arena *mem, const char *text);
/* The graph around an entity; others: its other options as a query ("" for none). ref NULL: the graph page itself. */
const char *link_graph(struct arena *mem, const char *ref, const char *others);
/* What the drawing of that page is made from, as JSON. query: as the page's. */
const char *link_graph_data(struct arena *mem, const char *query);
/* The definition of an API entity; what: "" for the page, "raw" for the text. */
const char *link_definition(struct arena *mem, const char *ref, const char *what);
/* The page on which a renderer ("openapi") shows a definition, to be framed. */
const char *link_renderer(struct arena *mem, const char *renderer);
/* The URL itself when a browser may follow it (http, https, mailto, or a path of this portal), else "#". */
const char *link_external(const char *url);
/* The sign-in page, from which people go on to a path of this portal; the same after signing out. */
const char *link_login(struct arena *mem, const char *to);
const char *link_signed_out(void);
/* Where a provider's own sign-in begins. */
const char *link_sign_in_start(struct arena *mem, const char *provider, const char *environment, const char *to);
/* Where the provider sends the browser back to; query: "" or "?…". */
const char *link_sign_in_return(struct arena *mem, const char *provider, const char *query);
/* A page for those who run the portal ("jobs"); query: "" or "?…". */
const char *link_admin(struct arena *mem, const char *tab, const char *query);
const char *link_sessions(void);
const char *link_session_end(struct arena *mem, uint64_t id);
/* Where that which Backstage has at a path ("/home") is here; NULL: nowhere else. */
const char *link_moved(const char *path);
/* Percent-encodes all but unreserved characters. */
const char *link_encode(struct arena *mem, const char *s);
/* An entity's documentation, or a page of it ("guide/setup/"); "": its first. "#" for what is no full ref. */
const char *link_docs(struct arena *mem, const char *ref, const char *page);
/* What is found in an entity's documentation, as a part of a page. */
const char *link_search_in(struct arena *mem, const char *ref);
/* Where nginx finds a file of a site: nobody else may ask for it. */
const char *link_docs_inside(struct arena *mem, const char *site, const char *file);
/* What comes of a look at its source, as events, for who has a build already (its path; "": none); where a look is asked for.
 */
const char *link_docs_events(struct arena *mem, const char *ref, const char *have);
const char *link_docs_refresh(struct arena *mem, const char *ref);
/* The page of one's own API tokens, and where one is revoked. */
const char *link_tokens(void);
const char *link_token_revoke(struct arena *mem, const char *id);
/* Kubernetes of an entity: "" for its tab, else what of it ("object", "log"); query: "" or what follows the "?". */
const char *link_kubernetes(struct arena *mem, const char *ref, const char *what, const char *query);
/* The form of a template (a full ref), and the page of a task. */
const char *link_template(struct arena *mem, const char *ref);
const char *link_task(struct arena *mem, const char *id);
/* What is below a task's page ("/log", "?step=fetch"); the form of its template, filled in as it was ("" for what is no ref).
 */
const char *link_task_part(struct arena *mem, const char *id, const char *rest);
const char *link_start_over(struct arena *mem, const char *template_ref, const char *id);

#endif
