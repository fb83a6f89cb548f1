-- callboard plugin test DIR runs what is here. t.call calls a function of plugin.lua as the portal would.
test("the card greets the component", function(t)
  local card = t.call("card greeting", { entity = { kind = "Component", metadata = { name = "payments" } } })
  t.equal(card.text, "Hello, payments!")
end)

test("the route greets by name", function(t)
  local answer = t.call("GET /greeting", { query = { name = "Ana" } })
  t.equal(answer.json.text, "Hello, Ana!")
end)

test("the site chooses the greeting", function(t)
  t.config { greeting = "Good morning" }
  t.equal(t.call("page /", { query = {} }).text, "Good morning, everybody!")
end)
