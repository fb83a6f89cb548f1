-- github:issues:label: labels of an issue or a pull request.
local github = require "lib.github"

return {
  id = "github:issues:label",
  description = "Adds labels to an issue or a pull request at GitHub.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "number", "labels" },
      properties = github.properties {
        number = { type = "number", title = "Number" },
        labels = github.texts "Labels",
      },
    },
  },
  examples = {
    {
      description = "Label what was proposed",
      example = [[
steps:
  - id: label
    action: github:issues:label
    input:
      repoUrl: github.com?owner=acme&repo=fleet
      number: ${{ steps.propose.output.pullRequestNumber }}
      labels: [template]
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    api:try("Labels", "POST", ("%s/issues/%d/labels"):format(path, input.number), { labels = input.labels })
  end,
}
