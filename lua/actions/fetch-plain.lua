-- fetch:plain: a tree as it is.
return {
  id = "fetch:plain",
  description = "Copies a folder beside the template, or of a repository, into the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "url" },
      additionalProperties = false,
      properties = {
        url = { type = "string", title = "Address", description = "Relative to the template, or absolute" },
        targetPath = { type = "string", title = "Target", description = "Folder of the workspace" },
        token = { type = "string", title = "Token", description = "For the host, in place of the integration's" },
      },
    },
  },
  examples = {
    {
      description = "Copy the folder beside the template",
      example = [[
steps:
  - id: fetch
    action: fetch:plain
    input:
      url: ./skeleton
      targetPath: service
]],
    },
  },
  run = function(ctx, input)
    ctx.log("Fetching plain content from remote URL")
    ctx.fetch.tree(input.url, input.targetPath or ".", input.token)
  end,
}
