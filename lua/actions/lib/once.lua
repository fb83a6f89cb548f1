-- What is made elsewhere is made once, also when whoever made it dies before it could be noted.
local once = {}

local TRIES, SKEW = 3, 300

-- Was it made since then? Clocks of two machines differ. Its own time is text, 2026-01-02T03:04:05Z and the like.
function once.is_new(created, begun)
  if type(created) ~= "string" then return false end
  return created:sub(1, 19) >= os.date("!%Y-%m-%dT%H:%M:%S", begun - SKEW)
end

--[[
create(ctx, api, key, find, make): what make() gave, this time or an earlier one. That it begins is noted before: where a run
was ended in between, or a server did not answer, find(begun) says whether it was made, and gives what make() would have.
]]
function once.create(ctx, api, key, find, make)
  local again = true
  local begun = ctx.checkpoint(key .. ".begun", function()
    again = false
    return os.time()
  end)
  return ctx.checkpoint(key, function()
    for attempt = 1, TRIES do
      local found = again and find(begun)
      if found then return found end
      local made, result = pcall(make)
      if made then return result end
      if attempt == TRIES or not api.away then error(result, 0) end
      again = true
      ctx.wait(1000 * attempt)
    end
  end)
end

return once
