-- github:pages:enable: a site of a repository.
local github = require "lib.github"

return {
  id = "github:pages:enable",
  description = "Turns on GitHub Pages for a repository.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl" },
      properties = github.properties {
        buildType = { type = "string", enum = { "legacy", "workflow" }, title = "How it is built", description = "[workflow]" },
        sourceBranch = { type = "string", title = "Branch", description = "[main]" },
        sourcePath = { type = "string", enum = { "/", "/docs" }, title = "Folder", description = "[/]" },
      },
    },
  },
  examples = {
    {
      description = "A site from the folder docs",
      example = [[
steps:
  - id: pages
    action: github:pages:enable
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      buildType: legacy
      sourcePath: /docs
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    local answer = api:ask("POST", path .. "/pages", {
      build_type = input.buildType or "workflow",
      source = { branch = input.sourceBranch or "main", path = input.sourcePath or "/" },
    })
    if answer.status == 409 then
      ctx.log("GitHub Pages are on already")
    elseif not answer.ok then
      api:refuse(answer, "Failed to enable GitHub Pages")
    end
  end,
}
