-- An example of a policy: copy it into a directory of your own, say policies/acme.lua beside app-config.yaml, and choose it:
--
--   permission:
--     enabled: true
--     policyDirectories: [./policies]
--     policy: acme
--     rbac: { admin: { superUsers: [{ name: group:default/platform }] } }
--
-- A function that is asked what somebody may do. docs/permissions.md says when, and what it may give back.

local PLATFORM = "group:default/platform"

local function owns(user, ref)
  for _, owned in ipairs(user.ownership) do
    if owned == ref then return true end
  end
  return false
end

-- Those that belong to who asks.
local own = { rule = "IS_ENTITY_OWNER", params = { claims = { "$ownerRefs" } } }
local secret = { rule = "HAS_LABEL", params = { label = "secret" } }

local function conditional(conditions)
  return { result = "CONDITIONAL", pluginId = "catalog", resourceType = "catalog-entity", conditions = conditions }
end

return function(request, user)
  local permission = request.permission
  local action = permission.attributes.action

  -- Programs answer to what their tokens are made for, and to roles.
  if user.kind == "service" then return nil end
  if owns(user, PLATFORM) then return "ALLOW" end

  -- On entities: everybody reads what is no secret, and whoever owns something may change it.
  if permission.resourceType == "catalog-entity" then
    if action == "read" then
      return conditional { anyOf = { own, { ["not"] = secret } } }
    end
    return user.kind == "guest" and "DENY" or conditional(own)
  end

  -- All else may be looked at; what else there is to allow, roles say.
  if action == "read" then return "ALLOW" end
  return nil
end
