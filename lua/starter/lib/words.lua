-- A module of this plugin: require "lib.words" finds it.
local words = {}

function words.greeting(greeting, name)
  return greeting .. ", " .. name .. "!"
end

return words
