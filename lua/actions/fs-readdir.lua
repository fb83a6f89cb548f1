-- fs:readdir: what is in folders of the workspace.
local entry = {
  type = "object",
  properties = { name = { type = "string" }, path = { type = "string" }, fullPath = { type = "string" } },
}

return {
  id = "fs:readdir",
  description = "Lists files and folders of the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "paths" },
      additionalProperties = false,
      properties = {
        paths = { type = "array", items = { type = "string" }, title = "Folders" },
        recursive = { type = "boolean", title = "Recursive", description = "Also what is in their folders" },
      },
    },
    output = {
      type = "object",
      properties = {
        files = { type = "array", items = entry },
        folders = { type = "array", items = entry },
      },
    },
  },
  examples = {
    {
      description = "List all files",
      example = [[
steps:
  - id: list
    action: fs:readdir
    input:
      paths: ["."]
      recursive: true
]],
    },
  },
  run = function(ctx, input)
    local callboard = require "callboard"
    local files, folders = callboard.array(), callboard.array()
    for _, path in ipairs(input.paths) do
      for _, found in ipairs(ctx.workspace.list(path, input.recursive or false)) do
        local list = found.kind == "folder" and folders or files
        list[#list + 1] = { name = found.name, path = found.path, fullPath = ctx.workspace.path .. "/" .. found.path }
      end
    end
    ctx.output("files", files)
    ctx.output("folders", folders)
  end,
}
