-- Runs of CI, for plugins that show them: what a server answered is kept for a while, and whoever listens is told.
local callboard = require "callboard"

local runs = {}

local CACHED = 60
local FAILURE_CACHED = 10

--[[
{rows, url}, or {why}: a server that does not answer is no failure of the plugin's. of:
  server    its name for who reads: "GitHub"
  host, slug    whose runs
  ask()     gives {rows, url}, or raises
  tell(rows)    is called with rows that are new
]]
function runs.of(of)
  local key = ("runs/%s/%s"):format(of.host, of.slug):sub(1, 255)
  local found = callboard.cache.get(key)
  if found then return found end
  local good, answer = pcall(of.ask)
  if good then
    of.tell(answer.rows)
  else
    answer = { why = of.server .. " does not say: " .. tostring(answer) }
  end
  callboard.cache.set(key, answer, good and CACHED or FAILURE_CACHED)
  return answer
end

return runs
