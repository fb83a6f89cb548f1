-- publish:gitlab:merge-request: files of the workspace as a change that is proposed.
local commit = require "lib.gitlab_commit"
local gitlab = require "lib.gitlab"
local once = require "lib.once"

local function pick(one) return { iid = one.iid, web_url = one.web_url } end

local function wanted(ctx, api, input, target)
  local assignees = input.assignee and gitlab.user_ids(ctx, api, { input.assignee }) or {}
  local reviewers = gitlab.user_ids(ctx, api, input.reviewers)
  return {
    source_branch = input.branchName, target_branch = target, title = input.title, description = input.description,
    remove_source_branch = input.removeSourceBranch or false, assignee_id = assignees[1],
    reviewer_ids = #reviewers > 0 and reviewers or nil, labels = gitlab.labels(input.labels),
  }
end

local function from_rules(api, at, request)
  local ids, seen = {}, {}
  for _, rule in ipairs(api:call("The approval rules", "GET", ("%s/merge_requests/%d/approval_rules"):format(at, request.iid))) do
    for _, one in ipairs(rule.eligible_approvers or {}) do
      if not seen[one.id] then
        seen[one.id] = true
        ids[#ids + 1] = one.id
      end
    end
  end
  if #ids > 0 then
    api:try("Reviewers", "PUT", ("%s/merge_requests/%d"):format(at, request.iid), { reviewer_ids = ids })
  end
end

return {
  id = "publish:gitlab:merge-request",
  description = "Proposes files of the workspace as a merge request at GitLab.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "branchName", "title" },
      properties = gitlab.properties {
        title = gitlab.text "Title",
        branchName = gitlab.text("Branch", "That is made for it"),
        description = gitlab.text "Description",
        targetBranchName = gitlab.text("Target branch", "[the default branch]"),
        sourcePath = gitlab.text("Source", "Folder of the workspace [all of it]"),
        targetPath = gitlab.text("Target", "Folder of the repository [its root]"),
        commitAction = commit.action "auto",
        removeSourceBranch = gitlab.flag("Remove the branch when it is merged", "[false]"),
        assignee = gitlab.text("Assignee", "Name of a user"),
        reviewers = gitlab.list("Reviewers", "string", "Names of users"),
        assignReviewersFromApprovalRules = gitlab.flag("Reviewers of the approval rules", "[false]"),
        labels = { type = { "string", "array" }, items = { type = "string" }, title = "Labels" },
        autoMerge = gitlab.flag("Merge when all checks pass", "[false]"),
      },
    },
    output = {
      type = "object",
      properties = {
        targetBranchName = gitlab.text "Target branch",
        projectid = commit.outputs.projectid, projectPath = commit.outputs.projectPath,
        mergeRequestUrl = gitlab.text "Address of the merge request",
      },
    },
  },
  examples = {
    {
      description = "Propose a change of another repository",
      example = [[
steps:
  - id: propose
    action: publish:gitlab:merge-request
    input:
      repoUrl: gitlab.com?owner=acme&repo=fleet
      branchName: add-${{ parameters.name }}
      title: Add ${{ parameters.name }}
      targetPath: services/${{ parameters.name }}
      removeSourceBranch: true
]],
    },
  },
  run = function(ctx, input)
    local repo, api = gitlab.open(ctx, input)
    local project = gitlab.project(ctx, api, repo)
    local at, target = gitlab.path(ctx, project.id), input.targetBranchName or project.default_branch
    if input.commitAction ~= "skip" then
      commit.push(ctx, input, project, { base = target, put = input.commitAction or "auto", message = input.title, empty = true })
    end
    local request = once.create(ctx, api, "merge-request", function()
      local open = api:call("Looking for the merge request", "GET", at .. "/merge_requests", nil,
        { source_branch = input.branchName, target_branch = target, state = "opened" })
      return open[1] and pick(open[1]) or nil
    end, function()
      return pick(api:call("Failed to create the merge request", "POST", at .. "/merge_requests", wanted(ctx, api, input, target)))
    end)
    if input.assignReviewersFromApprovalRules then from_rules(api, at, request) end
    if input.autoMerge then
      api:try("Merging when all checks pass", "PUT", ("%s/merge_requests/%d/merge"):format(at, request.iid),
        { merge_when_pipeline_succeeds = true, auto_merge = true })
    end
    ctx.output("projectid", project.path_with_namespace)
    ctx.output("projectPath", project.path_with_namespace)
    ctx.output("targetBranchName", target)
    ctx.output("mergeRequestUrl", request.web_url)
  end,
}
