-- A value within a value, by a path like "spec.links.1.url".
local callboard = require "callboard"

local function follow(value, path)
  if type(value) ~= "table" then return nil end
  local found = value[path]
  if found == nil then found = value[tonumber(path)] end
  if found ~= nil then return found end
  -- The key of an annotation has dots in it: "metadata.annotations.github.com/project-slug".
  for dot in path:gmatch "()%." do
    local head = path:sub(1, dot - 1)
    found = value[head]
    if found == nil then found = value[tonumber(head)] end
    found = follow(found, path:sub(dot + 1))
    if found ~= nil then return found end
  end
end

return function(value, path)
  local found = follow(value, path)
  if found == callboard.null then return nil end
  return found
end
