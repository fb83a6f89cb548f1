-- All rows of the store below a key, which it gives a page at a time.
local callboard = require "callboard"

local PAGE = 500

local rows = {}

function rows.below(prefix)
  local found, after = {}, nil
  repeat
    local page = callboard.store.list(prefix, PAGE, after)
    for _, row in ipairs(page) do found[#found + 1] = row end
    after = #page == PAGE and page[PAGE].key or nil
  until not after
  return found
end

return rows
