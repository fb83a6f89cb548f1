#!/bin/sh
# Processors of plugins: what they add to entities, what they refuse, and that none of them stops the catalog.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/costs"
cat >"$WORK/plugins/costs/plugin.lua" <<'LUA'
local callboard = require "callboard"

return {
  title = "Costs", version = "1.0.0", capabilities = { catalog = "write" },
  providers = { { id = "own", every = "1h", run = function(provider)
    local function entity(name)
      return { apiVersion = "backstage.io/v1alpha1", kind = "Component", metadata = { name = name },
               spec = { type = "service", lifecycle = "production", owner = "team" } }
    end
    provider.full({ entity("provided"), entity("greedy") })
  end } },
  processors = {
    { id = "centre", when = { kind = "component" }, run = function(entity)
      local name = entity.metadata.name
      if name == "renamed" then entity.metadata.name = "another" return entity end
      if name == "refused" then return { errors = { "no costs are known" } } end
      if name == "breaks" then error("no such centre") end
      if name == "odd" then return 7 end
      if name == "greedy" then callboard.provider.begin() end
      if name == "same" then return nil end
      if name == "spoilt" then entity.spec.owner = nil return entity end
      entity.metadata.annotations["example.com/centre"] = "12"
      entity.metadata.annotations["backstage.io/managed-by-location"] = "url:https://elsewhere"
      entity.metadata.uid = "forged"
      entity.spec.dependsOn = { "component:same" }
      return entity
    end },
    { id = "label", when = { annotation = "example.com/centre" }, run = function(entity)
      entity.metadata.labels = { costs = "known" }
      return entity
    end },
  },
}
LUA
for name in good renamed refused breaks odd same spoilt; do
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: %s }\nspec: { type: service, lifecycle: production, owner: team }\n' "$name"
done >"$WORK/all.yaml"
cat >"$WORK/conf.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - type: static
        options: { token: token-of-the-tests-0123456789, subject: tests }
catalog:
  processingInterval: { seconds: 1 }
  locations: [{ type: file, target: $WORK/all.yaml }]
plugins:
  directories: [$WORK/plugins]
YAML
own_stack "$WORK/conf.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
by_name() { get "/api/catalog/entities/by-name/component/default/$1"; }
there() { by_name same && [ "$STATUS" = 200 ]; }
ok 'the file is read' eventually 20 there
problem() { sql "SELECT message FROM problem WHERE ref = 'component:default/$1'" >"$WORK/problem" && grep -F "$2" "$WORK/problem"; }

# ---- what is added ----
by_name good
json '.metadata.annotations."example.com/centre"' 12
json .metadata.labels.costs known
json '[.relations[] | .type + " " + .targetRef] | sort | join(",")' 'dependsOn component:default/same,ownedBy group:default/team'
json '.metadata.annotations."backstage.io/managed-by-location"' "file:$WORK/all.yaml"
json_true '.metadata.uid | length == 36'
by_name same
json '.metadata.labels' null

# ---- what is refused ----
by_name refused
is_status 404
ok 'what is wrong is shown' eventually 10 problem refused 'plugin costs, processor centre: no costs are known'
by_name spoilt
is_status 404
ok 'what comes back is validated' problem spoilt owner

# ---- what goes wrong leaves the entity as it is ----
for name in renamed breaks odd; do
	by_name $name
	is_status 200
	json '.metadata.annotations."example.com/centre"' null
done
ok 'renamed' problem renamed 'may not change kind, namespace or name'
ok 'breaks' problem breaks 'no such centre'
ok 'odd' problem odd 'it must give the entity'

# ---- what a provider brings is processed as well, and does not get out of hand ----
provided() { by_name provided && [ "$(jq -r '.metadata.annotations."example.com/centre"' "$WORK/body")" = 12 ]; }
ok 'an entity of a provider' eventually 20 provided
ok 'a processor cannot provide' eventually 10 problem greedy "only while a provider's run() does"

# ---- another version of the plugin: all is read again ----
sed -i 's/= "12"/= "13"/' "$WORK/plugins/costs/plugin.lua"
own_reload
centre() { by_name good && [ "$(jq -r '.metadata.annotations."example.com/centre"' "$WORK/body")" = "$1" ]; }
ok 'all is read again' eventually 20 centre 13
printf 'return { title = "Costs", version = "1.0.2" }\n' >"$WORK/plugins/costs/plugin.lua"
own_reload
ok 'also when it has no processor any more' eventually 20 centre null

unharmed
done_testing
