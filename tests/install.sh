#!/bin/sh
# make install: copies what a site needs below DESTDIR. BIN=build/callboard DESTDIR= PREFIX=/usr tests/install.sh
#
# The program finds PREFIX/share/callboard by its own place; a configuration that is already there is kept.
set -eu
cd "$(dirname "$0")/.."
root=${DESTDIR:-} prefix=${PREFIX:-/usr}
share=$root$prefix/share/callboard
# Debian's systemd looks below /usr/lib and, for what a sysadmin built, below /usr/local/lib.
units=$root$prefix/lib

copy() { # copy FROM TO: a folder's files, without hidden ones
	[ -d "$1" ] || return 0
	(cd "$1" && find . -type f ! -name '.*' ! -path '*/.*/*') | while read -r f; do
		install -D -m 644 "$1/$f" "$2/$f"
	done
}

install -D -m 755 "$BIN" "$root$prefix/bin/callboard"
rm -rf "$share"
copy handlers/views "$share/views"
copy sql/schema "$share/sql/schema"
copy nginx/static "$share/static"
copy lua/plugins "$share/plugins"
copy lua/actions "$share/actions"
copy lua/policies "$share/policies"
copy lua/starter "$share/starter"
copy lua/testing "$share/testing"
copy docs "$root$prefix/share/doc/callboard"
install -D -m 644 LICENSE "$root$prefix/share/doc/callboard/LICENSE" 2>/dev/null || :

for unit in systemd/*.service systemd/*.socket systemd/*.timer; do
	[ ! -f "$unit" ] || sed "s|/usr/bin/callboard|$prefix/bin/callboard|; s|/usr/share/|$prefix/share/|" "$unit" |
		install -D -m 644 /dev/stdin "$units/systemd/system/$(basename "$unit")"
done
copy systemd/sysusers.d "$units/sysusers.d"
copy systemd/tmpfiles.d "$units/tmpfiles.d"

for conf in nginx/*.conf nginx/mime.types; do
	case $conf in nginx/dev.conf) continue ;; esac
	[ ! -f "$conf" ] || sed "s|/usr/share/callboard|$prefix/share/callboard|" "$conf" |
		install -D -m 644 /dev/stdin "$root/etc/nginx/callboard/$(basename "$conf")"
done

install -d -m 750 "$root/etc/callboard"
install -m 640 docs/examples/app-config.production.yaml "$root/etc/callboard/app-config.yaml.new"
if [ -e "$root/etc/callboard/app-config.yaml" ]; then
	cmp -s "$root/etc/callboard/app-config.yaml" "$root/etc/callboard/app-config.yaml.new" &&
		rm "$root/etc/callboard/app-config.yaml.new"
else
	mv "$root/etc/callboard/app-config.yaml.new" "$root/etc/callboard/app-config.yaml"
fi

cat <<TXT
Installed below ${root:-/}. On this host, what is left to do (docs/install.md tells more):
  systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload
  edit /etc/callboard/app-config.yaml, then: callboard config check
  callboard migrate && systemctl enable --now callboard
  edit /etc/nginx/callboard/callboard.conf, link it into /etc/nginx/sites-enabled/, reload nginx
  callboard doctor
TXT
