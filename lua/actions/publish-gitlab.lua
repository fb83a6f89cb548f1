-- publish:gitlab: a new project at GitLab with the workspace's files.
local files = require "lib.files"
local gitlab = require "lib.gitlab"
local once = require "lib.once"

local VARIABLE = {
  key = "key", value = "value", description = "description", variable_type = "variable_type", protected = "protected",
  masked = "masked", raw = "raw", environment_scope = "environment_scope",
}

local inputs = files.properties(gitlab.properties {
  repoVisibility = { type = "string", enum = { "private", "public", "internal" }, title = "Visibility", description = "[private]" },
  defaultBranch = gitlab.text("Default branch", "[master]"),
  sourcePath = { type = { "string", "boolean" }, title = "Source", description = "Folder of the workspace; false: no files" },
  skipExisting = gitlab.flag("A project that is there stays as it is", "[false]"),
  setUserAsOwner = gitlab.flag("Owner", "Whoever the token is of becomes an owner of the project"),
  ownerUsername = gitlab.text("Owner", "Somebody who becomes an owner of the project"),
  topics = gitlab.list("Topics", "string"),
  settings = {
    type = "object", title = "Settings", description = "As of GitLab's API: ci_config_path, merge_method, squash_option, ...",
  },
  branches = {
    type = "array", title = "Branches", items = {
      type = "object", required = { "name" },
      properties = {
        name = gitlab.text "Name", protect = gitlab.flag("Protect it", "[false]"),
        create = gitlab.flag("Make it", "[false]"), ref = gitlab.text("From", "[master]"),
      },
    },
  },
  projectVariables = {
    type = "array", title = "Variables", items = {
      type = "object", required = { "key", "value" },
      properties = {
        key = gitlab.text "Name", value = gitlab.text "Value", description = gitlab.text "Description",
        variable_type = { type = "string", enum = { "env_var", "file" } }, protected = gitlab.flag "For protected branches only",
        masked = gitlab.flag "Masked in logs", raw = gitlab.flag "Not expanded", environment_scope = gitlab.text("Environment", "[*]"),
      },
    },
  },
})

-- The group, or whoever the token is of.
local function namespace(ctx, api, repo)
  local answer = api:ask("GET", "/namespaces/" .. ctx.http.escape(repo.owner))
  if answer.ok then return answer.json.id end
  if answer.status ~= 404 then api:refuse(answer, "The namespace " .. repo.owner) end
  local me = api:call("Whoever the token is of", "GET", "/user")
  if me.username ~= repo.owner then
    ctx.fail("InputError", ("The namespace %s is not found, or the token may not see it"):format(repo.owner))
  end
  return me.namespace_id
end

local function pick(project)
  return { id = project.id, http_url_to_repo = project.http_url_to_repo, web_url = project.web_url }
end

local function create(ctx, api, repo, input)
  local path = gitlab.path(ctx, repo.owner .. "/" .. repo.repo)
  return once.create(ctx, api, "project", function(begun)
    local answer = api:ask("GET", path)
    return answer.ok and once.is_new(answer.json.created_at, begun) and pick(answer.json) or nil
  end, function()
    local wanted = { visibility = input.repoVisibility or "private", topics = input.topics }
    for name, value in pairs(input.settings or {}) do wanted[name] = value end
    wanted.name, wanted.namespace_id = repo.repo, namespace(ctx, api, repo)
    wanted.path = wanted.path or repo.repo
    return pick(api:call(("Failed to create the project %s/%s"):format(repo.owner, repo.repo), "POST", "/projects", wanted))
  end)
end

local function add_owner(api, at, id)
  local answer = api:ask("POST", at .. "/members", { user_id = id, access_level = 50 })
  if not answer.ok and answer.status ~= 409 then api:refuse(answer, "Failed to make somebody an owner") end
end

local function set_owners(ctx, api, at, input)
  if input.ownerUsername then
    local id = gitlab.user_id(api, input.ownerUsername)
    if not id then ctx.fail("InputError", "There is no user " .. input.ownerUsername .. " at GitLab") end
    add_owner(api, at, id)
  end
  if input.setUserAsOwner and input.token then
    add_owner(api, at, api:call("Whoever the token is of", "GET", "/user").id)
  end
end

local function set_branches(api, at, branches)
  for _, branch in ipairs(branches or {}) do
    if branch.create then
      local answer = api:ask("POST", at .. "/repository/branches", { branch = branch.name, ref = branch.ref or "master" })
      if not answer.ok and not (answer.body or ""):find("already exists", 1, true) then
        api:refuse(answer, "Failed to make the branch " .. branch.name)
      end
    end
    if branch.protect then
      local answer = api:ask("POST", at .. "/protected_branches", { name = branch.name })
      if not answer.ok and answer.status ~= 409 then api:refuse(answer, "Failed to protect the branch " .. branch.name) end
    end
  end
end

local function set_variables(api, at, variables)
  for _, variable in ipairs(variables or {}) do
    local answer = api:ask("POST", at .. "/variables", gitlab.renamed(variable, VARIABLE))
    if not answer.ok and not (answer.body or ""):find("has already been taken", 1, true) then
      api:refuse(answer, "Failed to set the variable " .. variable.key)
    end
  end
end

return {
  id = "publish:gitlab",
  description = "Makes a project at GitLab and pushes files of the workspace to it.",
  schema = {
    input = { type = "object", required = { "repoUrl" }, properties = inputs },
    output = {
      type = "object",
      properties = {
        remoteUrl = { type = "string", title = "Address of the project" },
        repoContentsUrl = { type = "string", title = "Address of its files" },
        projectId = { type = "number", title = "Number of the project" },
        commitHash = { type = "string", title = "Commit" },
        created = { type = "boolean", title = "Whether it was made now" },
      },
    },
  },
  examples = {
    {
      description = "Publish a component",
      example = [[
steps:
  - id: publish
    action: publish:gitlab
    input:
      repoUrl: gitlab.com?owner=acme/services&repo=${{ parameters.name }}
      defaultBranch: main
      settings:
        merge_method: ff
      branches:
        - name: main
          protect: true
]],
    },
  },
  run = function(ctx, input)
    local repo, api = gitlab.open(ctx, input)
    local branch, created = input.defaultBranch or "master", true
    local project
    if input.skipExisting then
      local answer = api:ask("GET", gitlab.path(ctx, repo.owner .. "/" .. repo.repo))
      local noted = ctx.checkpoint("is-new", function() return not answer.ok end, once.unknown)
      if answer.ok and not noted then project, created = pick(answer.json), false end
    end
    project = project or create(ctx, api, repo, input)
    local remote = project.http_url_to_repo:gsub("%.git$", "")
    if created then
      local at = gitlab.path(ctx, project.id)
      set_owners(ctx, api, at, input)
      if input.sourcePath ~= false then
        local source = setmetatable({ sourcePath = type(input.sourcePath) == "string" and input.sourcePath or "." }, { __index = input })
        ctx.output("commitHash", files.publish(ctx, source, project.http_url_to_repo, branch))
      end
      set_branches(api, at, input.branches)
      set_variables(api, at, input.projectVariables)
    end
    ctx.output("remoteUrl", remote)
    ctx.output("repoContentsUrl", ("%s/-/blob/%s"):format(remote, branch))
    ctx.output("projectId", project.id)
    ctx.output("created", created)
  end,
}
