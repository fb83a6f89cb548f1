-- gitlab:user:info: who somebody is.
local gitlab = require "lib.gitlab"

local NAMES = {
  id = "id", username = "username", name = "name", state = "state", web_url = "webUrl", email = "email",
  created_at = "createdAt", public_email = "publicEmail", avatar_url = "avatarUrl",
}

return {
  id = "gitlab:user:info",
  description = "Tells about a user of GitLab, or about whoever the token is of.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl" },
      properties = gitlab.properties { userId = gitlab.number("User", "Their number [whoever the token is of]") },
    },
    output = {
      type = "object",
      properties = {
        id = gitlab.number "Number", username = gitlab.text "Name for signing in", name = gitlab.text "Name",
        state = gitlab.text "State", webUrl = gitlab.text "Page", email = gitlab.text "E-mail",
        createdAt = gitlab.text "Since", publicEmail = gitlab.text "E-mail that all may see", avatarUrl = gitlab.text "Picture",
      },
    },
  },
  examples = {
    {
      description = "Who the token is of",
      example = [[
steps:
  - id: me
    action: gitlab:user:info
    input:
      repoUrl: gitlab.com?owner=acme&repo=none
      token: ${{ secrets.USER_OAUTH_TOKEN }}
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    local user = api:call("The user", "GET", input.userId and ("/users/%d"):format(input.userId) or "/user")
    for theirs, ours in pairs(NAMES) do
      if type(user[theirs]) == "string" or type(user[theirs]) == "number" then ctx.output(ours, user[theirs]) end
    end
  end,
}
