# Folder = layer: what each may include, and who owns a third-party header (DESIGN section 1, docs/architecture.md).
# Prints "file:line: why" and exits 1 when a rule is broken.
BEGIN {
	features = "catalog docs search scaffolder kubernetes identity"
	may["app/base"] = ""
	may["app/ext"] = may["app/template"] = "base"
	may["app/web"] = "base ext/json.h"
	may["app/jobs"] = may["app/index"] = "base ext"
	may["app/markdown"] = "base ext/yaml.h"
	may["app/identity"] = "base ext template jobs index"
	may["app/catalog"] = "base ext template jobs index identity"
	n = split("docs search scaffolder kubernetes", up)
	for (i = 1; i <= n; i++)
		may["app/" up[i]] = "base ext template jobs index catalog identity"
	may["app/docs"] = may["app/docs"] " search markdown"
	may["app/plugins"] = "base ext web template jobs index " features
	everything = "base markdown ext web template jobs index server plugins cmd.h " features
	may["app/server"] = may["handlers"] = may["app"] = everything " handlers"

	ext["mysql.h"] = ext["mysql/"] = ext["git2.h"] = ext["git2/"] = ext["curl/"] = ext["yaml.h"] = ext["json-c/"] = 1
	ext["json.h"] = ext["openssl/"] = ext["sodium.h"] = ext["cjose/"] = ext["jansson.h"] = ext["cmark"] = ext["gumbo.h"] = 1
	ext["archive"] = ext["roaring/"] = ext["ldap.h"] = ext["lber.h"] = 1
	lua["lua.h"] = lua["lauxlib.h"] = lua["lualib.h"] = 1
}

FNR == 1 {
	from = FILENAME
	sub(/\/[^\/]*$/, "", from)
}

function tell(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	bad = 1
}

# In the list, as the folder or as the very header?
function allowed(list, folder, header,    i, n, w) {
	n = split(list, w, " ")
	for (i = 1; i <= n; i++)
		if (w[i] == folder || w[i] == header)
			return 1
	return 0
}

function starts(list, header,    h) {
	for (h in list)
		if (index(header, h) == 1)
			return 1
	return 0
}

/^#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	header = q[2]
	folder = header
	if (!sub(/\/.*$/, "", folder))
		folder = header ~ /^cmd[a-z_]*\.h$/ ? "cmd.h" : ""
	if (header ~ /\.\./ || folder == "")
		tell("write #include \"" header "\" from app/ or the top: \"base/str.h\"")
	else if (folder == "sql") {
		# The statements of a feature; web, templates and base know no database.
		if (from ~ /^app\/(base|web|template|ext)$/)
			tell(from " must not use SQL statements (" header ")")
	} else if (from != "handlers" || folder != "handlers") {
		if (from != "app/" folder && !allowed(may[from], folder, header))
			tell(from " must not include " header)
	}
}

/^#[ \t]*include[ \t]*</ {
	split($0, q, /[<>]/)
	if (starts(ext, q[2]) && from != "app/ext")
		tell("only app/ext may include <" q[2] ">")
	if (starts(lua, q[2]) && from != "app/plugins")
		tell("only app/plugins may include <" q[2] ">")
	if (q[2] ~ /^(fcgiapp|fcgi_stdio|fcgios|fcgi)/ && from != "app/web" && from != "app/server")
		tell("only app/web and app/server may include <" q[2] ">")
}

END {
	exit bad
}
