-- github:environment:create: an environment to deploy to.
local callboard = require "callboard"
local github = require "lib.github"

local function reviewers(ctx, api, repo, refs)
  local all = callboard.array {}
  for _, text in ipairs(refs) do
    local kind, name = ctx.catalog.ref(text, { kind = "user" }):match("^(.-):.-/(.*)$")
    if kind == "user" then
      all[#all + 1] = { type = "User", id = api:call("The reviewer " .. text, "GET", "/users/" .. ctx.http.escape(name)).id }
    elseif kind == "group" then
      local path = ("/orgs/%s/teams/%s"):format(ctx.http.escape(repo.owner), ctx.http.escape(name))
      all[#all + 1] = { type = "Team", id = api:call("The team " .. text, "GET", path).id }
    else
      ctx.fail("InputError", text .. " is neither a user nor a group")
    end
  end
  return all
end

local function allow(api, at, names, kind)
  for _, name in ipairs(names or {}) do
    local answer = api:ask("POST", at .. "/deployment-branch-policies", { name = name, type = kind })
    if not answer.ok and answer.status ~= 303 and answer.status ~= 409 then
      api:refuse(answer, ("Failed to allow the %s %s"):format(kind, name))
    end
  end
end

return {
  id = "github:environment:create",
  description = "Makes an environment of a repository at GitHub, with its rules, variables and secrets.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "name" },
      properties = github.properties {
        name = { type = "string", title = "Name" },
        deploymentBranchPolicy = {
          type = "object",
          title = "Which branches may be deployed",
          required = { "protected_branches", "custom_branch_policies" },
          properties = {
            protected_branches = github.flag "Protected ones",
            custom_branch_policies = github.flag "Those named here",
          },
        },
        customBranchPolicyNames = github.texts("Branches", "Patterns of names"),
        customTagPolicyNames = github.texts("Tags", "Patterns of names"),
        environmentVariables = { type = "object", title = "Variables", additionalProperties = { type = "string" } },
        secrets = { type = "object", title = "Secrets", additionalProperties = { type = "string" } },
        waitTimer = { type = "integer", title = "Wait", description = "Minutes before a deployment goes on" },
        preventSelfReview = github.flag("Nobody approves their own deployment", "[false]"),
        reviewers = github.texts("Reviewers", "References of users and groups that are called as at GitHub"),
      },
    },
  },
  examples = {
    {
      description = "Production, from protected branches",
      example = [[
steps:
  - id: production
    action: github:environment:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      name: production
      deploymentBranchPolicy:
        protected_branches: true
        custom_branch_policies: false
      reviewers: ['group:default/core']
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    local at = ("%s/environments/%s"):format(path, ctx.http.escape(input.name))
    api:call("Failed to create the environment " .. input.name, "PUT", at, {
      wait_timer = input.waitTimer or 0,
      prevent_self_review = input.preventSelfReview or false,
      reviewers = input.reviewers and reviewers(ctx, api, repo, input.reviewers) or callboard.null,
      deployment_branch_policy = input.deploymentBranchPolicy or callboard.null,
    })
    allow(api, at, input.customBranchPolicyNames, "branch")
    allow(api, at, input.customTagPolicyNames, "tag")
    github.put_variables(ctx, api, at, input.environmentVariables)
    github.put_secrets(ctx, api, at, input.secrets)
  end,
}
