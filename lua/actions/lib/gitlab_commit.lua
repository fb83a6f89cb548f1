-- Files of the workspace on a branch of a project at GitLab.
local gitlab = require "lib.gitlab"

local commit = {}

function commit.action(default)
  return {
    type = "string", enum = { "create", "update", "delete", "skip", "auto" }, title = "What becomes of the files",
    description = ("create and update want that they are not, or are, there; skip: no commit [%s]"):format(default),
  }
end

commit.outputs = {
  projectid = gitlab.text "Path or number of the project",
  projectPath = gitlab.text "Path of the project",
}

-- More: base, put, message, empty.
function commit.push(ctx, input, project, more)
  return ctx.git.publish {
    url = project.http_url_to_repo, token = input.token, folder = input.sourcePath or ".", branch = input.branchName,
    on_base = true, base = more.base, update = true, into = input.targetPath, put = more.put, message = more.message,
    empty = more.empty or false,
    author = { name = input.gitAuthorName or "", email = input.gitAuthorEmail or "" },
  }
end

return commit
