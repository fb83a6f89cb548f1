#!/bin/sh
# What things cost on this machine, as ratios within one run: a private stack, made catalogs, wrk, CPU time from /proc.
#
#	make bench				everything: some minutes
#	tests/bench.sh rates|read|start|register	a part of it
#
# SIZES="10000 100000" components of the catalogs; ROUNDS=3 of SECONDS_EACH=3 with 32 CONNECTIONS, medians are printed.
# CALLBOARD_DB_MEMORY is MariaDB's buffer pool.
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench}" CALLBOARD_PORT="${CALLBOARD_PORT:-18088}"
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml"
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
seconds=${SECONDS_EACH:-3} rounds=${ROUNDS:-3} connections=${CONNECTIONS:-32} sizes=${SIZES:-10000 100000}
export TOKEN=token-of-the-bench-0123456789
. tests/bench/lib.sh

tidy() {
	end_hellos
	sh tests/stack.sh stop
	rm -rf "$state"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# A stack that reads a catalog of this many components.
components=0
catalog() {
	components=$1
	export COMPONENTS="$1"
	sh tests/stack.sh stop 2>/dev/null || :
	rm -rf "$state"
	mkdir -p "$state/catalog"
	chmod 700 "$state"
	awk -v n="$1" -v dir="$state/catalog" -f tests/fixtures/catalog.awk >"$state/want"
	cat >"$CALLBOARD_CONFIG" <<-TXT
		backend:
		  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
		  reading: {allow: [{host: "127.0.0.1:$CALLBOARD_PORT"}]}
		catalog:
		  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
		  locations: [{type: file, target: $state/catalog/all.yaml}]
	TXT
	begun=$(seconds_now)
	sh tests/stack.sh start >&2
}

# ---- reading a catalog in ----

# Rows changed since userstat was switched on, in the tables of entities and relations.
rows_changed() {
	sql "SELECT COALESCE(SUM(ROWS_CHANGED), 0) FROM information_schema.TABLE_STATISTICS
		WHERE TABLE_SCHEMA = 'callboard' AND TABLE_NAME IN ('entity', 'relation', 'dirty', 'problem')"
}
# All sources are due now; until each has been read.
another_round() {
	sql "UPDATE job SET run_at = 0 WHERE queue = 'catalog.source' AND state = 0"
	wait_settled
}

read_in() {
	wait_settled
	took=$(since "$begun") portal=$(cpu callboard) database=$(cpu mariadbd)
	entities=$(cut -d' ' -f1 "$state/want")
	is=$(sql 'SELECT COUNT(*) FROM entity')
	[ "$is" = "$entities" ] || echo "WRONG: $is entities instead of $entities"
	printf '%s components: %s entities in %s s (%.0f a second), CPU portal %s s, database %s s\n' "$components" "$entities" "$took" \
		"$(awk -v n="$entities" -v s="$took" 'BEGIN { print n / s }')" "$portal" "$database"
	du -m "$state/mariadb/callboard/entity.ibd" "$state/mariadb/callboard/relation.ibd" |
		awk '{ mib[NR] = $1 } END { printf "  on disk: entities %d MiB, relations %d MiB\n", mib[1], mib[2] }'
	sql 'SET GLOBAL userstat = 1'
	before="$(rows_changed) $(cpu callboard) $(cpu mariadbd)" start=$(seconds_now)
	another_round
	printf '  second round, nothing changed: %s s, %s entity rows written, CPU portal %s s, database %s s\n' "$(since "$start")" \
		"$(($(rows_changed) - ${before%% *}))" "$(minus "$(cpu callboard)" "$(echo "$before" | cut -d' ' -f2)")" \
		"$(minus "$(cpu mariadbd)" "${before##* }")"
	printf '  memory of the largest job worker (own, with its share; KiB): %s' "$(memory job)"
	for round in 3 4 5 6 7 8 9 10; do
		# As if all files were new: everything is parsed and compared.
		sql "UPDATE source SET content_hash = NULL WHERE type <> 'provider'"
		another_round
		[ $((round % 2)) = 1 ] || printf ' -> %s' "$(memory job)"
	done
	echo ' after rounds 2, 4, 6, 8, 10'
}

# ---- requests ----

by_query=/api/catalog/entities/by-query
# What is measured: name, path, and what wrk is told beyond it.
targets='static hello4 hello8 liveness by-name by-name-1 entities-20 list fulltext facets count catalog-page entity-page'
load() {
	case $1 in
	static) set -- /bench/1k ;;
	hello4) set -- /bench/hello4 ;;
	hello8) set -- /bench/hello8 ;;
	liveness) set -- /.backstage/health/v1/liveness ;;
	by-name) set -- / -s tests/bench/by-name.lua ;;
	by-name-1) set -- /api/catalog/entities/by-name/component/default/component-000001 -H "Authorization: Bearer $TOKEN" ;;
	entities-20) set -- '/api/catalog/entities?limit=20' -H "Authorization: Bearer $TOKEN" ;;
	# the three of the measured Backstage, and a count
	list) set -- "$by_query?filter=kind=component&limit=20&orderField=metadata.name,asc" -H "Authorization: Bearer $TOKEN" ;;
	fulltext) set -- "$by_query?filter=kind=component,spec.type=service&fullTextFilterTerm=abc&limit=20" -H "Authorization: Bearer $TOKEN" ;;
	facets) set -- '/api/catalog/entity-facets?facet=spec.type' -H "Authorization: Bearer $TOKEN" ;;
	count) set -- "$by_query?filter=kind=component&limit=0" -H "Authorization: Bearer $TOKEN" ;;
	catalog-page) set -- /catalog ;;
	entity-page) set -- /catalog/default/component/component-000001 ;;
	esac
	path=$1
	shift
	wrk -t1 -c"$connections" -d"${seconds}s" --latency "$@" "$base$path"
}
one_round() {
	for target in $targets; do
		before="$(cpu nginx) $(cpu callboard) $(cpu mariadbd)"
		load "$target" >"$state/said"
		after="$(cpu nginx) $(cpu callboard) $(cpu mariadbd)"
		awk -v name="$target" -v b="$before" -v a="$after" '
			/requests in/ { n = $1 } /Requests\/sec/ { rate = $2 } /50%/ { p50 = $2 } /99%/ { p99 = $2 }
			/Non-2xx|Socket errors/ { bad = $0 }
			END {
				split(b, B, " "); split(a, A, " ")
				printf "%s %.0f %s %s", name, rate, p50, p99
				for (i = 1; i <= 3; i++) printf " %.0f", n ? (A[i] - B[i]) * 1e6 / n : 0
				print "", bad
			}' "$state/said" >>"$state/rates"
	done
}
rates() {
	extend_nginx
	: >"$state/rates"
	for round in $(seq "$rounds"); do
		one_round
	done
	of() {
		awk -v name="$1" '$1 == name { print $2 }' "$state/rates" | median
	}
	static=$(of static) hello8=$(of hello8)
	echo "requests a second through nginx (medians of $rounds times $seconds s, $connections connections; wrk takes its share of the cores):"
	for target in $targets; do
		rate=$(of "$target")
		grep "^$target $rate " "$state/rates" | head -n 1 | awk -v s="$static" -v h="$hello8" '{
			printf "  %-13s %6d  %3.0f%% of static, %3.0f%% of hello8; median %-8s p99 %-8s CPU us: nginx %d, portal %d, database %d", $1, $2,
				100 * $2 / s, 100 * $2 / h, $3, $4, $5, $6, $7
			for (i = 8; i <= NF; i++) printf " %s", $i
			print "" }'
	done
	echo "memory of the largest web worker (own, with its share; KiB): $(memory web)"
}

