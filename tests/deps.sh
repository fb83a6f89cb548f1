#!/bin/sh
# Installs the Debian packages that a command needs and that are missing: deps.sh run [check|browser|lint|fuzz|bench|vendor]...
set -eu

have() {
	command -v "$1" >/dev/null 2>&1
}

# Names on standard output, one a line.
wanted() {
	case $1 in
	run)
		echo gcc make pkg-config libc6-dev libfcgi-dev libyaml-dev libmariadb-dev mariadb-server libgit2-dev \
			libcurl4-openssl-dev libjson-c-dev libsodium-dev libsystemd-dev libcjose-dev libjansson-dev libssl-dev \
			libroaring-dev liblua5.4-dev libldap-dev libarchive-dev libgumbo-dev librnp-dev curl
		have nginx || [ -x /usr/sbin/nginx ] || echo nginx-light
		wanted vendor
		;;
	vendor)
		have node || echo nodejs
		have npm || echo npm
		;;
	check)
		echo git jq slapd ldap-utils openssh-server gnupg
		wanted browser
		;;
	browser)
		wanted vendor
		# The shell is the same browser without a window, and half the work.
		have chromium-headless-shell || have chromium ||
			{ apt-cache show chromium-headless-shell >/dev/null 2>&1 && echo chromium-headless-shell || echo chromium; }
		# Without them what is not written in Latin letters is shown as boxes.
		echo fonts-dejavu-core fonts-wqy-zenhei
		;;
	lint) echo clang-14 clang-tidy-14 clang-format-14 shellcheck lua-check ;;
	fuzz) echo clang-14 libclang-rt-14-dev llvm-14 ;;
	bench) echo wrk jq ;;
	bench-docs) echo mkdocs mkdocs-material ;;
	*) echo "deps.sh: no such set of packages: $1" >&2 && return 1 ;;
	esac | tr ' ' '\n'
}

missing=
for set in "$@"; do
	for package in $(wanted "$set"); do
		status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || :)
		case $status in ?i*) ;; *) missing="$missing $package" ;; esac
	done
done
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}
# We start servers ourselves, in a directory of our own: Debian must not start its own on installation.
policy=/usr/sbin/policy-rc.d
restore() {
	as_root rm -f "$policy"
	[ ! -e "$policy.callboard-saved" ] || as_root mv "$policy.callboard-saved" "$policy"
}

install_missing() {
	if [ "$(id -u)" != 0 ] && ! have sudo; then
		echo "These packages are missing; install them as root:$missing" >&2
		exit 1
	fi
	trap restore EXIT
	trap 'exit 130' INT TERM HUP
	# One that is saved already is the real one: an earlier run was killed.
	[ ! -e "$policy" ] || [ -e "$policy.callboard-saved" ] || as_root mv "$policy" "$policy.callboard-saved"
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
	echo "Installing:$missing"
	# shellcheck disable=SC2086
	if ! apt install -y --no-install-recommends $missing; then
		apt update
		apt install -y --no-install-recommends $missing
	fi
}

[ -z "$missing" ] || install_missing
case " $* " in
*" check "* | *" browser "*) sh tests/npm/install.sh ;;
esac
