local entity = {
  kind = "Component",
  metadata = { name = "payments", namespace = "default", description = "Takes the money and gives a receipt", tags = { "java" },
    annotations = { ["github.com/project-slug"] = "acme/pay" } },
  spec = { lifecycle = "production", public = false },
  relations = {
    { type = "ownedBy", targetRef = "group:default/money" },
    { type = "partOf", targetRef = "system:default/shop" },
  },
}

local SLUG = "metadata.annotations.github.com/project-slug"

local function card(t) return t.call("card scores", { entity = entity }).rows[1] end

test("an entity comes to a level and a score", function(t)
  local basics = card(t)
  t.equal(basics.level, "silver")
  t.equal(basics.score, 63)
  t.equal(basics.owner, "group:default/money")
end)

test("a level needs all levels below", function(t)
  t.config { scorecards = { { id = "x", checks = {
    { id = "a", level = "bronze", rule = { field = "spec.none" } },
    { id = "b", level = "gold", weight = 3, rule = { field = "spec.lifecycle", equals = "production" } },
  } } } }
  local x = card(t)
  t.equal(x.level == nil or tostring(x.level) == "null", true)
  t.equal(x.score, 75)
end)

test("every operator says yes and no", function(t)
  local rules = {
    { { field = "metadata.name" }, true }, { { field = "metadata.title" }, false },
    { { field = "metadata.title", exists = false }, true },
    { { field = "spec.lifecycle", equals = "production" }, true }, { { field = "spec.lifecycle", equals = "x" }, false },
    { { field = "spec.lifecycle", differs = "x" }, true },
    { { field = "spec.lifecycle", one_of = { "x", "production" } }, true }, { { field = "spec.lifecycle", one_of = { "x" } }, false },
    { { field = "metadata.name", matches = "^pay" }, true }, { { field = "metadata.name", matches = "^x" }, false },
    { { field = "metadata.description", contains = "money" }, true }, { { field = "metadata.tags", contains = "java" }, true },
    { { field = "metadata.tags", contains = "go" }, false },
    { { field = "metadata.tags", min = 1 }, true }, { { field = "metadata.tags", min = 2 }, false },
    { { field = "metadata.description", max = 5 }, false },
    { { tag = "java" }, true }, { { tag = "go" }, false }, { { annotation = "a/b" }, false },
    { { relation = "partOf" }, true }, { { relation = "dependsOn" }, false },
    { { all = { { tag = "java" }, { tag = "go" } } }, false }, { { any = { { tag = "java" }, { tag = "go" } } }, true },
    { { none = { { tag = "go" } } }, true }, { { none = { { tag = "java" } } }, false },
    { { lua = "documented" }, false },
    { { field = SLUG, equals = "acme/pay" }, true },
    { { field = "spec.public" }, false }, { { field = "spec.public", equals = false }, true },
    { { none = { { any = { { tag = "go" }, { tag = "c" } } } } }, true },
  }
  local checks = {}
  for i, rule in ipairs(rules) do checks[i] = { id = "r" .. i, rule = rule[1] } end
  t.config { scorecards = { { id = "x", checks = checks } } }
  t.sql(function() end)
  for i, result in ipairs(card(t).results) do
    t.equal(result.id .. " " .. result.state, "r" .. i .. " " .. (rules[i][2] and "passed" or "failed"))
  end
end)

test("a filter may name an annotation", function(t)
  t.config { scorecards = {
    { id = "x", filter = { [SLUG] = "acme/pay" }, checks = { { id = "a", rule = { tag = "x" } } } },
    { id = "y", filter = { [SLUG] = "other" }, checks = { { id = "a", rule = { tag = "x" } } } },
  } }
  t.equal(card(t).card, "x")
  t.equal(#t.call("card scores", { entity = entity }).rows, 1)
end)

test("a check that cannot be made fails and says why", function(t)
  t.config { scorecards = { { id = "x", checks = { { id = "a", rule = {} } } } } }
  local result = card(t).results[1]
  t.equal(result.state, "failed")
  t.equal(result.why:find("a rule needs", 1, true) ~= nil, true)
end)