# ---- start ----

start_times() {
	sh tests/stack.sh stop
	begun=$(seconds_now)
	sh tests/stack.sh start >&2
	echo "start with $components components in the database: $(since "$begun") s until MariaDB, nginx and the portal answer"
	for round in 1 2 3; do
		portal=$(cat "$state/callboard.pid")
		kill -TERM "$portal"
		until_true have_ended "$portal"
		begun=$(seconds_now)
		setsid "$CALLBOARD_BIN" serve >>"$state/callboard.log" 2>&1 </dev/null &
		echo $! >"$state/callboard.pid"
		until [ "$(curl -s -o /dev/null -w '%{http_code}' "$base/.backstage/health/v1/readiness")" = 200 ]; do :; done
		since "$begun"
		echo
	done | median | sed 's/^/  the portal alone: /; s/$/ s until it is ready/'
}

# ---- from registering to reading ----

component() {
	printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s, description: %s}\nspec: {type: service, lifecycle: production, owner: team-000000}\n' \
		"$1" "$2"
}
ask() {
	curl -s -H "Authorization: Bearer $TOKEN" "$@"
}
shown() { # shown NAME DESCRIPTION
	until ask "$base/api/catalog/entities/by-name/component/default/$1" | grep -q "\"description\":\"$2\""; do :; done
}
register() {
	for i in 1 2 3 4 5; do
		component "new-$i" "round$i" >"$state/new.yaml"
		begun=$(seconds_now)
		ask -o /dev/null -H 'Content-Type: application/json' -d "{\"type\":\"url\",\"target\":\"$base/bench/new.yaml?$i\"}" "$base/api/catalog/locations"
		shown "new-$i" "round$i"
		since "$begun"
		echo
	done | median | sed 's/^/a URL is registered and its entity answers: /; s/$/ s/'
	for i in 1 2 3 4 5; do
		component component-000000 "again$i" >"$state/catalog/components-0000.yaml"
		begun=$(seconds_now)
		ask -o /dev/null -H 'Content-Type: application/json' -d '{"entityRef":"component:default/component-000000"}' "$base/api/catalog/refresh"
		shown component-000000 "again$i"
		since "$begun"
		echo
	done | median | sed 's/^/a file is changed, a refresh asked for, and the entity answers: /; s/$/ s/'
}

part=${1:-all}
echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), MariaDB buffer pool ${CALLBOARD_DB_MEMORY:-512M}"
sh tests/stack.sh stop 2>/dev/null || :
for size in $sizes; do
	catalog "$size"
	if [ "$part" = all ] || [ "$part" = read ]; then read_in; else wait_settled; fi
	if [ "$part" = all ] || [ "$part" = start ]; then start_times; fi
done
if [ "$part" = all ] || [ "$part" = rates ]; then rates; fi
if [ "$part" = all ] || [ "$part" = register ]; then
	[ -n "${hellos:-}" ] || extend_nginx
	register
fi
