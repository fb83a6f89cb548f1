-- Announcements: what everybody should know, on the home page until it is over.
local callboard = require "callboard"

local MOST_TITLE, MOST_TEXT, PAGE = 200, 10000, 50

local function trim(text)
  return (tostring(text or ""):gsub("^%s+", ""):gsub("%s+$", ""))
end

-- Keys sort by time, the newest first.
local LAST = 9999999999999
local function new_key(at) return ("announcement/%013d-%s"):format(LAST - at, callboard.crypto.uuid()) end

-- A page of them, and where the next begins; what is over only when asked for.
local function list(all, after)
  local now, found = callboard.time.now(), {}
  local rows = callboard.store.list("announcement/", PAGE, after and "announcement/" .. after)
  for _, row in ipairs(rows) do
    local a = row.value
    a.id = row.key:sub(#"announcement/" + 1)
    a.over = a.until_ms ~= callboard.null and a.until_ms < now
    if all or not a.over then found[#found + 1] = a end
  end
  return callboard.array(found), #rows == PAGE and rows[PAGE].key:sub(#"announcement/" + 1) or nil
end

-- The form's fields as an announcement, or what is wrong with them.
local function read(form)
  local title, text, last = trim(form.title), trim(form.text), trim(form["until"])
  if title == "" then return nil, "It needs a title." end
  if #title > MOST_TITLE then return nil, "The title is too long." end
  if #text > MOST_TEXT then return nil, "The text is too long." end
  local until_ms = callboard.null
  if last ~= "" then
    local day = callboard.time.parse(last)
    if not day then return nil, "The last day must be a date, like 2026-12-24." end
    until_ms = day + 24 * 3600 * 1000
  end
  local user = callboard.user()
  return { title = title, text = text, category = trim(form.category), until_ms = until_ms, at = callboard.time.now(),
    by = user and user.ref or "" }
end

local function add(form)
  local announcement, why = read(form)
  if not announcement then return nil, why end
  local key = new_key(announcement.at)
  local id = key:sub(#"announcement/" + 1)
  callboard.store.set(key, announcement)
  callboard.audit("publish", { meta = { id = id, title = announcement.title } })
  announcement.id = id
  return announcement
end

local function publishes() return callboard.may "plugin.page.change" end

return {
  title = "Announcements",
  version = "1.0.0",
  description = "What everybody should know, on the home page until it is over.",
  author = "Callboard",
  icon = "megaphone",
  capabilities = { store = true, audit = true },
  nav = { { title = "Announcements", path = "/", icon = "megaphone" } },
  pages = {
    ["/"] = {
      title = "Announcements", view = "list.html",
      data = function(request)
        local all = request.query.all ~= nil
        local rows, next_page = list(all, request.query.after)
        return { rows = rows, next = next_page, all = all, publishes = publishes() }
      end,
      submit = function(request)
        local form = request.form or {}
        if form.delete then
          callboard.store.delete("announcement/" .. form.delete)
          callboard.audit("delete", { meta = { id = form.delete } })
        end
        return { redirect = "/announcements" }
      end,
    },
    ["/new"] = {
      title = "Announce something", view = "new.html", permission = "plugin.page.change",
      data = function() return { form = {} } end,
      submit = function(request)
        local form = request.form or {}
        local announcement, why = add(form)
        if announcement then return { redirect = "/announcements" } end
        return { form = form, why = why, status = 400 }
      end,
    },
  },
  routes = {
    ["GET /announcements"] = function(request)
      local rows = list(request.query.all ~= nil, request.query.after)
      return { json = rows }
    end,
    ["POST /announcements"] = function(request)
      local announcement, why = add(type(request.json) == "table" and request.json or {})
      if not announcement then return { status = 400, json = { error = { name = "InputError", message = why } } } end
      return { status = 201, json = announcement }
    end,
    ["DELETE /announcements/:id"] = function(request)
      callboard.store.delete("announcement/" .. request.params.id)
      return { status = 204 }
    end,
  },
  widgets = {
    { id = "latest", title = "Announcements", view = "widget.html",
      data = function()
        local rows = list(false)
        while #rows > 3 do rows[#rows] = nil end
        return { rows = rows }
      end },
  },
}
