-- roadiehq:utils:fs:parse: what is in a file, as a value.
return {
  id = "roadiehq:utils:fs:parse",
  description = "Reads a file of the workspace: as text, or as the value that its YAML or JSON is.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "path" },
      properties = {
        path = { type = "string", title = "Path" },
        parser = { type = "string", enum = { "yaml", "json", "multiyaml" }, title = "As what", description = "[text]" },
      },
    },
    output = { type = "object", properties = { content = { type = { "string", "object", "array" }, title = "What is in it" } } },
  },
  examples = {
    {
      description = "Take a value of a file",
      example = [[
steps:
  - id: parse
    action: roadiehq:utils:fs:parse
    input:
      path: settings.yaml
      parser: yaml
]],
    },
  },
  run = function(ctx, input)
    local text = ctx.workspace.read(input.path)
    if input.parser == "json" then
      ctx.output("content", ctx.json.decode(text))
    elseif input.parser == "yaml" then
      ctx.output("content", ctx.yaml.decode(text))
    elseif input.parser == "multiyaml" then
      local all = {}
      for document in ("\n" .. text .. "\n---\n"):gsub("\r\n", "\n"):gmatch("(.-)\n%-%-%-[^\n]*") do
        if document:find "%S" then all[#all + 1] = ctx.yaml.decode(document) end
      end
      ctx.output("content", all)
    else
      ctx.output("content", text)
    end
  end,
}
