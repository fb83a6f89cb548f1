-- gitlab:group:migrate: a group of one GitLab moves to another.
local gitlab = require "lib.gitlab"
local once = require "lib.once"

return {
  id = "gitlab:group:migrate",
  description = "Migrates a group, with its projects, from one GitLab to another by direct transfer.",
  schema = {
    input = {
      type = "object",
      required = { "destinationAccessToken", "destinationUrl", "sourceAccessToken", "sourceFullPath", "sourceUrl" },
      properties = {
        destinationAccessToken = gitlab.text "Token of the destination",
        destinationUrl = gitlab.text("Destination", "host?owner=NAMESPACE&repo=SLUG"),
        sourceAccessToken = gitlab.text "Token of the source",
        sourceFullPath = gitlab.text("Source", "Path of the group"),
        sourceUrl = gitlab.text("Address of the source", "https://gitlab.com"),
      },
    },
    output = {
      type = "object",
      properties = {
        importedRepoUrl = gitlab.text "Address of what was imported",
        migrationId = gitlab.number "Number of the migration",
      },
    },
  },
  examples = {
    {
      description = "To the company's own GitLab",
      example = [[
steps:
  - id: migrate
    action: gitlab:group:migrate
    input:
      sourceUrl: https://gitlab.com
      sourceFullPath: acme/old
      sourceAccessToken: ${{ secrets.from }}
      destinationUrl: gitlab.example.com?owner=acme&repo=old
      destinationAccessToken: ${{ secrets.to }}
]],
    },
  },
  run = function(ctx, input)
    local repo, api = gitlab.open(ctx, { repoUrl = input.destinationUrl, token = input.destinationAccessToken })
    local made = once.create(ctx, api, "migration", function(begun)
      for _, one in ipairs(api:call("Looking for the migration", "GET", "/bulk_imports")) do
        if one.source_url == input.sourceUrl and once.is_new(one.created_at, begun) then return { id = one.id } end
      end
    end, function()
      local one = api:call("Failed to start the migration", "POST", "/bulk_imports", {
        configuration = { url = input.sourceUrl, access_token = input.sourceAccessToken },
        entities = {
          {
            source_type = "group_entity", source_full_path = input.sourceFullPath, destination_slug = repo.repo,
            destination_namespace = repo.owner,
          },
        },
      })
      return { id = one.id }
    end)
    ctx.output("importedRepoUrl", ("%s/%s/%s"):format(repo.base, repo.owner, repo.repo))
    ctx.output("migrationId", made.id)
  end,
}
