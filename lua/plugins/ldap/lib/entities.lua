-- Entries of a directory as entities.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local directory = require "lib.directory"

local entities = {}

-- The steps of "spec.profile.x", "metadata.annotations['a.b/c']", "spec.list[0]".
local function steps_of(path)
  local steps, at = {}, 1
  while at <= #path do
    local from, to, key = path:find("^%.?([^.%[%]]+)", at)
    if not from then from, to, key = path:find("^%[['\"](.-)['\"]%]", at) end
    if not from then
      from, to, key = path:find("^%[(%d+)%]", at)
      key = key and math.tointeger(key) + 1
    end
    if not from then error("set: '" .. path .. "' is no path", 0) end
    steps[#steps + 1], at = key, to + 1
  end
  return steps
end

local function set(entity, path, wanted)
  local steps, at = steps_of(path), entity
  for i = 1, #steps - 1 do
    if type(at[steps[i]]) ~= "table" then at[steps[i]] = {} end
    at = at[steps[i]]
  end
  at[steps[#steps]] = wanted
end

local function text_of(v) return type(v) == "string" and v or "" end

function entities.ref(entity)
  local kind, metadata = text_of(entity.kind), entity.metadata
  local namespace = metadata.namespace and text_of(metadata.namespace) or "default"
  return ("%s:%s/%s"):format(kind, namespace, text_of(metadata.name)):lower()
end

local ANNOTATIONS = { rdn = "backstage.io/ldap-rdn", uuid = "backstage.io/ldap-uuid", dn = "backstage.io/ldap-dn" }

-- spec: what the kind begins with; id is the provider's in the configuration.
local function entity_of(id, entry, part, vendor, kind, spec)
  local entity = { apiVersion = "backstage.io/v1beta1", kind = kind, metadata = { name = "", annotations = {} }, spec = spec }
  spec.profile = {}
  for path, wanted in pairs(part.set) do set(entity, path, wanted) end
  local metadata, map = entity.metadata, part.map
  local function text(name) return directory.text(entry, name) end
  metadata.name = text(map.name) or metadata.name
  metadata.description = text(map.description) or metadata.description
  metadata.annotations = metadata.annotations or {}
  local annotations, profile = metadata.annotations, entity.spec.profile
  annotations[ANNOTATIONS.rdn] = text(map.rdn) or annotations[ANNOTATIONS.rdn]
  annotations[ANNOTATIONS.uuid] = directory.uuid(entry, vendor) or annotations[ANNOTATIONS.uuid]
  annotations[ANNOTATIONS.dn] = directory.dn(entry, vendor)
  profile.displayName = text(map.displayName) or profile.displayName
  profile.email = text(map.email) or profile.email
  profile.picture = text(map.picture) or profile.picture
  return discovery.annotate(entity, ("ldap://%s/%s"):format(id, discovery.encode(annotations[ANNOTATIONS.dn])))
end

function entities.user(id, entry, part, vendor)
  return entity_of(id, entry, part, vendor, "User", { memberOf = callboard.array {} })
end

function entities.group(id, entry, part, vendor)
  local entity = entity_of(id, entry, part, vendor, "Group", { type = "unknown", children = callboard.array {} })
  entity.spec.type = directory.text(entry, part.map.type) or entity.spec.type
  return entity
end

-- What others may call an entity: its reference, DN, RDN or UUID, in a form that is the same however it is spelled.
function entities.key(name)
  return (name:lower():gsub("%s*([,=+])%s*", "%1"):gsub("\\(%x%x)", function(hex)
    local c = string.char(tonumber(hex, 16))
    return c:find('[,+"\\<>;=# ]') and "\\" .. c or c
  end))
end

function entities.keys(entity)
  local keys = { entities.key(entities.ref(entity)) }
  for _, annotation in pairs(ANNOTATIONS) do
    local name = entity.metadata.annotations[annotation]
    if name and name ~= "" then keys[#keys + 1] = entities.key(name) end
  end
  return keys
end

return entities
