-- The technology radar: what we use, what we try, what we leave. Its data has the form of Backstage's plugin.
local callboard = require "callboard"

local RADIUS = 380
local ARC = math.pi / 2

-- Quadrants stand clockwise from the right below, as on Backstage's radar.
local function layout(radar)
  local rings, quadrants = {}, {}
  for i, ring in ipairs(radar.rings or {}) do
    rings[ring.id] = { index = i, name = ring.name, radius = math.floor(RADIUS * i / #radar.rings), color = ring.color }
  end
  local order = {}
  for i, quadrant in ipairs(radar.quadrants or {}) do
    quadrants[quadrant.id] = { index = i, name = quadrant.name, entries = {} }
    order[i] = quadrants[quadrant.id]
  end
  return rings, quadrants, order
end

-- The newest entry of a timeline says where something is now, and whether it moved.
local function newest(timeline)
  local found
  for _, moment in ipairs(timeline or {}) do
    if not found or tostring(moment.date) > tostring(found.date) then found = moment end
  end
  return found
end

-- Spread over the ring's part of its quadrant by the golden ratio: always the same place, seldom two at one.
local function place(n, quadrant, ring, count)
  local inner, outer = ring.radius - RADIUS / count, ring.radius
  local across, along = (n * 0.618034) % 1, (n * 0.381966 + 0.5) % 1
  local angle = ARC * (quadrant.index - 1) + ARC * (0.08 + 0.84 * across)
  local radius = inner + (outer - inner) * (0.2 + 0.6 * along)
  return math.floor(math.cos(angle) * radius), math.floor(math.sin(angle) * radius)
end

local function draw(radar)
  local rings, quadrants, order = layout(radar)
  local blips, unknown = {}, {}
  for n, entry in ipairs(radar.entries or {}) do
    local now = newest(entry.timeline) or { ringId = entry.ring }
    local ring, quadrant = rings[now.ringId], quadrants[entry.quadrant]
    if ring and quadrant then
      local x, y = place(n, quadrant, ring, #radar.rings)
      local blip = {
        number = #blips + 1, x = x, y = y, title = entry.title, url = entry.url, ring = ring.name, ring_index = ring.index,
        moved = now.moved or 0, description = now.description or entry.description or "", quadrant = quadrant.name,
      }
      blips[#blips + 1] = blip
      table.insert(quadrant.entries, blip)
    else
      unknown[#unknown + 1] = entry.title
    end
  end
  for _, quadrant in ipairs(order) do
    table.sort(quadrant.entries, function(a, b)
      if a.ring_index ~= b.ring_index then return a.ring_index < b.ring_index end
      return a.title:lower() < b.title:lower()
    end)
    quadrant.entries = callboard.array(quadrant.entries)
  end
  local circles = {}
  for _, ring in pairs(rings) do circles[#circles + 1] = ring end
  table.sort(circles, function(a, b) return a.radius > b.radius end)
  return {
    blips = callboard.array(blips), quadrants = callboard.array(order), rings = callboard.array(circles),
    unknown = callboard.array(unknown),
  }
end

local function radar()
  local config = callboard.config
  if not config.url or config.url == "" then return config.data or {} end
  local answer = callboard.http.request { url = config.url, timeout = 4 }
  if not answer.ok or type(answer.json) ~= "table" then
    error(config.url .. " answers " .. answer.status .. " and no radar in JSON", 0)
  end
  return answer.json
end

return {
  title = "Tech Radar",
  version = "1.0.0",
  description = "What we use, what we try, and what we leave behind.",
  author = "Callboard",
  icon = "radar",
  capabilities = { http = { "config.url" } },
  config = {
    type = "object",
    properties = {
      url = { type = "string", description = "where the radar is, as JSON" },
      data = { type = "object", description = "the radar itself: quadrants, rings, entries" },
    },
  },
  nav = { { title = "Tech Radar", path = "/", icon = "radar" } },
  pages = {
    ["/"] = { title = "Tech Radar", view = "radar.html", data = function() return draw(radar()) end },
  },
  routes = {
    ["GET /radar"] = function() return { json = radar() } end,
  },
}
