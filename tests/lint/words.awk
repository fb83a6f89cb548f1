# What must not stand in C sources: dangerous functions, hand-made memory, SQL and HTML in the wrong place, marks of unfinished
# work. A line that says "lint: why" in a comment is let through. Prints "file:line: why" and exits 1.
function tell(why) {
	if ($0 ~ /lint: /)
		return
	printf "%s:%d: %s\n", FILENAME, FNR, why
	bad = 1
}

FNR == 1 {
	comment = 0
	if ($0 !~ /^\/\*/)
		tell("the first line must be a comment that says what the file is for")
	folder = FILENAME
	sub(/\/[^\/]*$/, "", folder)
}

{
	line = $0
	# Unfinished work shows in comments too.
	if (line ~ /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_]|$)/)
		tell("finish it, or say so in an issue")
	if (line ~ /^ +[^ *]/)
		tell("indent with tabs")
	if (length(line) > 160)
		tell("line too long")
	# Comments and the insides of texts are no code.
	if (comment) {
		if (!sub(/^.*\*\//, "", line))
			next
		comment = 0
	}
	texts = line
	gsub(/\/\*[^*]*\*\//, "", line)
	gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
	gsub(/'([^'\\]|\\.)'/, "' '", line)
	if (sub(/\/\*.*$/, "", line))
		comment = 1
	sub(/\/\/.*$/, "", line)
}

match(line, /(^|[^a-zA-Z0-9_>.])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|tmpnam|mktemp|alloca|system|popen|strncpy|strncat|asctime|ctime|gmtime|localtime|setjmp|longjmp|vfork|signal_handler)[ \t]*\(/) {
	name = substr(line, RSTART, RLENGTH)
	gsub(/[^a-z_]/, "", name)
	tell(name "() is not used here")
}

# Feature code has arenas; wrappers of libraries, the base, start-up code and the plugins' host may need the heap.
folder !~ /^app\/(base|ext|web|server|plugins|template)$/ && folder ~ /^(app|handlers)/ && line ~ /(^|[^a-zA-Z0-9_])(malloc|calloc|realloc|strdup|strndup|asprintf)[ \t]*\(/ {
	tell("memory comes from an arena")
}

line ~ /^typedef (struct|union|enum)/ { tell("no typedef of a struct") }

folder != "app/ext" && texts ~ /"[ \t]*(SELECT [^"]* FROM|INSERT INTO|INSERT IGNORE|UPDATE [a-z_]+ SET|DELETE FROM|REPLACE INTO)[ "]/ && FILENAME !~ /catalog\/(query|compile)/ {
	tell("SQL lives in sql/queries/*.sql")
}

folder ~ /^(app|handlers)/ && FILENAME !~ /app\/(docs\/|markdown\/|ext\/|server\/error.c)/ && texts ~ /"[^"]*<\/?(html|body|div|span|table|tr|td|ul|li|h[1-6]|p|a|script|style|form|input|button)[ >\/][^"]*"/ {
	tell("HTML lives in handlers/views")
}

END {
	exit bad
}
