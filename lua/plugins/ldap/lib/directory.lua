-- What is asked of a directory, from the configuration as Backstage has it.
local callboard = require "callboard"
local discovery = require "callboard.discovery"

local directory = {}

local value = discovery.value

local MAPS = {
  users = { rdn = "uid", name = "uid", displayName = "cn", email = "mail", memberOf = "memberOf" },
  groups = { rdn = "cn", name = "cn", description = "description", displayName = "cn", type = "groupType", memberOf = "memberOf",
    members = "member" },
}

-- Which attributes a kind of server has for an entry's DN and for what never changes about it.
local VENDORS = {
  active_directory = { dn = "distinguishedName", uuid = "objectGUID" },
  freeipa = { dn = "dn", uuid = "ipaUniqueID" },
  google = { dn = "dn", uuid = "uid" },
  other = { dn = "entryDN", uuid = "entryUUID" },
}

-- ---- the configuration ----

local function filter_of(options)
  local filter = value(options.filter)
  -- Written in several lines, white space stands where a filter may have none.
  return filter and filter:gsub("%s*([()])", "%1"):match("^%s*(.-)%s*$")
end

local function page_of(options)
  local paged = value(options.paged)
  if paged == false then return 0 end
  return type(paged) == "table" and value(paged.pageSize) or nil
end

local function branch(part, defaults)
  local map, options = {}, value(part.options, {})
  for key, name in pairs(defaults) do map[key] = name end
  for key, name in pairs(value(part.map, {})) do map[key] = value(name) end
  return { dn = part.dn or error("dn is missing", 0), map = map, set = value(part.set, {}), options = options }
end

-- users or groups: one object or a list of them; none is fine.
function directory.branches(config, what)
  local section, found = value(config[what], {}), {}
  if section.dn then section = { section } end
  for i, part in ipairs(section) do found[i] = branch(part, MAPS[what]) end
  return found
end

-- ---- asking ----

local function server(config)
  return { url = config.target:gsub("/+$", ""), bind = value(config.bind), tls = value(config.tls) }
end

local function vendor_of(config)
  local options = server(config)
  options.base, options.scope, options.paged = "", "base", 0
  options.attributes = { "forestFunctionality", "ipaDomainLevel", "vendorName" }
  local root = callboard.ldap.search(options)[1]
  local has = root and root.attributes or {}
  if has.forestfunctionality then return VENDORS.active_directory end
  if has.ipadomainlevel then return VENDORS.freeipa end
  return has.vendorname and has.vendorname[1] == "Google" and VENDORS.google or VENDORS.other
end

-- {dn, uuid, lower}: names of attributes; lower: the directory spells one DN in several ways.
function directory.vendor(config)
  local own = value(config.vendor, {})
  local dn, uuid = value(own.dnAttributeName), value(own.uuidAttributeName)
  if not (dn and uuid) then
    local found = vendor_of(config)
    dn, uuid = dn or found.dn, uuid or found.uuid
  end
  return { dn = dn, uuid = uuid, lower = value(own.dnCaseSensitive, false) }
end

-- Only what is needed: everything would have pictures and certificates in it.
local function attributes_of(part, vendor)
  if value(part.options.attributes) then return part.options.attributes end
  local names, seen = {}, {}
  local function add(name)
    if name and name ~= "" and not seen[name] then
      names[#names + 1], seen[name] = name, true
    end
  end
  add(vendor.dn)
  add(vendor.uuid)
  for _, name in pairs(part.map) do add(name) end
  table.sort(names)
  return names
end

-- Hands the entries of a branch to each() in parts.
function directory.read(config, vendor, part, each)
  local options = server(config)
  options.base, options.scope, options.filter = part.dn, value(part.options.scope, "one"), filter_of(part.options)
  options.paged = page_of(part.options)
  options.size_limit, options.time_limit = value(part.options.sizeLimit), value(part.options.timeLimit)
  options.attributes = attributes_of(part, vendor)
  options.hex = { "objectGUID" }
  callboard.ldap.search(options, each)
end

-- ---- an entry's attributes ----

function directory.values(entry, name)
  if not name then return {} end
  if name == "dn" then return { entry.dn } end
  return entry.attributes[name:lower()] or {}
end

-- One value; of several nobody knows which.
function directory.text(entry, name)
  local values = directory.values(entry, name)
  return #values == 1 and values[1] or nil
end

-- Active Directory gives 16 bytes, the first three groups the other way round.
local function guid(hex)
  local order, text = { 4, 3, 2, 1, "-", 6, 5, "-", 8, 7, "-", 9, 10, "-", 11, 12, 13, 14, 15, 16 }, {}
  for i, at in ipairs(order) do text[i] = at == "-" and at or hex:sub(2 * at - 1, 2 * at) end
  return table.concat(text)
end

function directory.uuid(entry, vendor)
  local text = directory.text(entry, vendor.uuid)
  if text and vendor.uuid:lower() == "objectguid" and #text == 32 then return guid(text) end
  return text
end

function directory.dn(entry, vendor)
  local dn = directory.text(entry, vendor.dn) or entry.dn
  return vendor.lower and dn:lower() or dn
end

return directory
