# Verbs of the benches (POSIX sh): what a stack of our own holds and costs. The caller set $state, $base and TOKEN.
# shellcheck shell=sh
# shellcheck disable=SC2154 # set by the caller

sql() {
	mariadb --no-defaults -uroot -S "$state/mariadb.sock" callboard -N -B -e "$1"
}
seconds_now() {
	date +%s.%N
}
since() { # since START: seconds
	awk -v a="$1" -v b="$(seconds_now)" 'BEGIN { printf "%.2f", b - a }'
}
median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
# cpu PART: CPU seconds of all processes of a part's group, also of those that have ended.
cpu() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v g="$(cat "$state/$1.pid")" -v hz="$(getconf CLK_TCK)" '
		{ sub(/.*\) /, ""); if ($3 == g) sum += $12 + $13 + $14 + $15 } END { printf "%.2f\n", sum / hz }'
}
minus() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a - b }'
}
per() { # per SUM N: in microseconds
	awk -v s="$1" -v n="$2" 'BEGIN { printf "%.0f", s * 1e6 / n }'
}
# memory WORKER: "own pss" in KiB, the largest of the pool.
memory() {
	for stat in /proc/[0-9]*/stat; do
		dir=${stat%/stat}
		read -r line 2>/dev/null <"$stat" || continue
		case $line in *"(callboard-$1"*) ;; *) continue ;; esac
		# shellcheck disable=SC2086
		set -- "$1" ${line##*) }
		[ "$4" = "$(cat "$state/callboard.pid")" ] || continue
		awk '/^Pss:/ { pss = $2 } /^Private/ { own += $2 } END { print own, pss }' "$dir/smaps_rollup"
	done | sort -n | tail -n 1
}

# Polls until the command is true.
until_true() {
	until "$@"; do sleep 0.02; done
}
settled() {
	[ "$(sql "SELECT COUNT(*) > 1, COALESCE(SUM(read_at IS NULL), 0), EXISTS (SELECT 1 FROM dirty),
		(SELECT COUNT(*) FROM job WHERE queue = 'catalog.source' AND (state = 1 OR run_at <= UNIX_TIMESTAMP(NOW(3)) * 1000))
		FROM source WHERE type <> 'provider'")" = "$(printf '1\t0\t0\t0')" ]
}
wait_settled() {
	until_true settled
}

# ---- the FastCGI hello ----

hello() { # hello WORKERS
	[ -x "$state/hello" ] || ${CC:-cc} -O2 -o "$state/hello" tests/bench/hello.c -lfcgi
	"$state/hello" "$state/hello$1.sock" "$1" &
	hellos="${hellos:-} $!"
}
end_hellos() {
	# By the ids that we were given.
	# shellcheck disable=SC2086
	[ -z "${hellos:-}" ] || kill $hellos 2>/dev/null || :
}
# The same nginx with the same settings passes to hello and serves a file of 1 KiB.
extend_nginx() {
	hello 4
	hello 8
	head -c 1024 /dev/zero | tr '\0' x >"$state/1k.txt"
	sed -i -e "s|upstream callboard_plugin|upstream hello4 { server unix:$state/hello4.sock max_fails=0; }\n&|" \
		-e "s|upstream callboard_plugin|upstream hello8 { server unix:$state/hello8.sock max_fails=0; }\n&|" \
		-e "s|include .*/locations.conf;|&\nlocation = /bench/hello4 { fastcgi_pass hello4; }\nlocation = /bench/hello8 { fastcgi_pass hello8; }|" \
		-e "s|include .*/locations.conf;|&\nlocation = /bench/1k { alias $state/1k.txt; }\nlocation = /bench/new.yaml { alias $state/new.yaml; }|" \
		"$state/nginx.conf"
	before=$(nginx_workers)
	kill -HUP "$(cat "$state/nginx.pid")"
	until_true hello_answers
	until_true have_ended "$before"
}
hello_answers() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/bench/hello8")" = 200 ]
}
nginx_workers() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v parent="$(cat "$state/nginx.pid")" '
		{ pid = $1; sub(/.*\) /, ""); if ($2 == parent) print pid }'
}
# have_ended PIDS: none of them is there any more.
have_ended() {
	for _pid in $1; do
		[ ! -e "/proc/$_pid" ] || return 1
	done
}
