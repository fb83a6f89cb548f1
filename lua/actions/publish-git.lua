-- publish:git: files of the workspace into a repository of any git server.
local files = require "lib.files"

-- A path of this machine is an address, too; integrations.git says which may be written to.
local function address(ctx, url)
  if url:sub(1, 1) == "/" then
    return "file://" .. ctx.http.escape(url, true)
  end
  local user, host, path = url:match("^([%w._-]+)@([%w.-]+):([^/].*)$")
  return user and ("ssh://" .. user .. "@" .. host .. "/" .. path) or url
end

return {
  id = "publish:git",
  description = "Commits files of the workspace and pushes them to a git server that integrations.git names: over https, ssh or a path.",
  schema = {
    input = {
      type = "object",
      required = { "remoteUrl" },
      additionalProperties = false,
      properties = files.properties {
        remoteUrl = {
          type = "string", title = "Repository",
          description = "https://, ssh://, file:// or a path; has to be there, unless integrations.git says create",
        },
        defaultBranch = { type = "string", title = "Branch", description = "[main]" },
        baseBranch = { type = "string", title = "Base", description = "The new branch begins from this one of the repository" },
        targetPath = { type = "string", title = "Target", description = "With baseBranch: folder of the repository" },
        filesToDelete = { type = "array", items = { type = "string" }, title = "Files to delete", description = "With baseBranch" },
      },
    },
    output = {
      type = "object",
      required = { "remoteUrl", "repoContentsUrl", "commitHash" },
      properties = {
        remoteUrl = { type = "string", title = "Address for git" },
        repoContentsUrl = { type = "string", title = "Address of its files", description = "As catalog:register reads it" },
        commitHash = { type = "string", title = "Commit" },
        branch = { type = "string", title = "Branch" },
      },
    },
  },
  examples = {
    {
      description = "Push to a repository of the company's own server",
      example = [[
steps:
  - id: publish
    action: publish:git
    input:
      remoteUrl: https://git.example.com/team/${{ parameters.name }}.git
      gitCommitMessage: The first files
]],
    },
    {
      description = "Propose a change on a branch",
      example = [[
steps:
  - id: change
    action: publish:git
    input:
      remoteUrl: ssh://git@git.example.com/team/fleet.git
      defaultBranch: add-${{ parameters.name }}
      baseBranch: main
      targetPath: services/${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    local url, branch = address(ctx, input.remoteUrl), input.defaultBranch or "main"
    local done = ctx.git.publish {
      url = url,
      token = input.token,
      folder = input.sourcePath or ".",
      branch = branch,
      on_base = input.baseBranch ~= nil,
      base = input.baseBranch,
      update = input.baseBranch == branch,
      into = input.targetPath,
      gone = input.filesToDelete,
      sign = input.signCommit,
      message = input.gitCommitMessage or "",
      author = { name = input.gitAuthorName or "", email = input.gitAuthorEmail or "" },
    }
    if not done.changed then
      ctx.log("Nothing has changed: there is nothing to push")
    end
    ctx.output("remoteUrl", input.remoteUrl)
    -- What the portal reads any git server by, see "Locations" in docs/catalog.md.
    ctx.output("repoContentsUrl", ("git+%s//?ref=%s"):format(url:gsub("/+$", ""), ctx.http.escape(branch)))
    ctx.output("commitHash", done.commit)
    ctx.output("branch", branch)
  end,
}
