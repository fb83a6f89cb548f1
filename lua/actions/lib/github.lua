-- GitHub: repositories, their settings, and the protection of branches.
local callboard = require "callboard"
local files = require "lib.files"
local host = require "lib.host"
local once = require "lib.once"

local github = {}

local HEADERS = { Accept = "application/vnd.github+json", ["X-GitHub-Api-Version"] = "2022-11-28" }

-- The repository's parts, the client, and the repository's path in the API.
function github.open(ctx, input)
  local repo, api = host.open(ctx, input, "github", HEADERS)
  return repo, api, ("/repos/%s/%s"):format(ctx.http.escape(repo.owner), ctx.http.escape(repo.repo))
end

-- ---- schemas ----

function github.properties(more)
  local all = { repoUrl = host.repo_url, token = { type = "string", title = "Token", description = "Instead of the integration's" } }
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

local function flag(title, description) return { type = "boolean", title = title, description = description } end
local function text(title, description) return { type = "string", title = title, description = description } end
local function texts(title, description)
  return { type = "array", items = { type = "string" }, title = title, description = description }
end
github.flag, github.text, github.texts = flag, text, texts

local function actors(title)
  return { type = "object", title = title, properties = { apps = texts "Apps", users = texts "Users", teams = texts "Teams" } }
end

-- What protects a branch.
function github.protection(more)
  local all = {
    requireCodeOwnerReviews = flag("Code owners review", "[false]"),
    dismissStaleReviews = flag("New commits dismiss reviews", "[false]"),
    bypassPullRequestAllowances = actors "Who may go without a pull request",
    requiredApprovingReviewCount = { type = "number", title = "Approvals", description = "[1]" },
    restrictions = actors "Who may push",
    requiredStatusCheckContexts = texts("Status checks", "That have to pass"),
    requireBranchesToBeUpToDate = flag("Up to date before merging", "[true]"),
    requiredConversationResolution = flag("Conversations resolved before merging", "[false]"),
    requireLastPushApproval = flag("The last push is approved by somebody else", "[false]"),
    requiredCommitSigning = flag("Signed commits", "[false]"),
    requiredLinearHistory = flag("Linear history", "[false]"),
  }
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

-- How a repository is made.
function github.settings(more)
  local all = {
    description = text "Description",
    homepage = text "Homepage",
    access = text("Access", "A user, or ORGANIZATION/team, that may administrate it"),
    repoVisibility = { type = "string", enum = { "private", "public", "internal" }, title = "Visibility", description = "[private]" },
    deleteBranchOnMerge = flag("Delete branches that were merged", "[false]"),
    allowMergeCommit = flag("Allow merge commits", "[true]"),
    allowSquashMerge = flag("Allow squash merges", "[true]"),
    squashMergeCommitTitle = { type = "string", enum = { "PR_TITLE", "COMMIT_OR_PR_TITLE" }, title = "Title of squash merges" },
    squashMergeCommitMessage = { type = "string", enum = { "PR_BODY", "COMMIT_MESSAGES", "BLANK" }, title = "Message of squash merges" },
    allowRebaseMerge = flag("Allow rebase merges", "[true]"),
    allowAutoMerge = flag("Allow auto-merge", "[false]"),
    allowUpdateBranch = flag("Offer to update branches", "[false]"),
    hasProjects = flag("Projects", "[true]"),
    hasWiki = flag("Wiki", "[true]"),
    hasIssues = flag("Issues", "[true]"),
    collaborators = {
      type = "array", title = "Collaborators", items = {
        type = "object", required = { "access" },
        properties = { access = text "Access", user = text "User", team = text "Team" },
      },
    },
    topics = texts "Topics",
    repoVariables = { type = "object", title = "Variables", additionalProperties = { type = "string" } },
    secrets = { type = "object", title = "Secrets", additionalProperties = { type = "string" } },
    oidcCustomization = {
      type = "object", title = "Subject of OIDC tokens",
      properties = { useDefault = flag "The default", includeClaimKeys = texts "Claims" },
    },
    customProperties = { type = "object", title = "Custom properties" },
    subscribe = flag("Watch it", "Whoever the token is of"),
  }
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

