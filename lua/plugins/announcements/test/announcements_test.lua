local function post(t, json) return t.call("POST /announcements", { json = json }) end
local function titles(t, query)
  local found = {}
  for i, a in ipairs(t.call("GET /announcements", { query = query or {} }).json) do found[i] = a.title end
  return table.concat(found, ", ")
end

test("what is announced is listed until it is over", function(t)
  t.equal(post(t, { title = "Long ago", ["until"] = "2001-01-01" }).status, 201)
  t.equal(post(t, { title = " Now ", text = "x" }).status, 201)
  t.equal(titles(t), "Now")
  t.equal(titles(t, { all = "1" }):find("Long ago", 1, true) ~= nil, true)
end)

test("what is wrong is said", function(t)
  t.equal(post(t, { title = "" }).json.error.message, "It needs a title.")
  t.equal(post(t, { title = ("x"):rep(201) }).status, 400)
  t.equal(post(t, { title = "x", ["until"] = "soon" }).status, 400)
  t.equal(post(t, nil).status, 400)
end)

test("what is deleted is gone", function(t)
  local id = post(t, { title = "Gone" }).json.id
  t.equal(t.call("DELETE /announcements/:id", { params = { id = id } }).status, 204)
  t.equal(titles(t), "")
end)
