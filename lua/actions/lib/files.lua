-- What actions that publish files of the workspace have in common: their inputs, and the push.
local files = {}

-- properties{...}: a schema's properties, with those of all such actions.
function files.properties(more)
  local all = {
    gitCommitMessage = { type = "string", title = "Commit message", description = "[initial commit]" },
    gitAuthorName = { type = "string", title = "Author", description = "[Scaffolder, or scaffolder.defaultAuthor.name]" },
    gitAuthorEmail = { type = "string", title = "Author's e-mail", description = "[scaffolder.defaultAuthor.email]" },
    signCommit = { type = "boolean", title = "Sign the commit", description = "With the integration's commitSigningKey [false]" },
    sourcePath = { type = "string", title = "Source", description = "Folder of the workspace [all of it]" },
    token = { type = "string", title = "Token", description = "Instead of what the integration has" },
  }
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

files.outputs = {
  type = "object",
  properties = {
    remoteUrl = { type = "string", title = "Address for git" },
    repoContentsUrl = { type = "string", title = "Address of its files" },
    commitHash = { type = "string", title = "Commit" },
  },
}

-- Pushes what the input says to a new repository's branch; gives the commit.
function files.publish(ctx, input, url, branch)
  ctx.log("Pushing the files to " .. url .. ", branch " .. branch)
  local done = ctx.git.publish {
    url = url,
    token = input.token,
    folder = input.sourcePath or ".",
    branch = branch,
    sign = input.signCommit,
    message = input.gitCommitMessage or "",
    author = { name = input.gitAuthorName or "", email = input.gitAuthorEmail or "" },
  }
  return done.commit
end

return files
