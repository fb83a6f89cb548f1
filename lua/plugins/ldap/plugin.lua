-- catalog.providers.ldapOrg: people and groups of LDAP directories, as User and Group entities.
local discovery = require "callboard.discovery"
local organization = require "lib.organization"

local SECTION = "catalog.providers.ldapOrg"

return {
  title = "LDAP",
  version = "1.0.0",
  description = "People and groups of LDAP directories, Active Directory among them, in the catalog.",
  author = "Callboard",
  icon = "users",
  enabled_by = SECTION,
  capabilities = { catalog = "write", store = true, configuration = { SECTION }, ldap = { "configuration." .. SECTION } },
  providers = {
    { id = "organization", every = "1m", run = function(provider)
      local configs = discovery.configured(SECTION, { "target" })
      discovery.run(provider, "organization", configs, function(one, add) organization.read(one, #configs > 1, add) end)
    end },
  },
}