-- ---- repositories ----

local function creation(repo, input, of_organization)
  local function unless(value, default) if value == nil then return default end return value end
  local visibility = input.repoVisibility or "private"
  return {
    name = repo.repo,
    description = input.description,
    homepage = input.homepage,
    private = visibility ~= "public",
    visibility = of_organization and visibility or nil,
    auto_init = input.autoInit,
    delete_branch_on_merge = unless(input.deleteBranchOnMerge, false),
    allow_merge_commit = unless(input.allowMergeCommit, true),
    allow_squash_merge = unless(input.allowSquashMerge, true),
    squash_merge_commit_title = input.allowSquashMerge ~= false and (input.squashMergeCommitTitle or "COMMIT_OR_PR_TITLE") or nil,
    squash_merge_commit_message = input.allowSquashMerge ~= false and (input.squashMergeCommitMessage or "COMMIT_MESSAGES") or nil,
    allow_rebase_merge = unless(input.allowRebaseMerge, true),
    allow_auto_merge = unless(input.allowAutoMerge, false),
    allow_update_branch = unless(input.allowUpdateBranch, false),
    has_projects = input.hasProjects,
    has_wiki = input.hasWiki,
    has_issues = input.hasIssues,
    custom_properties = of_organization and input.customProperties or nil,
  }
end

local function addresses(answer) return { clone_url = answer.clone_url, html_url = answer.html_url } end

local function make(ctx, api, repo, input)
  local owner = api:call("Looking for the owner " .. repo.owner, "GET", "/users/" .. ctx.http.escape(repo.owner))
  local is_organization = owner.type == "Organization"
  local path = is_organization and ("/orgs/%s/repos"):format(ctx.http.escape(repo.owner)) or "/user/repos"
  local what = ("Failed to create the %s repository %s/%s"):format(is_organization and "organization" or "user", repo.owner, repo.repo)
  return addresses(api:call(what, "POST", path, creation(repo, input, is_organization)))
end

local function grant(ctx, api, path, repo, input)
  local function user(name, access)
    return api:try("Access of " .. name, "PUT", ("%s/collaborators/%s"):format(path, ctx.http.escape(name)), { permission = access })
  end
  local function team(name, access)
    return api:try("Access of the team " .. name, "PUT", ("/orgs/%s/teams/%s%s"):format(ctx.http.escape(repo.owner),
      ctx.http.escape(name), path), { permission = access })
  end
  local of_team = input.access and input.access:match("^" .. repo.owner:gsub("%p", "%%%0") .. "/(.+)$")
  if of_team then
    team(of_team, "admin")
  elseif input.access and input.access ~= repo.owner then
    user(input.access, "admin")
  end
  for _, one in ipairs(input.collaborators or {}) do
    if one.user then user(one.user, one.access) elseif one.team then team(one.team, one.access) end
  end
end

