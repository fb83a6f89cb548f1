-- publish:gitea: a new repository at Gitea or Forgejo with the workspace's files.
local files = require "lib.files"
local host = require "lib.host"
local once = require "lib.once"

-- An organization's, or whoever's the token is.
local function place(ctx, api, repo)
  local answer = api:ask("GET", "/orgs/" .. ctx.http.escape(repo.owner))
  if answer.ok then return ("/orgs/%s/repos"):format(ctx.http.escape(repo.owner)) end
  if answer.status ~= 404 then api:refuse(answer, "The organization " .. repo.owner) end
  local me = api:call("Whoever the token is of", "GET", "/user")
  if me.login ~= repo.owner then
    ctx.fail("NotFoundError", ("%s is neither an organization of %s nor whoever the token is of"):format(repo.owner, repo.host))
  end
  return "/user/repos"
end

local function create(ctx, api, repo, input)
  local path = ("/repos/%s/%s"):format(ctx.http.escape(repo.owner), ctx.http.escape(repo.repo))
  ctx.log(("Creating the repository %s/%s"):format(repo.owner, repo.repo))
  return once.create(ctx, api, "repository", function(begun)
    local answer = api:ask("GET", path)
    return answer.ok and once.is_new(answer.json.created_at, begun) and { id = answer.json.id } or nil
  end, function()
    local made = api:call(("Failed to create the repository %s/%s"):format(repo.owner, repo.repo), "POST", place(ctx, api, repo), {
      name = repo.repo, description = input.description, private = input.repoVisibility ~= "public",
      default_branch = input.defaultBranch or "main",
    })
    return { id = made.id }
  end)
end

return {
  id = "publish:gitea",
  description = "Makes a repository at Gitea or Forgejo and pushes files of the workspace to it.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "description" },
      properties = files.properties {
        repoUrl = host.repo_url,
        description = { type = "string", title = "Description" },
        defaultBranch = { type = "string", title = "Default branch", description = "[main]" },
        repoVisibility = { type = "string", enum = { "private", "public" }, title = "Visibility", description = "[private]" },
      },
    },
    output = files.outputs,
  },
  examples = {
    {
      description = "Publish a component",
      example = [[
steps:
  - id: publish
    action: publish:gitea
    input:
      repoUrl: gitea.example.com?owner=acme&repo=${{ parameters.name }}
      description: ${{ parameters.description }}
]],
    },
  },
  run = function(ctx, input)
    local repo, api = host.open(ctx, input, "gitea")
    local branch = input.defaultBranch or "main"
    create(ctx, api, repo, input)
    -- Gitea says what it takes for its own address, which may be another one than we know.
    local page = ("%s/%s/%s"):format(repo.base, ctx.http.escape(repo.owner), ctx.http.escape(repo.repo))
    local commit = files.publish(ctx, input, page .. ".git", branch)
    ctx.output("remoteUrl", page)
    ctx.output("repoContentsUrl", ("%s/src/branch/%s/"):format(page, branch))
    ctx.output("commitHash", commit)
  end,
}
