-- catalog:register: a new file of entities becomes part of the catalog.
local function address(ctx, input)
  if input.catalogInfoUrl then
    return input.catalogInfoUrl
  end
  local path = (input.catalogInfoPath or "/catalog-info.yaml"):gsub("^/+", "")
  local base = input.repoContentsUrl
  if not base:find("^git%+") then
    base = base:gsub("/*$", "/")
  end
  return ctx.catalog.resolve(base, path)
end

return {
  id = "catalog:register",
  description = "Registers entities of a repository in the catalog.",
  needs_catalog = true,
  schema = {
    input = {
      type = "object",
      oneOf = {
        { required = { "catalogInfoUrl" } },
        { required = { "repoContentsUrl" } },
      },
      properties = {
        catalogInfoUrl = { type = "string", title = "Address of the file" },
        repoContentsUrl = {
          type = "string", title = "Address of the repository", description = "Of its contents, as publish actions give it",
        },
        catalogInfoPath = { type = "string", title = "Path in the repository", description = "[/catalog-info.yaml]" },
        optional = { type = "boolean", title = "Optional", description = "A file that is not there yet is no error" },
      },
    },
    output = {
      type = "object",
      required = { "catalogInfoUrl" },
      properties = {
        entityRef = { type = "string" },
        catalogInfoUrl = { type = "string" },
      },
    },
  },
  examples = {
    {
      description = "Register what was published",
      example = [[
steps:
  - id: register
    action: catalog:register
    input:
      repoContentsUrl: ${{ steps.publish.output.repoContentsUrl }}
      catalogInfoPath: /catalog-info.yaml
]],
    },
  },
  run = function(ctx, input)
    local url = address(ctx, input)
    ctx.log("Registering " .. url .. " in the catalog")
    local ok, ref = pcall(ctx.catalog.register, url)
    if not ok and not input.optional then
      error(ref, 0)
    end
    if ok and ref then
      ctx.output("entityRef", ref)
    end
    ctx.output("catalogInfoUrl", url)
  end,
}
