-- What GitLab said anyway, told as facts about entities: no request is made for them.
local callboard = require "callboard"
local facts = require "callboard.facts"
local api = require "lib.api"
local projects = require "lib.projects"

local known = {}

local function options(host)
  return { annotation = "gitlab.com/project-slug", of_requests = { merge_request_event = true },
    ours = function(entity) return api.integration_of(entity).host == host end }
end

local function facts_of(project)
  return { default_branch = project.branch or callboard.null, archived = project.archived, fork = project.fork,
    visibility = project.visibility, topics = project.topics,
    last_activity = project.active > 0 and callboard.time.iso(project.active) or nil }
end

-- The schedule: about the projects of the lists that discovery has read.
function known.run()
  facts.of_lists(projects.known, options, function(project, one)
    return { slug = project.name, target = projects.target(one.config, project), facts = facts_of(project) }
  end)
end

-- rows: pipelines of a project, as lib.pipelines makes them.
function known.ran(host, slug, rows) facts.ran(options(host), slug, rows) end

return known
