-- gitlab:group:access: who may do what in a group.
local callboard = require "callboard"
local gitlab = require "lib.gitlab"

local LEVELS = { no_access = 0, minimal_access = 5, guest = 10, planner = 15, reporter = 20, developer = 30, maintainer = 40, owner = 50 }

local function level_of(ctx, given)
  if type(given) == "number" then return given end
  local level = LEVELS[(given or "developer"):lower():gsub("[ -]", "_")]
  return level or ctx.fail("InputError", ("accessLevel '%s' is not known"):format(given))
end

local function add_user(api, at, id, level)
  local answer = api:ask("POST", at .. "/members", { user_id = id, access_level = level })
  if answer.status == 409 then
    answer = api:ask("PUT", ("%s/members/%d"):format(at, id), { access_level = level })
  end
  if not answer.ok then api:refuse(answer, ("Failed to add the user %d"):format(id)) end
end

local function add_group(api, at, id, level)
  local answer = api:ask("POST", at .. "/share", { group_id = id, group_access = level })
  if not answer.ok and answer.status ~= 409 then api:refuse(answer, ("Failed to share with the group %d"):format(id)) end
end

local function remove(api, path)
  local answer = api:ask("DELETE", path)
  if not answer.ok and answer.status ~= 404 then api:refuse(answer, "Failed to take away access") end
end

return {
  id = "gitlab:group:access",
  description = "Gives users and groups access to a group at GitLab, or takes it away.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "path" },
      properties = gitlab.properties {
        path = { type = { "number", "string" }, title = "Group", description = "Its number, or its path" },
        userIds = gitlab.list("Users", "number", "Their numbers"),
        groupIds = gitlab.list("Groups", "number", "Their numbers"),
        action = { type = "string", enum = { "add", "remove" }, title = "What is done", description = "[add]" },
        accessLevel = { type = { "number", "string" }, title = "Access", description = "A number, or developer, maintainer, ... [30]" },
      },
    },
    output = {
      type = "object",
      properties = {
        userIds = gitlab.list("Users", "number"), groupIds = gitlab.list("Groups", "number"),
        path = { type = { "number", "string" }, title = "Group" }, accessLevel = gitlab.number "Access",
      },
    },
  },
  examples = {
    {
      description = "Somebody becomes a maintainer",
      example = [[
steps:
  - id: access
    action: gitlab:group:access
    input:
      repoUrl: gitlab.com?owner=acme&repo=none
      path: acme/services
      userIds: [17]
      accessLevel: maintainer
]],
    },
  },
  run = function(ctx, input)
    local users, groups = input.userIds or {}, input.groupIds or {}
    local level = level_of(ctx, input.accessLevel)
    if #users + #groups == 0 then ctx.fail("InputError", "userIds or groupIds must name somebody") end
    ctx.output("path", input.path)
    ctx.output("userIds", callboard.array(users))
    ctx.output("groupIds", callboard.array(groups))
    if input.action ~= "remove" then ctx.output("accessLevel", level) end
    if ctx.dry_run then return end
    local _, api = gitlab.open(ctx, input)
    local at = "/groups/" .. ctx.http.escape(type(input.path) == "number" and ("%d"):format(input.path) or input.path)
    for _, id in ipairs(users) do
      if input.action == "remove" then remove(api, ("%s/members/%d"):format(at, id)) else add_user(api, at, id, level) end
    end
    for _, id in ipairs(groups) do
      if input.action == "remove" then remove(api, ("%s/share/%d"):format(at, id)) else add_group(api, at, id, level) end
    end
  end,
}
