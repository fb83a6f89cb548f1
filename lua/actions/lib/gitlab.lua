-- GitLab: projects, groups and people.
local host = require "lib.host"

local gitlab = {}

function gitlab.text(title, description) return { type = "string", title = title, description = description } end
function gitlab.number(title, description) return { type = "number", title = title, description = description } end
function gitlab.flag(title, description) return { type = "boolean", title = title, description = description } end
function gitlab.list(title, item, description)
  return { type = "array", items = { type = item }, title = title, description = description }
end

function gitlab.properties(more)
  local all = { repoUrl = host.repo_url, token = { type = "string", title = "Token", description = "Instead of the integration's" } }
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

-- The number of a project, or its path.
gitlab.project_id = { type = { "number", "string" }, title = "Project", description = "Its number, or its path" }

-- The repository's parts and the client.
function gitlab.open(ctx, input)
  return host.open(ctx, input, "gitlab")
end

-- "/projects/group%2Fname", of a number or a path.
function gitlab.path(ctx, id)
  return "/projects/" .. ctx.http.escape(type(id) == "number" and ("%d"):format(id) or id)
end

-- What a repoUrl names: by the project's number, where it is said, else by owner and name.
function gitlab.project(ctx, api, repo)
  local id = repo.project or (repo.owner .. "/" .. repo.repo)
  return api:call("The project " .. id, "GET", gitlab.path(ctx, tonumber(id) or id))
end

-- Numbers of users by their names, which may begin with @.
function gitlab.user_id(api, name)
  local found = api:call("The user " .. name, "GET", "/users", nil, { username = (name:gsub("^@", "")) })
  return found[1] and found[1].id
end

function gitlab.user_ids(ctx, api, names)
  local ids = {}
  for _, name in ipairs(names or {}) do
    local id = gitlab.user_id(api, name)
    if id then ids[#ids + 1] = id else ctx.log("There is no user " .. name .. " at GitLab") end
  end
  return ids
end

function gitlab.labels(labels)
  return type(labels) == "table" and table.concat(labels, ",") or labels
end

-- A table with these members of another, under their names at GitLab: {title = "title", dueDate = "due_date"}.
function gitlab.renamed(input, names)
  local out = {}
  for ours, theirs in pairs(names) do
    local value = input[ours]
    if value ~= nil then out[theirs] = value end
  end
  return out
end

return gitlab
