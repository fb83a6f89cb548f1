-- fetch:plain:file: one file as it is.
return {
  id = "fetch:plain:file",
  description = "Copies one file beside the template, or of a repository, into the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "url", "targetPath" },
      additionalProperties = false,
      properties = {
        url = { type = "string", title = "Address", description = "Relative to the template, or absolute" },
        targetPath = { type = "string", title = "Target", description = "File of the workspace" },
        token = { type = "string", title = "Token", description = "For the host, in place of the integration's" },
      },
    },
  },
  examples = {
    {
      description = "Take the company's licence",
      example = [[
steps:
  - id: licence
    action: fetch:plain:file
    input:
      url: https://github.com/acme/templates/blob/main/LICENSE
      targetPath: LICENSE
]],
    },
  },
  run = function(ctx, input)
    ctx.log("Fetching plain content from remote URL")
    ctx.fetch.file(input.url, input.targetPath, input.token)
  end,
}
