-- publish:github:pull-request: files of the workspace as a change that is proposed.
local callboard = require "callboard"
local files = require "lib.files"
local github = require "lib.github"
local once = require "lib.once"

local inputs = files.properties(github.properties {
  branchName = { type = "string", title = "Branch", description = "That is made for it" },
  title = { type = "string", title = "Title" },
  description = { type = "string", title = "Description" },
  targetBranchName = { type = "string", title = "Target branch", description = "[the default branch]" },
  draft = github.flag("Draft", "[false]"),
  targetPath = { type = "string", title = "Target", description = "Folder of the repository [its root]" },
  filesToDelete = github.texts "Files to delete",
  reviewers = github.texts "Reviewers",
  teamReviewers = github.texts "Teams that review",
  assignees = github.texts "Assignees",
  commitMessage = { type = "string", title = "Commit message", description = "[the title]" },
  update = github.flag("Update", "A branch that is there gets one more commit"),
  forceFork = github.flag("Fork", "Also where the repository itself could be written to"),
  forceEmptyGitAuthor = github.flag("No author", "Author and committer are whoever the configuration says"),
  createWhenEmpty = github.flag("Also when nothing changes", "[true]"),
})
inputs.gitCommitMessage = nil

-- Whoever may not write to the repository proposes the change from a fork.
local function writable(ctx, api, path, input)
  local found = api:call("The repository", "GET", path)
  local may = type(found.permissions) == "table" and found.permissions.push
  if may and not input.forceFork then return found, found end
  ctx.log("Proposing the change from a fork")
  local fork = api:call("Making a fork", "POST", path .. "/forks")
  for attempt = 1, 20 do
    local answer = api:ask("GET", ("/repos/%s"):format(ctx.http.escape(fork.full_name, true)))
    if answer.ok then return found, answer.json end
    ctx.wait(200 * attempt)
  end
  ctx.fail("UpstreamError", "The fork does not become ready")
end

local function open_request(ctx, api, path, from, input, base)
  local head = from.owner.login .. ":" .. input.branchName
  local function pick(one) return { html_url = one.html_url, number = one.number } end
  local function find()
    local open = api:call("Looking for the pull request", "GET", path .. "/pulls", nil, { head = head, base = base, state = "open" })
    return open[1] and pick(open[1]) or nil
  end
  local there = input.update and find()
  if there then return there end
  return once.create(ctx, api, "pull-request", find, function()
    return pick(api:call("Failed to create the pull request", "POST", path .. "/pulls", {
      title = input.title, body = input.description, head = head, base = base, draft = input.draft or false,
    }))
  end)
end

local function invite(api, path, number, input)
  if input.reviewers or input.teamReviewers then
    api:try("Asking for reviews", "POST", ("%s/pulls/%d/requested_reviewers"):format(path, number), {
      reviewers = callboard.array(input.reviewers or {}), team_reviewers = callboard.array(input.teamReviewers or {}),
    })
  end
  if input.assignees and #input.assignees > 0 then
    api:try("Assigning", "POST", ("%s/issues/%d/assignees"):format(path, number), { assignees = input.assignees })
  end
end

return {
  id = "publish:github:pull-request",
  description = "Proposes files of the workspace as a pull request at GitHub.",
  supports_dry_run = true,
  schema = {
    input = { type = "object", required = { "repoUrl", "branchName", "title", "description" }, properties = inputs },
    output = {
      type = "object",
      properties = {
        targetBranchName = { type = "string", title = "Target branch" },
        remoteUrl = { type = "string", title = "Address of the pull request" },
        pullRequestNumber = { type = "number", title = "Number" },
      },
    },
  },
  examples = {
    {
      description = "Propose a change of another repository",
      example = [[
steps:
  - id: propose
    action: publish:github:pull-request
    input:
      repoUrl: github.com?owner=acme&repo=fleet
      branchName: add-${{ parameters.name }}
      title: Add ${{ parameters.name }}
      description: Made from a template
      targetPath: services/${{ parameters.name }}
      teamReviewers: [core]
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    if ctx.dry_run then
      ctx.log("A dry run proposes nothing: these are example outputs")
      ctx.output("targetBranchName", input.targetBranchName or input.branchName)
      ctx.output("remoteUrl", ("%s/%s/%s/pull/43"):format(repo.base, repo.owner, repo.repo))
      ctx.output("pullRequestNumber", 43)
      return
    end
    local target, from = writable(ctx, api, path, input)
    local base = input.targetBranchName or target.default_branch
    local no_author = input.forceEmptyGitAuthor
    local done = ctx.git.publish {
      url = from.clone_url, base_url = from ~= target and target.clone_url or nil, token = input.token, folder = input.sourcePath or ".",
      branch = input.branchName, on_base = true, base = base, update = input.update or false,
      into = input.targetPath, gone = input.filesToDelete, empty = input.createWhenEmpty ~= false,
      sign = input.signCommit,
      message = input.commitMessage or input.title,
      author = { name = not no_author and input.gitAuthorName or "", email = not no_author and input.gitAuthorEmail or "" },
    }
    if not done.changed and input.createWhenEmpty == false then
      ctx.log("Nothing changes: there is nothing to propose")
      return
    end
    local request = open_request(ctx, api, path, from, input, base)
    invite(api, path, request.number, input)
    ctx.output("targetBranchName", base)
    ctx.output("remoteUrl", request.html_url)
    ctx.output("pullRequestNumber", request.number)
  end,
}
