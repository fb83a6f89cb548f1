-- roadiehq:utils:fs:replace: texts in files become others.
-- Every place where find stands, as it is.
local function replaced(text, find, with)
  local out, from = {}, 1
  while true do
    local first, last = text:find(find, from, true)
    if not first then break end
    out[#out + 1] = text:sub(from, first - 1)
    out[#out + 1] = with
    from = last + 1
  end
  out[#out + 1] = text:sub(from)
  return table.concat(out)
end

return {
  id = "roadiehq:utils:fs:replace",
  description = "Replaces texts in files of the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "files" },
      properties = {
        files = {
          type = "array", title = "Files", items = {
            type = "object", required = { "file", "find", "replaceWith" },
            properties = {
              file = { type = "string", title = "Path", description = "A glob names several" },
              find = { type = "string", minLength = 1, title = "Text" },
              replaceWith = { type = "string", title = "What it becomes" },
              matchRegex = { type = "boolean", title = "A regular expression", description = "Not possible here" },
            },
          },
        },
        includeRegex = { type = "boolean", title = "Paths are regular expressions", description = "Not possible here" },
      },
    },
  },
  examples = {
    {
      description = "Set a name",
      example = [[
steps:
  - id: replace
    action: roadiehq:utils:fs:replace
    input:
      files:
        - file: README.md
          find: NAME
          replaceWith: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    for _, one in ipairs(input.files) do
      if one.matchRegex or input.includeRegex then
        ctx.fail("InputError", one.file .. ": regular expressions are not possible here; use fetch:template or workspace:template")
      end
      for _, entry in ipairs(ctx.workspace.glob(one.file)) do
        if entry.kind == "file" then
          ctx.workspace.write(entry.path, replaced(ctx.workspace.read(entry.path), one.find, one.replaceWith))
        end
      end
    end
  end,
}
