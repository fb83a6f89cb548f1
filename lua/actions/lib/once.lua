-- What is made elsewhere is made once, also when whoever made it dies before it could be noted.
local once = {}

local TRIES, SKEW = 3, 300

-- Was it made since then? Clocks of two machines differ. Its own time is text, 2026-01-02T03:04:05Z and the like.
function once.is_new(created, begun)
  if type(created) ~= "string" then return false end
  return created:sub(1, 19) >= os.date("!%Y-%m-%dT%H:%M:%S", begun - SKEW)
end

-- As the third argument of ctx.checkpoint: what nobody knows whether it was done may be done again.
function once.unknown() return nil end

--[[
create(ctx, api, key, find, make): what make() gave, this time or an earlier one. Where a run was ended in between, or a server
did not answer, find(begun) says whether it was made, and gives what make() would have. find nil: it cannot be found, and a run
that was ended in between fails rather than make it twice.
]]
function once.create(ctx, api, key, find, make)
  local again = true
  local begun = ctx.checkpoint(key .. ".begun", function()
    again = false
    return os.time()
  end, once.unknown)
  local look = find and function() return find(begun) end
  return ctx.checkpoint(key, function()
    for attempt = 1, TRIES do
      local found = again and look and look()
      if found then return found end
      local made, result = pcall(make)
      if made then return result end
      if attempt == TRIES or not api.away or not look then error(result, 0) end
      again = true
      ctx.wait(1000 * attempt)
    end
  end, look)
end

return once
