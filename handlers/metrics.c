/* Metrics in Prometheus's text format. nginx lets only this host ask for them. */
#include "base/clock.h"
#include "base/counters.h"
#include "base/map.h"
#include "catalog/body_cache.h"
#include "handlers/routes.h"
#include "jobs/jobs.h"
#include "plugins/board.h"
#include "plugins/metric.h"
#include "server/scoreboard.h"

static const char *const method_names[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "" };

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* A label's value: backslash, quote and line break are written with a backslash. */
static void label(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_addc(b, '\\');
		if (*value == '\n')
			buf_adds(b, "\\n");
		else
			buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

static void route_labels(struct buf *b, size_t i)
{
	label(b, "route", i < n_routes ? routes[i].pattern : "none");
	buf_addc(b, ',');
	label(b, "method", i < n_routes ? method_names[routes[i].method] : "any");
}

static void requests(struct buf *b, const struct board *sb)
{
	head(b, "callboard_http_requests_total", "counter", "Answered requests");
	for (size_t i = 0; i <= n_routes; i++) {
		for (size_t s = 0; s < N_STATUS; s++) {
			uint64_t n = load(&sb->routes[i].status[s]);

			if (!n)
				continue;
			buf_adds(b, "callboard_http_requests_total{");
			route_labels(b, i);
			if (status_at(s))
				buf_addf(b, ",status=\"%d\"} %llu\n", status_at(s), (unsigned long long)n);
			else
				buf_addf(b, ",status=\"other\"} %llu\n", (unsigned long long)n);
		}
	}
}

static void bucket(struct buf *b, size_t i, const char *le, uint64_t n)
{
	buf_adds(b, "callboard_http_request_duration_seconds_bucket{");
	route_labels(b, i);
	buf_addf(b, ",le=\"%s\"} %llu\n", le, (unsigned long long)n);
}

static void latency_of(struct buf *b, const struct route_stat *r, size_t i)
{
	uint64_t sum = 0;

	for (size_t l = 0; l < N_LATENCY; l++)
		bucket(b, i, arena_printf(b->mem, "%g", (double)latency_bound_us(l) / 1e6), sum += load(&r->latency[l]));
	sum += load(&r->latency[N_LATENCY]);
	bucket(b, i, "+Inf", sum);
	buf_adds(b, "callboard_http_request_duration_seconds_sum{");
	route_labels(b, i);
	buf_addf(b, "} %.6f\n", (double)load(&r->us) / 1e6);
	buf_adds(b, "callboard_http_request_duration_seconds_count{");
	route_labels(b, i);
	buf_addf(b, "} %llu\n", (unsigned long long)sum);
}

/* Routes that nobody asked for yet are left out, to keep the answer small. */
static void latencies(struct buf *b, const struct board *sb)
{
	head(b, "callboard_http_request_duration_seconds", "histogram",
	     "Time from reading a request to having sent its answer");
	for (size_t i = 0; i <= n_routes; i++) {
		uint64_t n = 0;

		for (size_t l = 0; l <= N_LATENCY; l++)
			n += load(&sb->routes[i].latency[l]);
		if (n)
			latency_of(b, &sb->routes[i], i);
	}
}

static void workers(struct buf *b, const struct board *sb)
{
	static const char *const states[] = { "free", "starting", "idle", "reading", "busy", "ending" };
	unsigned count[N_POOLS][LEN(states)] = { { 0 } };
	uint64_t kb[N_POOLS] = { 0 };

	for (size_t i = 0; i < MAX_WORKERS; i++) {
		const struct slot *s = &sb->slots[i];

		if (!s->pid || s->pool >= N_POOLS || s->state >= LEN(states))
			continue;
		count[s->pool][s->state]++;
		kb[s->pool] += s->rss_kb;
	}
	head(b, "callboard_workers", "gauge", "Workers by pool and state");
	for (enum pool p = 0; p < N_POOLS; p++)
		for (size_t s = 1; s < LEN(states); s++)
			if (sb->wanted[p] || count[p][s])
				buf_addf(b, "callboard_workers{pool=\"%s\",state=\"%s\"} %u\n", pool_name(p), states[s],
					 count[p][s]);
	head(b, "callboard_workers_memory_bytes", "gauge", "Memory of their own that the workers of a pool use together");
	for (enum pool p = 0; p < N_POOLS; p++)
		if (sb->wanted[p])
			buf_addf(b, "callboard_workers_memory_bytes{pool=\"%s\"} %llu\n", pool_name(p),
				 (unsigned long long)kb[p] * 1024);
}

static void gauge(struct buf *b, const char *name, const char *help, double value)
{
	head(b, name, "gauge", help);
	buf_addf(b, "%s %.15g\n", name, value);
}

/* Answers that wait for something to happen: web/park.h. */
static void held(struct buf *b, const struct board *sb)
{
	uint64_t n = 0;

	for (size_t i = 0; i < MAX_WORKERS; i++)
		n += sb->slots[i].pid ? __atomic_load_n(&sb->slots[i].held, __ATOMIC_RELAXED) : 0;
	gauge(b, "callboard_streams_waiting", "Event streams and long polls that wait just now", (double)n);
	gauge(b, "callboard_streams_waiting_limit", "How many may", (double)sb->wanted[POOL_WAIT] * (double)sb->wait_limit);
}

static void restarts(struct buf *b, const struct board *sb)
{
	static const char *const reasons[N_END_REASONS] = { "recycled", "crashed", "timeout", "memory" };

	head(b, "callboard_worker_ends_total", "counter", "Workers that ended and were replaced, by reason");
	for (enum pool p = 0; p < N_POOLS; p++)
		for (size_t r = 0; r < N_END_REASONS; r++)
			if (sb->wanted[p] || load(&sb->ends[p][r]))
				buf_addf(b, "callboard_worker_ends_total{pool=\"%s\",reason=\"%s\"} %llu\n", pool_name(p),
					 reasons[r], (unsigned long long)load(&sb->ends[p][r]));
	head(b, "callboard_generation", "gauge", "How many times program and configuration were loaded since the start");
	buf_addf(b, "callboard_generation %u\n", sb->generation);
	head(b, "callboard_start_time_seconds", "gauge", "When the server was started");
	buf_addf(b, "callboard_start_time_seconds %.3f\n", (double)sb->started_ms / 1000);
}

static void index_now(struct buf *b, const struct index_shared *ix)
{
	uint64_t want = load(&ix->want_seq), seq = load(&ix->seq);

	gauge(b, "callboard_index_up", "Whether the catalog's index answers",
	      load(&ix->state) == INDEX_READY && !load(&ix->away_us));
	gauge(b, "callboard_index_entities", "Entities in the index", (double)load(&ix->documents));
	gauge(b, "callboard_index_keys", "Different keys in the index", (double)load(&ix->keys));
	gauge(b, "callboard_index_values", "Different values in the index", (double)load(&ix->values));
	gauge(b, "callboard_index_memory_bytes", "Memory that the index takes", (double)load(&ix->bytes));
	gauge(b, "callboard_index_memory_limit_bytes", "Memory that it may take; 0: any", (double)load(&ix->limit));
	gauge(b, "callboard_index_change", "The last change of the catalog that the index has taken in", (double)seq);
	gauge(b, "callboard_index_behind_changes", "Changes made on this host that it has not taken in yet",
	      want > seq ? (double)(want - seq) : 0);
	gauge(b, "callboard_index_snapshot_time_seconds", "When its last snapshot was written; 0: not since the start",
	      (double)load(&ix->snapshot_ms) / 1000);
}

static void total(struct buf *b, const char *name, const char *help, uint64_t n)
{
	head(b, name, "counter", help);
	buf_addf(b, "%s %llu\n", name, (unsigned long long)n);
}

static void bodies(struct buf *b)
{
	struct body_cache_stats s;

	body_cache_stats(&s);
	gauge(b, "callboard_body_cache_bytes", "Memory for entities that lists have shown lately", (double)s.bytes);
	total(b, "callboard_body_cache_hits_total", "Entities of lists that were found there", s.hits);
	total(b, "callboard_body_cache_misses_total", "Entities of lists that were read from the database", s.misses);
}

static void counters(struct buf *b)
{
	for (enum counter c = 0; c < N_COUNTERS; c++)
		total(b, counter_name(c), counter_help(c), counter_get(c));
}

static void job_labels(struct buf *b, const char *name, const struct job_stat *s)
{
	buf_addf(b, "%s{", name);
	label(b, "queue", s->queue);
}

static void plugin_row(struct buf *b, const char *name, const struct plugin *p, double value)
{
	buf_addf(b, "%s{", name);
	label(b, "plugin", p->name);
	buf_addf(b, "} %.15g\n", value);
}

/* How plugins fare, and what they count themselves. */
static void plugin_rows(struct buf *b)
{
	static const char *const names[][3] = {
		{ "callboard_plugin_calls_total", "counter", "Calls of plugins' functions" },
		{ "callboard_plugin_failures_total", "counter", "Those that failed" },
		{ "callboard_plugin_seconds_total", "counter", "Time that they took" },
		{ "callboard_plugin_up", "gauge", "1: it is on; 0: it is off, broken, or switched off for its failures" },
	};
	for (size_t k = 0; k < LEN(names) && plugins()->n; k++) {
		head(b, names[k][0], names[k][1], names[k][2]);
		for (size_t i = 0; i < plugins()->n; i++) {
			const struct plugin *p = &plugins()->items[i];
			struct plugin_health h = plugin_health(p);
			double values[] = { (double)h.calls, (double)h.failures, (double)h.us / 1e6,
					    p->state == PLUGIN_ON && !h.off };

			plugin_row(b, names[k][0], p, values[k]);
		}
	}
}

/* All cells of a name in one plugin are one metric. */
static bool own_value(const struct plugin *p, const char *name, bool gauge, double *sum)
{
	struct plugin_metric m;
	bool found = false;

	*sum = 0;
	for (unsigned k = 0; k < METRICS_EACH; k++) {
		if (!plugin_metric(p, k, &m) || m.gauge != gauge || !streq(m.name, name))
			continue;
		*sum = gauge ? m.value : *sum + m.value;
		found = true;
	}
	return found;
}

/* The rows of one metric stand together, whichever plugins have it. */
static void own_group(struct buf *b, struct map *done, const struct plugin_metric *m)
{
	const char *name = arena_printf(b->mem, "callboard_plugin_own_%s%s", m->name, m->gauge ? "" : "_total");
	double sum;

	if (map_get(done, name))
		return;
	map_put(b->mem, done, name, done);
	head(b, name, m->gauge ? "gauge" : "counter", "Counted by plugins themselves");
	for (size_t i = 0; i < plugins()->n; i++)
		if (own_value(&plugins()->items[i], m->name, m->gauge, &sum))
			plugin_row(b, name, &plugins()->items[i], sum);
}

static void own_rows(struct buf *b)
{
	struct map done = { 0 };
	struct plugin_metric m;

	for (size_t i = 0; i < plugins()->n; i++)
		for (unsigned k = 0; k < METRICS_EACH; k++)
			if (plugin_metric(&plugins()->items[i], k, &m))
				own_group(b, &done, &m);
}

/* Without the database the rest is still shown: that is when it is needed most. */
static void jobs(struct buf *b, struct ctx *cx)
{
	struct job_stat *stats = NULL;
	size_t n = 0;
	bool up = job_stats(cx, &stats, &n) == 0;

	head(b, "callboard_database_up", "gauge", "Whether the database answered this request's question");
	buf_addf(b, "callboard_database_up %d\n", up);
	if (!up)
		return;
	head(b, "callboard_jobs", "gauge", "Jobs in the queue by state");
	for (size_t i = 0; i < n; i++) {
		job_labels(b, "callboard_jobs", &stats[i]);
		buf_addc(b, ',');
		label(b, "state", stats[i].state);
		buf_addf(b, "} %llu\n", (unsigned long long)stats[i].count);
	}
	head(b, "callboard_jobs_oldest_due_seconds", "gauge", "Age of the oldest job that is due");
	for (size_t i = 0; i < n; i++) {
		if (!streq(stats[i].state, "due"))
			continue;
		job_labels(b, "callboard_jobs_oldest_due_seconds", &stats[i]);
		buf_addf(b, "} %.3f\n", (double)stats[i].oldest_ms / 1000);
	}
}

static void search_now(struct buf *b, const struct index_shared *s)
{
	gauge(b, "callboard_search_up", "Whether search answers", load(&s->state) == INDEX_READY && !load(&s->away_us));
	gauge(b, "callboard_search_documents", "Documents that can be found", (double)load(&s->documents));
	gauge(b, "callboard_search_words", "Different words in them", (double)load(&s->keys));
	gauge(b, "callboard_search_memory_bytes", "Memory that search takes", (double)load(&s->bytes));
	gauge(b, "callboard_search_memory_limit_bytes", "Memory that it may take; 0: any", (double)load(&s->limit));
}

/* GET /metrics */
int metrics_show(struct req *rq, struct resp *rs)
{
	struct buf b = { .mem = rq->cx->mem };
	const struct board *sb = scoreboard();

	if (sb) {
		requests(&b, sb);
		latencies(&b, sb);
		workers(&b, sb);
		held(&b, sb);
		restarts(&b, sb);
		index_now(&b, &sb->index);
		search_now(&b, &sb->search);
	}
	bodies(&b);
	plugin_rows(&b);
	own_rows(&b);
	counters(&b);
	jobs(&b, rq->cx);
	resp_header(rs, "Cache-Control", "no-store");
	return resp_text(rs, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b));
}
