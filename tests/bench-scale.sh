#!/bin/sh
# A catalog of the size and shape of Spotify's: what lists, counts, facets and searches cost in it.
#
#	make bench-scale			all of it; BENCH_N=20000 for a quick try
#	tests/bench-scale.sh fill		makes the catalog and leaves the stack running
#	tests/bench-scale.sh ask|hold|follow|rates	the questions; memory and start of the index; how it follows changes; requests a second
#
# BENCH_N=750000 entities, read in by the ordinary way; requests a second are counted with 100,000 at most. Everything is in
# CALLBOARD_BENCH_STATE (.run-bench-scale), which "all" makes anew and takes away. CALLBOARD_DB_MEMORY is MariaDB's buffer pool [4G].
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-scale}" CALLBOARD_PORT="${CALLBOARD_PORT:-18089}"
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml"
export CALLBOARD_DB_MEMORY="${CALLBOARD_DB_MEMORY:-4G}"
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT n=${BENCH_N:-750000}
export TOKEN=token-of-the-bench-0123456789
. tests/bench/lib.sh

part=${1:-all}
tidy() {
	end_hellos
	[ "$part" != all ] || {
		sh tests/stack.sh stop
		rm -rf "$state"
	}
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# ---- the catalog ----

configure() {
	cat >"$CALLBOARD_CONFIG" <<-TXT
		backend:
		  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
		catalog:
		  orphanStrategy: keep
		  processingInterval: {hours: 24}
		  kinds:
		    - kind: Subcomponent
		      apiVersions: [example.test/v1]
		      fields:
		        - {name: type, type: text, required: true}
		        - {name: lifecycle, type: text, required: true}
		        - {name: owner, type: ref, required: true, relation: ownedBy, inverse: ownerOf, targetKind: Group}
		        - {name: subcomponentOf, type: ref, relation: partOf, inverse: hasPart, targetKind: Component}
		        - {name: consumesApis, type: refs, relation: consumesApi, inverse: apiConsumedBy, targetKind: API}
		        - {name: dependsOn, type: refs, relation: dependsOn, inverse: dependencyOf}
		  rules: [{allow: [Component, API, Resource, System, Group, User, Location, Template, Subcomponent]}]
		  locations: [{type: file, target: "$state/catalog/*.yaml"}]
	TXT
}

# Sources that nobody names any more leave orphans: entities with the annotation that says so.
make_orphans() {
	rm -f "$state"/catalog/lost-*.yaml
	sql "UPDATE job SET run_at = 0 WHERE queue = 'catalog.source' AND state = 0"
	wait_settled
}

fill() {
	sh tests/stack.sh stop 2>/dev/null || :
	rm -rf "$state"
	mkdir -p "$state/catalog"
	chmod 700 "$state"
	written=$(awk -v n="$n" -v dir="$state/catalog" -f tests/fixtures/scale.awk)
	configure
	begun=$(seconds_now)
	sh tests/stack.sh start >&2
	wait_settled
	took=$(since "$begun")
	is=$(sql "SELECT COUNT(*) FROM entity WHERE kind <> 'location'")
	[ "$is" = "$written" ] || echo "WRONG: $is entities instead of $written"
	make_orphans
	echo "$is entities were read in $took s ($(awk -v n="$is" -v s="$took" 'BEGIN { printf "%.0f", n / s }') a second):"
	sql "SELECT kind, COUNT(*), ROUND(AVG(LENGTH(body))), ROUND(AVG(LENGTH(body) - tail_at)), SUM(orphan) FROM entity GROUP BY kind" |
		awk -F '\t' '{ printf "  %-14s %7d, %5d bytes each, %4d of them relations, %d orphans\n", $1, $2, $3, $4, $5 }'
	sql "SELECT COUNT(*) * 2 FROM relation" | awk -v n="$is" '{ printf "  %.1f relations an entity, both directions counted\n", $1 / n }'
}

# ---- the twelve questions ----

by_query=/api/catalog/entities/by-query
popular=resource:default/amber-auth-res-000000
# name|what|Spotify's median in ms|path
questions() {
	cat <<-TXT
		components-page|a page of 20 components by name|22.6|$by_query?filter=kind=component&orderField=metadata.name,asc&limit=20
		components-count|count of components|452|$by_query?filter=kind=component&limit=0
		page|an unfiltered page of 20|0.15|$by_query?limit=20
		rare-facets|facets of a rare kind|0.84|/api/catalog/entity-facets?facet=spec.type&filter=kind=template
		components-facets|facets of components: spec.type|632|/api/catalog/entity-facets?facet=spec.type&filter=kind=component
		by-ref|an entity by its reference|0.12|/api/catalog/entities/by-name/component/default/brisk-auth-comp-000001
		text|full text %player%, page of 20|14.9|$by_query?fullTextFilterTerm=player&fullTextFilterFields=metadata.name,metadata.title&limit=20
		ancestry|one step of ancestry|0.13|/api/catalog/entities/by-name/component/default/brisk-auth-comp-000001/ancestry
		incoming|incoming references, page of 20|0.22|$by_query?filter=relations.dependson=$popular&limit=20
		count|count of all|514|$by_query?limit=0
		orphans|orphans, page of 20|1600|$by_query?filter=metadata.annotations.backstage.io/orphan=true&limit=20
		or-2000|ordered OR, limit 2,000|2760|$by_query?filter=kind=component,spec.type=service&filter=kind=api,spec.type=grpc&filter=kind=template&orderField=metadata.name,asc&limit=2000
	TXT
}
get() {
	curl -sf -g -H "Authorization: Bearer $TOKEN" "$base$1"
}
# milliseconds of wrk's "12.34us", "1.23ms" or "1.20s".
in_ms() {
	awk '{ f = /us$/ ? 0.001 : /ms$/ ? 1 : 1000; printf "%.3f\n", $1 * f }'
}
ask() {
	"$scale" "$state/index.sock" ask 500 >"$state/in-index"
	printf '\n| question | of | Spotify, ms | in the index, ms | through nginx, ms | times faster |\n|---|---:|---:|---:|---:|---:|\n'
	questions | while IFS='|' read -r name what theirs path; do
		get "$path" >"$state/said" || { echo "| $what | REFUSED |" && continue; }
		of=$(jq -r '.totalItems // (.facets // {} | .[] | length) // 1' "$state/said")
		index=$(awk -v name="$name" '$1 == name { printf "%.3f", $2 / 1000 }' "$state/in-index")
		ours=$(wrk -t1 -c1 -d2s --latency -H "Authorization: Bearer $TOKEN" "$base$path" | awk '$1 == "50%" { print $2 }' | in_ms)
		awk -v what="$what" -v of="$of" -v theirs="$theirs" -v index_ms="${index:-–}" -v ours="$ours" \
			'BEGIN { printf "| %s | %s | %s | %s | %s | %.1f |\n", what, of, theirs, index_ms, ours, theirs / ours }'
	done
}

# ---- the index process ----

metric() {
	curl -sf "$base/metrics" | awk -v name="callboard_index_$1" '$1 == name { print $2 }'
}
# until_metric NAME VALUE: at most two minutes.
until_metric() {
	deadline=$(($(date +%s) + 120))
	until_true metric_is "$1" "$2"
}
metric_is() {
	[ "$(metric "$1" 2>/dev/null)" != "$2" ] || return 0
	[ "$(date +%s)" -lt "$deadline" ] || { echo "the index does not come to $1 $2" && exit 1; }
	return 1
}
wait_index() {
	until_metric up 1
}
# The portal alone, stopped and started again.
restart() {
	portal=$(cat "$state/callboard.pid")
	kill -TERM "$portal"
	until_true have_ended "$portal"
	[ "$1" = keep ] || rm -f "$state/index.snapshot"
	begun=$(seconds_now)
	setsid "$CALLBOARD_BIN" serve >>"$state/callboard.log" 2>&1 </dev/null &
	echo $! >"$state/callboard.pid"
	wait_index
	since "$begun"
}
hold() {
	entities=$(metric entities)
	echo
	printf 'index: %d entities, %d keys, %d values; ' "$entities" "$(metric keys)" "$(metric values)"
	awk -v bytes="$(metric memory_bytes)" -v n="$entities" 'BEGIN { printf "%.0f MiB by its own count, %.0f bytes an entity; ", bytes / 1048576, bytes / n }'
	memory index | awk -v n="$entities" '{ printf "%d MiB own memory of the process, %.0f bytes an entity\n", $1 / 1024, $1 * 1024 / n }'
	echo "start of the portal until the index answers: $(restart anew) s from the database, $(restart keep) s with its snapshot ($(
		du -m "$state/index.snapshot" | cut -f1) MiB)"
}

