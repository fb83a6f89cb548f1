#!/bin/sh
# callboard.sql: tables of a plugin's own, made by its migrations; nothing else is reached.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/shop-one" "$WORK/plugins/thief" "$WORK/plugins/wrong" "$WORK/plugins/bare"
cat >"$WORK/plugins/shop-one/plugin.lua" <<'LUA'
local callboard = require "callboard"

local function answer(fn)
  return function(request)
    local good, value = pcall(fn, request.json or {})
    return { json = good and { value = value == nil and callboard.null or value } or { error = tostring(value) } }
  end
end

return {
  title = "Shop", version = "1.0.0", capabilities = { sql = true, store = true },
  migrations = {
    "CREATE TABLE {stock} (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL, n INT NOT NULL, UNIQUE KEY name (name))",
    "CREATE TABLE {sold_out} (name VARCHAR(100) NOT NULL PRIMARY KEY, at DATETIME NULL)",
    "INSERT INTO {stock} (name, n) VALUES ('bolt', 5)",
    "ALTER TABLE {stock} ADD COLUMN price DECIMAL(10,2) NOT NULL DEFAULT 1.5",
  },
  routes = {
    ["POST /query"] = answer(function(b) return callboard.sql.query(b.sql, b.params) end),
    ["POST /execute"] = answer(function(b) return callboard.sql.execute(b.sql, b.params) end),
    ["POST /move"] = answer(function(b)
      return callboard.sql.transaction(function()
        callboard.sql.execute("UPDATE {stock} SET n = n - ? WHERE name = ?", { b.n, "bolt" })
        callboard.store.set("moved", b.n)
        if callboard.sql.query("SELECT n FROM {stock} WHERE name = 'bolt'")[1].n < 0 then error("not so many") end
        callboard.sql.execute("INSERT INTO {stock} (name, n) VALUES ('nut', ?) ON DUPLICATE KEY UPDATE n = n + VALUES(n)", { b.n })
        return "moved"
      end)
    end),
  },
}
LUA
sed 's/title = "Shop"/title = "Thief"/; /migrations = {/,/^  },/d' "$WORK/plugins/shop-one/plugin.lua" >"$WORK/plugins/thief/plugin.lua"
sed 's/title = "Shop"/title = "Bare"/; s/sql = true, //; /migrations = {/,/^  },/d' "$WORK/plugins/shop-one/plugin.lua" >"$WORK/plugins/bare/plugin.lua"
sed 's/title = "Shop"/title = "Wrong"/; s/"CREATE TABLE {sold_out}.*/"CREATE TABLE user_setting2 (a INT)",/' "$WORK/plugins/shop-one/plugin.lua" >"$WORK/plugins/wrong/plugin.lua"
cat >"$WORK/conf.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - type: static
        options: { token: token-of-the-tests-0123456789, subject: tests }
plugins:
  directories: [$WORK/plugins]
YAML
own_stack "$WORK/conf.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
# does PLUGIN ROUTE SQL PARAMS WANT
does() {
	post "/api/$1/$2" "$(jq -nc --arg sql "$3" --argjson params "$4" '{$sql, $params}')"
	is "$(jq -cS . "$WORK/body")" "$5" "$3"
}
refuses() {
	post "/api/$1/$2" "$(jq -nc --arg sql "$3" --argjson params "${5:-[]}" '{$sql, $params}')"
	has "$4"
}

