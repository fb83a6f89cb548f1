-- @TITLE@: greets whoever looks at a component. docs/plugins.md of Callboard tells what else a plugin can do.
local callboard = require "callboard"
local words = require "lib.words"

local function greet(name)
  return words.greeting(callboard.config.greeting, name)
end

return {
  title = "@TITLE@",
  version = "0.1.0",
  description = "Greets whoever looks at a component.",
  icon = "smile",

  -- What the site may set: plugins.@NAME@.config.greeting in its configuration.
  config = {
    type = "object",
    properties = {
      greeting = { type = "string", default = "Hello" },
    },
  },

  -- /@NAME@, and the way there in the side bar.
  nav = { { title = "@TITLE@", path = "/", icon = "smile" } },
  pages = {
    ["/"] = {
      title = "@TITLE@",
      view = "index.html",
      data = function(request)
        return { text = greet(request.query.name or "everybody") }
      end,
    },
  },

  -- GET /api/@NAME@/greeting?name=Ana
  routes = {
    ["GET /greeting"] = function(request)
      return { json = { text = greet(request.query.name or "everybody") } }
    end,
  },

  -- On the page of every component.
  cards = {
    {
      id = "greeting",
      title = "Greeting",
      when = { kind = "component" },
      view = "card.html",
      data = function(request)
        return { text = greet(request.entity.metadata.name) }
      end,
    },
  },
}
