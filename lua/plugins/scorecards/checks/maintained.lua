-- A check on facts that GitHub's plugin tells: `rule: { lua: maintained }`.
-- Not archived, and somebody pushed to it within half a year.
local callboard = require "callboard"

local HALF_A_YEAR = 183 * 24 * 3600 * 1000

return function(_, facts)
  local archived, pushed = facts.github.archived, facts.github.last_push
  -- nil: nobody has told, so nobody knows.
  if archived == nil or pushed == nil then return nil end
  return not archived and callboard.time.now() - (callboard.time.parse(pushed) or 0) < HALF_A_YEAR
end
