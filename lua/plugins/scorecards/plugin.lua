-- Scorecards: what good means here, as checks with levels and weights, for every entity, team and the whole company, over time.
local callboard = require "callboard"
local cards = require "lib.cards"
local facts = require "lib.facts"
local history = require "lib.history"

local DAYS = 90

local function evaluated(entity)
  local applying, found = {}, {}
  for _, card in ipairs(cards.all()) do
    if cards.applies(card, entity) then applying[#applying + 1] = card end
  end
  if #applying == 0 then return callboard.array {} end
  local exemptions, known = cards.exemptions(), cards.facts_of(applying, { entity })[cards.ref(entity)]
  for i, card in ipairs(applying) do found[i] = cards.evaluate(card, entity, exemptions, known) end
  return callboard.array(found)
end

-- What an entity comes to on one scorecard; nil when there is no such entity, or it is not for it.
local function evaluated_on(id, ref)
  local entity = ref and callboard.catalog.entity(ref)
  for _, row in ipairs(entity and evaluated(entity) or {}) do
    if row.card == id then return row end
  end
end

-- A line for the drawing of a trend: x from 0 to 100, y from 30 (score 0) to 0 (score 100).
local function line(days)
  local points = {}
  for i, day in ipairs(days) do
    points[i] = ("%.1f,%.1f"):format(#days == 1 and 100 or 100 * (i - 1) / (#days - 1), 30 - 0.3 * day.score)
  end
  return table.concat(points, " ")
end

local function summary(card)
  local days = history.days(card, DAYS)
  local last = days[#days]
  return { id = card.id, title = card.title or card.id, description = card.description or "", levels = cards.levels(card),
    days = days, line = line(days), last = last or callboard.null,
    change = last and last.score - days[1].score or 0 }
end

local function checks_of(card, last)
  local rows = {}
  for i, check in ipairs(card.checks or {}) do
    local failed, no_data = last and last.failed[check.id] or 0, last and last.no_data[check.id] or 0
    rows[i] = { id = check.id, title = check.title or check.id, level = check.level or cards.levels(card)[1], weight = check.weight or 1,
      fix = check.fix or "", failed = failed - no_data, no_data = no_data, passed = last and last.entities - failed or 0 }
  end
  return callboard.array(rows)
end

local function no_entity() return { status = 404, json = { error = { name = "NotFoundError", message = "No such entity" } } } end

local function not_found() return { status = 404, missing = true } end

local function day_ms(text)
  if not text or text == "" then return callboard.null end
  local ms = callboard.time.parse(text)
  return ms and ms + 24 * 3600 * 1000
end

local function exempt(form)
  local card = cards.by_id(form.card or "")
  local until_ms = day_ms(form["until"])
  if not card then return "There is no such scorecard." end
  if not form.ref or not callboard.catalog.entity(form.ref) then return "There is no such entity." end
  if not cards.check(card, form.check) then return "There is no such check." end
  if not form.reason or form.reason == "" then return "Say why." end
  if not until_ms then return "The last day must be a date, like 2026-12-24." end
  local user = callboard.user()
  callboard.store.set("exemption/" .. card.id .. "/" .. form.check .. "/" .. form.ref:lower(),
    { reason = form.reason, until_ms = until_ms, by = user and user.ref or "", at = callboard.time.now() })
  callboard.audit("exempt", { meta = { scorecard = card.id, check = form.check, entityRef = form.ref, reason = form.reason } })
end

return {
  title = "Scorecards",
  version = "1.0.0",
  description = "What good means here: checks with levels and weights for every entity, team and the company, over time.",
  author = "Callboard",
  icon = "medal",
  capabilities = { catalog = "read", store = true, sql = true, audit = true },
  migrations = {
    "CREATE TABLE IF NOT EXISTS {fact} (entity VARCHAR(191) NOT NULL, source VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, "
      .. "body TEXT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY KEY (entity, source, name), INDEX seen_at (seen_at))",
  },
  config = {
    type = "object",
    properties = {
      factDays = { type = "integer", minimum = 1, default = 90 },
      scorecards = {
        type = "array",
        items = {
          type = "object", required = { "id", "checks" },
          properties = {
            id = { type = "string", pattern = "^[a-z0-9-]+$" },
            title = { type = "string" },
            description = { type = "string" },
            filter = { type = "object" },
            levels = { type = "array", items = { type = "string" } },
            checks = {
              type = "array",
              items = {
                type = "object", required = { "id", "rule" },
                properties = {
                  id = { type = "string", pattern = "^[a-z0-9-]+$" },
                  title = { type = "string" }, level = { type = "string" }, weight = { type = "number", minimum = 0 },
                  fix = { type = "string" }, url = { type = "string" }, rule = { type = "object" },
                },
              },
            },
          },
        },
      },
    },
  },
  nav = { { title = "Scorecards", path = "/", icon = "medal" } },
  pages = {
    ["/"] = { title = "Scorecards", view = "index.html",
      data = function()
        local rows = {}
        for i, card in ipairs(cards.all()) do rows[i] = summary(card) end
        return { rows = callboard.array(rows) }
      end },
    ["/:card"] = { title = "Scorecard", view = "scorecard.html",
      data = function(request)
        local card = cards.by_id(request.params.card)
        if not card then return not_found() end
        local s = summary(card)
        return { title = s.title, s = s, checks = checks_of(card, s.days[#s.days]), owners = history.owners(card) }
      end },
    ["/:card/entity"] = { title = "Scorecard of an entity", view = "entity.html",
      data = function(request)
        local found = evaluated_on(request.params.card, request.query.ref)
        if not found then return not_found() end
        local seen = false
        for _, result in ipairs(found.results) do seen = seen or result.evidence ~= nil end
        return { title = found.title, id = found.card, found = found, seen = seen }
      end },
    ["/:card/owner"] = { title = "Scorecard of an owner", view = "owner.html",
      data = function(request)
        local card, owner = cards.by_id(request.params.card), request.query.ref or ""
        local found = card and history.entities(card, owner)
        if not found then return not_found() end
        local names = {}
        for _, check in ipairs(card.checks) do names[check.id] = check.title or check.id end
        table.sort(found, function(a, b)
          if a.score ~= b.score then return a.score < b.score end
          return a.ref < b.ref
        end)
        return { title = card.title or card.id, owner = owner, id = card.id, names = names, entities = callboard.array(found),
          checks = checks_of(card), may = callboard.may "plugin.page.change" }
      end,
      submit = function(request)
        local form = request.form or {}
        form.card = request.params.card
        local why = exempt(form)
        if why then return { title = "Exemption", why = why, status = 400 } end
        return { redirect = request.path and "/scorecards/" .. form.card .. "/owner?ref=" .. (form.owner or "") }
      end },
  },
  routes = {
    ["GET /scorecards"] = function()
      local rows = {}
      for i, card in ipairs(cards.all()) do rows[i] = summary(card) end
      return { json = callboard.array(rows) }
    end,
    ["GET /scorecards/:card/owners"] = function(request)
      local card = cards.by_id(request.params.card)
      if not card then return { status = 404, json = { error = { name = "NotFoundError", message = "No such scorecard" } } } end
      return { json = history.owners(card) }
    end,
    ["GET /entity"] = function(request)
      local entity = callboard.catalog.entity(request.query.ref or "")
      if not entity then return no_entity() end
      return { json = evaluated(entity) }
    end,
    ["GET /facts"] = function(request)
      local entity = callboard.catalog.entity(request.query.ref or "")
      if not entity then return no_entity() end
      local ref = cards.ref(entity)
      return { json = facts.of({ ref })[ref] }
    end,
  },
  cards = {
    { id = "scores", title = "Scorecards", when = { kind = { "component", "api", "resource", "system" } }, view = "card.html",
      data = function(request) return { rows = evaluated(request.entity) } end },
  },
  events = { ["*.facts"] = facts.hear },
  schedules = {
    { id = "evaluate", every = "1h", run = function()
      facts.tidy()
      for _, card in ipairs(cards.all()) do history.evaluate(card) end
    end },
  },
}
