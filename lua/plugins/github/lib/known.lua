-- What GitHub said anyway, told as facts about entities: no request is made for them.
local callboard = require "callboard"
local facts = require "callboard.facts"
local api = require "lib.api"
local repositories = require "lib.repositories"

local known = {}

local function options(host)
  return { annotation = "github.com/project-slug", of_requests = { pull_request = true, pull_request_target = true },
    ours = function(entity) return api.integration_of(entity).host == host end }
end

-- A list of topics that is empty is known as well; a number that was not asked for is not.
local function facts_of(repository)
  return { default_branch = repository.branch or callboard.null, archived = repository.archived, fork = repository.fork,
    visibility = repository.visibility, topics = callboard.array(repository.topics), last_push = repository.pushed,
    open_pull_requests = repository.pulls }
end

-- The schedule: about the repositories of the lists that discovery has read.
function known.run()
  facts.of_lists(repositories.known, options, function(repository, one)
    return { slug = one.config.organization .. "/" .. repository.name, facts = facts_of(repository),
      target = repository.branch and repositories.target(one.config, repository) }
  end)
end

-- rows: runs of a repository, as lib.actions makes them.
function known.ran(host, slug, rows) facts.ran(options(host), slug, rows) end

return known
