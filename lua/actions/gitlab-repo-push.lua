-- gitlab:repo:push: files of the workspace on a branch.
local commit = require "lib.gitlab_commit"
local gitlab = require "lib.gitlab"

return {
  id = "gitlab:repo:push",
  description = "Commits files of the workspace to a branch of a project at GitLab; one that is not there begins from the default branch.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "branchName", "commitMessage" },
      properties = gitlab.properties {
        branchName = gitlab.text "Branch",
        commitMessage = gitlab.text "Commit message",
        sourcePath = gitlab.text("Source", "Folder of the workspace [all of it]"),
        targetPath = gitlab.text("Target", "Folder of the repository [its root]"),
        commitAction = commit.action "create",
        allowEmpty = gitlab.flag("Also when nothing changes", "[false]"),
      },
    },
    output = {
      type = "object",
      properties = {
        projectid = commit.outputs.projectid, projectPath = commit.outputs.projectPath, commitHash = gitlab.text "Commit",
      },
    },
  },
  examples = {
    {
      description = "Add a file to another repository",
      example = [[
steps:
  - id: push
    action: gitlab:repo:push
    input:
      repoUrl: gitlab.com?owner=acme&repo=fleet
      branchName: main
      commitMessage: Add ${{ parameters.name }}
      targetPath: services/${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    local repo, api = gitlab.open(ctx, input)
    local project = gitlab.project(ctx, api, repo)
    ctx.output("projectid", project.path_with_namespace)
    ctx.output("projectPath", project.path_with_namespace)
    if input.commitAction == "skip" then return end
    local done = commit.push(ctx, input, project, {
      put = input.commitAction or "create", message = input.commitMessage, empty = input.allowEmpty,
    })
    if not done.changed then ctx.log("Nothing changes: there is nothing to push") end
    ctx.output("commitHash", done.commit)
  end,
}
