-- debug:log: what the run has so far.
return {
  id = "debug:log",
  description = "Writes a message, and what is in the workspace, to the log of the task.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      additionalProperties = false,
      properties = {
        message = { type = "string", title = "Message" },
        listWorkspace = {
          title = "List the workspace",
          description = "Its files; with-contents: with what is in them",
          anyOf = { { type = "boolean" }, { type = "string", enum = { "with-filenames", "with-contents" } } },
        },
      },
    },
  },
  examples = {
    {
      description = "Show a value and all files",
      example = [[
steps:
  - id: show
    action: debug:log
    input:
      message: The name is ${{ parameters.name }}
      listWorkspace: with-contents
]],
    },
  },
  run = function(ctx, input)
    if input.message then
      ctx.log(input.message)
    end
    if not input.listWorkspace then
      return
    end
    local lines = { "Workspace:" }
    for _, entry in ipairs(ctx.workspace.list(".", true)) do
      if entry.kind == "file" and input.listWorkspace == "with-contents" then
        local readable, text = pcall(ctx.workspace.read, entry.path)
        lines[#lines + 1] = "  - " .. entry.path .. ":\n\n" .. (readable and text or "(no text)")
      elseif entry.kind ~= "folder" then
        lines[#lines + 1] = "  - " .. entry.path
      end
    end
    ctx.log(table.concat(lines, "\n"))
  end,
}
