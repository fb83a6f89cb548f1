-- The repository that a step names, and the API of its host.
local rest = require "lib.rest"

local host = {}

--[[
open(ctx, input, kind, headers): the parts of input.repoUrl, and a client of the host's API with input.token or with what the
integration has.
]]
function host.open(ctx, input, kind, headers)
  local repo = ctx.scm.repo(input.repoUrl)
  if repo.kind ~= kind then
    ctx.fail("InputError", ("%s is a host of integrations.%s, not of integrations.%s"):format(repo.host, repo.kind, kind))
  end
  if repo.api == "" then
    ctx.fail("InputError", ("integrations.%s has no apiBaseUrl for %s"):format(kind, repo.host))
  end
  if not input.token and (repo.needs_token or not repo.has_credentials) then
    ctx.fail("AuthenticationError", ("%s: there are no credentials: neither a token of the step nor one of integrations.%s")
      :format(repo.host, kind))
  end
  if input.signCommit and not repo.has_signing_key then
    ctx.fail("InputError", ("%s: the commit is to be signed, and integrations.%s has no commitSigningKey for it"):format(repo.host, kind))
  end
  return repo, rest.client(ctx, repo.api, input.token and { token = input.token } or "integration", headers, repo.owner)
end

host.repo_url = {
  type = "string", title = "Repository", description = "host?owner=OWNER&repo=NAME, as RepoUrlPicker gives it",
}

return host