# Labels are changed as a writer would do it, in the body and its etag; but the changes are announced all at once when all is
# written, so that the speed of the index is seen and not that of the writer. Meanwhile somebody asks all the time.
follow() {
	changed=100000
	[ "$n" -gt "$changed" ] || changed=$n
	for first in $(seq 0 5000 "$((changed - 1))"); do
		sql "UPDATE entity SET etag = SHA1(CONCAT(etag, id)), body = INSERT(REPLACE(REPLACE(REPLACE(body, '\"tier\":\"0\"', '\"tier\":\"x\"'),
			'\"tier\":\"1\"', '\"tier\":\"0\"'), '\"tier\":\"x\"', '\"tier\":\"1\"'), etag_at + 1, 40, etag) WHERE id > $first AND id <= $first + 5000"
	done
	want=$(sql "SELECT b.next_id - 1 + (SELECT COUNT(DISTINCT id DIV 1000) FROM entity WHERE id <= $changed) FROM id_block b WHERE b.name = 'change'")
	"$scale" "$state/index.sock" watch "$want" >"$state/watched" &
	watcher=$!
	begun=$(seconds_now)
	sql "SET SESSION group_concat_max_len = 16777216; START TRANSACTION;
		INSERT INTO \`change\` (seq, at, ids) SELECT b.next_id - 1 + ROW_NUMBER() OVER (ORDER BY g.part), UNIX_TIMESTAMP() * 1000, g.ids
			FROM (SELECT id DIV 1000 part, CONCAT('[', GROUP_CONCAT(id), ']') ids FROM entity WHERE id <= $changed GROUP BY part) g
			JOIN id_block b ON b.name = 'change';
		UPDATE id_block SET next_id = (SELECT MAX(seq) + 1 FROM \`change\`) WHERE name = 'change'; COMMIT"
	until_metric change "$want"
	took=$(since "$begun")
	wait "$watcher"
	awk -v n="$changed" -v s="$took" '{
		printf "%d changed entities were taken in within %s s (%.0f a second); a page of components meanwhile: median %.2f ms, p99 %.2f ms, longest %.1f ms\n",
			n, s, n / s, $2 / 1000, $3 / 1000, $4 / 1000 }' "$state/watched"
}

# ---- requests a second ----

seconds=${SECONDS_EACH:-3} rounds=${ROUNDS:-3}
targets='hello8 by-ref components-page components-facets components-count'
rates() {
	extend_nginx
	: >"$state/rates"
	for _ in $(seq "$rounds"); do
		for target in $targets; do
			path=$(questions | awk -F'|' -v name="$target" '$1 == name { print $4 }')
			wrk -t1 -c32 -d"${seconds}s" --latency -H "Authorization: Bearer $TOKEN" "$base${path:-/bench/$target}" |
				awk -v name="$target" '/Requests\/sec/ { rate = $2 } /99%/ { p99 = $2 } /Non-2xx/ { bad = $0 }
					END { printf "%s %.0f %s %s\n", name, rate, p99, bad }' >>"$state/rates"
		done
	done
	printf '\n%s entities, 32 connections, medians of %s times %s s:\n\n' "$(metric entities)" "$rounds" "$seconds"
	printf '| | requests a second | of hello | p99 |\n|---|---:|---:|---:|\n'
	for target in $targets; do
		rate=$(awk -v name="$target" '$1 == name { print $2 }' "$state/rates" | median)
		grep "^$target $rate " "$state/rates" | head -n 1
	done | awk '
		NR == 1 { hello = $2 }
		{ bad = NF > 3 ? " REFUSED" : ""; printf "| %s%s | %d | %.0f %% | %s |\n", $1, bad, $2, 100 * $2 / hello, $3 }'
}

resume() {
	[ -d "$state" ] || { echo "nothing is in $state: run tests/bench-scale.sh fill" && exit 1; }
	sh tests/stack.sh start >&2
	wait_index
}
scale=${CALLBOARD_BIN%/*}/tests/bench/scale
case $part in
all)
	fill
	wait_index
	ask
	hold
	follow
	[ "$n" -le 100000 ] || {
		n=100000
		fill >/dev/null
		wait_index
	}
	rates
	;;
fill) fill ;;
ask | hold | follow | rates)
	resume
	"$part"
	;;
*) echo "usage: tests/bench-scale.sh [all|fill|ask|hold|follow|rates]" && exit 2 ;;
esac