# ---- migrations: once, before any call ----
migrated() { [ "$(sql "SELECT MAX(number) FROM plugin_migration WHERE plugin = 'shop-one'")" = "$1" ]; }
ok 'migrations are applied' eventually 20 migrated 4
is "$(sql "SELECT GROUP_CONCAT(number ORDER BY number) FROM plugin_migration WHERE plugin = 'shop-one'")" 0,1,2,3,4 'each migration once'
is "$(sql "SELECT GROUP_CONCAT(table_name ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'callboard' AND table_name LIKE 'plugin\_shop%'")" \
	plugin_shop_one_sold__out,plugin_shop_one_stock 'tables with names of its own'
does shop-one query 'SELECT * FROM {stock}' '[]' '{"value":[{"id":1,"n":5,"name":"bolt","price":1.5}]}'

# ---- reading and writing ----
does shop-one execute 'INSERT INTO {stock} (name, n) VALUES (?, ?), (?, ?)' '["screw",7,"it'"'"'s",-1]' '{"value":{"affected":2,"id":2}}'
does shop-one query 'SELECT s.name, SUM(s.n) AS n FROM {stock} s WHERE s.n > ? GROUP BY s.name ORDER BY n DESC' '[0]' '{"value":[{"n":7,"name":"screw"},{"n":5,"name":"bolt"}]}'
does shop-one query "SELECT name FROM {stock} WHERE name = ?" '["x'"'"' OR 1=1"]' '{"value":[]}'
does shop-one execute 'DELETE FROM {stock} WHERE n < 0' '[]' '{"value":{"affected":1,"id":0}}'
does shop-one query 'SELECT ? AS a, ? AS b, ? AS c' '[1.5,null,true]' '{"value":[{"a":1.5,"b":null,"c":1}]}'
refuses shop-one query 'SELECT ?' 'has 1 ? and there are 0 parameters'
refuses shop-one execute "INSERT INTO {stock} (name, n) VALUES ('bolt', 1)" 'Duplicate entry'
refuses shop-one query 'SELECT nothing FROM {stock}' 'Unknown column'
refuses shop-one query 'SELECT SUM(a.n * b.n * RAND()) FROM {stock} a' 'no table of this statement'
does shop-one query 'WITH RECURSIVE w AS (SELECT 1 AS n UNION ALL SELECT w.n + 1 FROM w WHERE w.n < 3) SELECT n FROM w' '[]' '{"value":[{"n":1},{"n":2},{"n":3}]}'
# One that would take for ever is ended by the server.
refuses shop-one query 'WITH RECURSIVE w AS (SELECT 1 AS n UNION ALL SELECT w.n + 1 FROM w WHERE w.n < 900) SELECT SUM(RAND() * a.n * b.n * c.n) AS n FROM w a, w b, w c, w d' 'max_statement_time exceeded'

# ---- at once or not at all ----
post /api/shop-one/move '{"n":2}'
json . '{"value":"moved"}'
post /api/shop-one/move '{"n":20}'
has 'not so many'
does shop-one query 'SELECT name, n FROM {stock} ORDER BY name' '[]' '{"value":[{"n":3,"name":"bolt"},{"n":2,"name":"nut"},{"n":7,"name":"screw"}]}'

# ---- nobody else's ----
refuses thief query 'SELECT * FROM {stock}' "doesn't exist"
refuses thief query 'SELECT * FROM plugin_shop_one_stock' 'stands in braces'
refuses thief query 'SELECT * FROM callboard.session' 'stands in braces'
refuses thief execute 'DELETE FROM user_setting' 'stands in braces'
refuses thief execute 'DROP TABLE {stock}' 'it must begin with'
refuses bare query 'SELECT 1' 'capabilities.sql'

# ---- a migration that is wrong, and one that was changed ----
post /api/wrong/query '{"sql":"SELECT 1"}'
is_status 503
get /plugins/wrong -H 'Accept: text/html'
has 'user_setting2'
ok 'it says which' grep -q 'migration 2: SQL, byte 14: user_setting2: a table is one of the plugin' "$STATE/callboard.log"
is "$(sql "SELECT GROUP_CONCAT(number ORDER BY number) FROM plugin_migration WHERE plugin = 'wrong'")" 0,1 'those before it stay applied'
sed -i "s/'bolt', 5/'bolt', 6/" "$WORK/plugins/shop-one/plugin.lua"
own_reload
refused() { grep -q 'migration 3: it was applied as another text' "$STATE/callboard.log"; }
ok 'a changed migration is refused' eventually 20 refused
post /api/shop-one/query '{"sql":"SELECT 1"}'
is_status 503
sed -i "s/'bolt', 6/'bolt', 5/; s/^    \"ALTER TABLE.*/&\n    \"CREATE INDEX n ON {stock} (n)\",/" "$WORK/plugins/shop-one/plugin.lua"
own_reload
ok 'one more is applied' eventually 20 migrated 5
does shop-one query 'SELECT COUNT(*) AS n FROM {stock}' '[]' '{"value":[{"n":3}]}'

unharmed
done_testing
