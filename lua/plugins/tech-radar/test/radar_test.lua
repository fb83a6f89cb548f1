local data = {
  quadrants = { { id = "q", name = "Languages" } },
  rings = { { id = "in", name = "Adopt" }, { id = "out", name = "Hold" } },
  entries = {
    { title = "B", quadrant = "q", timeline = {
      { date = "2024-01-01", ringId = "out", moved = 0 }, { date = "2025-01-01", ringId = "in", moved = 1, description = "Now" } } },
    { title = "a", quadrant = "q", timeline = { { date = "2024-01-01", ringId = "in" } } },
    { title = "Lost", quadrant = "none", timeline = { { date = "2024-01-01", ringId = "in" } } },
  },
}

test("the newest entry of a timeline counts, and names are sorted", function(t)
  t.config { data = data }
  local page = t.call("page /", { query = {} })
  local entries = page.quadrants[1].entries
  t.equal(entries[1].title, "a")
  t.equal(entries[2].title, "B")
  t.equal(entries[2].ring, "Adopt")
  t.equal(entries[2].moved, 1)
  t.equal(page.unknown[1], "Lost")
end)

test("the radar comes from where the site says", function(t)
  t.config { url = "https://example.com/radar.json" }
  t.http { ["GET https://example.com/radar.json"] = { status = 200, json = data } }
  t.equal(#t.call("GET /radar", {}).json.entries, 3)
end)

test("an answer that is no radar is named", function(t)
  t.config { url = "https://example.com/radar.json" }
  t.http { ["GET https://example.com/radar.json"] = { status = 404, body = "no" } }
  t.error(function() t.call("page /", { query = {} }) end, "answers 404")
end)

test("without a configuration it is empty", function(t)
  t.equal(#t.call("page /", { query = {} }).blips, 0)
end)