local function sorted(map)
  local names = {}
  for name in pairs(map or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Secrets go to GitHub sealed with the key that it gives; at is "/actions" of a repository, or an environment.
function github.put_secrets(ctx, api, at, secrets)
  local names = sorted(secrets)
  if #names == 0 then return end
  local key = api:call("The key for secrets", "GET", at .. "/secrets/public-key")
  for _, name in ipairs(names) do
    api:call("The secret " .. name, "PUT", ("%s/secrets/%s"):format(at, ctx.http.escape(name)),
      { encrypted_value = ctx.scm.sealed(key.key, secrets[name]), key_id = key.key_id })
  end
end

-- A variable that is there already, from an earlier try, gets its value.
function github.put_variables(ctx, api, at, variables)
  for _, name in ipairs(sorted(variables)) do
    local value = { name = name, value = variables[name] }
    local answer = api:ask("POST", at .. "/variables", value)
    if answer.status == 409 then
      answer = api:ask("PATCH", ("%s/variables/%s"):format(at, ctx.http.escape(name)), value)
    end
    if not answer.ok then api:refuse(answer, "The variable " .. name) end
  end
end

local function settle(ctx, api, path, input)
  if input.topics then
    local topics = callboard.array {}
    for _, topic in ipairs(input.topics) do topics[#topics + 1] = topic:lower() end
    api:try("Topics", "PUT", path .. "/topics", { names = topics })
  end
  github.put_variables(ctx, api, path .. "/actions", input.repoVariables)
  github.put_secrets(ctx, api, path .. "/actions", input.secrets)
  if input.oidcCustomization then
    local keys = input.oidcCustomization.includeClaimKeys
    api:call("The subject of OIDC tokens", "PUT", path .. "/actions/oidc/customization/sub",
      { use_default = input.oidcCustomization.useDefault, include_claim_keys = keys and callboard.array(keys) })
  end
  if input.workflowAccess then
    api:call("Access to workflows", "PUT", path .. "/actions/permissions/access", { access_level = input.workflowAccess })
  end
  if input.subscribe then
    api:call("Watching the repository", "PUT", path .. "/subscription", { subscribed = true, ignored = false })
  end
end

-- Makes the repository with its settings: {clone_url, html_url}.
function github.create(ctx, api, repo, path, input)
  ctx.log(("Creating the repository %s/%s"):format(repo.owner, repo.repo))
  local made = once.create(ctx, api, "repository", function(begun)
    local answer = api:ask("GET", path)
    return answer.ok and once.is_new(answer.json.created_at, begun) and addresses(answer.json) or nil
  end, function()
    return make(ctx, api, repo, input)
  end)
  grant(ctx, api, path, repo, input)
  settle(ctx, api, path, input)
  return made
end

-- ---- branches ----

local function protection(o)
  return {
    required_status_checks = {
      strict = o.requireBranchesToBeUpToDate ~= false,
      contexts = callboard.array(o.requiredStatusCheckContexts or {}),
    },
    restrictions = o.restrictions and {
      users = callboard.array(o.restrictions.users or {}),
      teams = callboard.array(o.restrictions.teams or {}),
      apps = o.restrictions.apps and callboard.array(o.restrictions.apps),
    } or callboard.null,
    enforce_admins = o.enforceAdmins ~= false,
    required_pull_request_reviews = {
      required_approving_review_count = o.requiredApprovingReviewCount or 1,
      require_code_owner_reviews = o.requireCodeOwnerReviews or false,
      bypass_pull_request_allowances = o.bypassPullRequestAllowances,
      dismiss_stale_reviews = o.dismissStaleReviews or false,
      require_last_push_approval = o.requireLastPushApproval or false,
    },
    required_conversation_resolution = o.requiredConversationResolution or false,
    required_linear_history = o.requiredLinearHistory or false,
    block_creations = o.blockCreations,
  }
end

-- A branch that was pushed a moment ago may not be known yet.
function github.protect(ctx, api, path, branch, options)
  local at = ("%s/branches/%s/protection"):format(path, ctx.http.escape(branch))
  local answer
  for attempt = 1, 4 do
    answer = api:ask("PUT", at, protection(options))
    if answer.status ~= 404 or attempt == 4 then break end
    ctx.wait(500 * attempt)
  end
  if answer.status == 403 and (answer.body or ""):find("Upgrade to GitHub", 1, true) then
    ctx.log("Branch protection was not enabled: it needs GitHub Pro, or a public repository")
    return
  end
  if not answer.ok then api:refuse(answer, "Failed to protect the branch " .. branch) end
  if options.requiredCommitSigning then
    api:call("Signed commits", "POST", at .. "/required_signatures")
  end
end

-- Pushes the workspace's files and protects the branch.
function github.push(ctx, api, path, input, remote)
  local branch = input.defaultBranch or "master"
  local commit = files.publish(ctx, input, remote, branch)
  if input.protectDefaultBranch ~= false then
    local options = setmetatable({ enforceAdmins = input.protectEnforceAdmins }, { __index = input })
    github.protect(ctx, api, path, branch, options)
  end
  return commit, branch
end

-- The inputs of what pushes files.
function github.git(more)
  local all = files.properties(github.protection(github.properties {
    defaultBranch = text("Default branch", "[master]"),
    protectDefaultBranch = flag("Protect it", "[true]"),
    protectEnforceAdmins = flag("From administrators as well", "[true]"),
  }))
  for name, schema in pairs(more) do all[name] = schema end
  return all
end

return github
