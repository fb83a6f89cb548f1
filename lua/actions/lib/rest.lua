-- A REST API of a source-code host: waiting where it wants that, and errors that say what it said.
local rest = {}

local TRIES, MOST_WAIT_S = 4, 120
local NAMES = {
  [400] = "InputError", [401] = "AuthenticationError", [403] = "NotAllowedError", [404] = "NotFoundError",
  [409] = "ConflictError", [422] = "InputError", [429] = "TooManyRequestsError",
}

local client = {}
client.__index = client

-- auth and owner: as of ctx.http.request.
function rest.client(ctx, base, auth, headers, owner)
  return setmetatable({ ctx = ctx, base = base, auth = auth, owner = owner, headers = headers or {}, away = false }, client)
end

-- Texts of anything, in a stable order.
local function words(value, into)
  if type(value) == "string" then
    into[#into + 1] = value
  elseif type(value) == "table" then
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do
      if type(key) == "string" and type(value[key]) == "table" then into[#into + 1] = key end
      words(value[key], into)
    end
  end
  return into
end

local function message(answer)
  local body = type(answer.json) == "table" and answer.json or {}
  local said = words(body.message or body.error_description or body.error, {})
  if type(body.errors) == "table" then words(body.errors, said) end
  return #said > 0 and table.concat(said, ", "):sub(1, 500) or (answer.body or ""):sub(1, 200)
end

-- In how many seconds it may be asked again; nil: it is not that.
local function limited(answer)
  local after = tonumber(answer.headers["retry-after"])
  if answer.status == 429 or ((answer.status == 403 or answer.status == 503) and after) then
    local reset = tonumber(answer.headers["ratelimit-reset"] or answer.headers["x-ratelimit-reset"])
    return math.max(after or (reset and reset - os.time()) or 1, 0)
  end
end

-- The answer, whatever its status. What is safe to say twice is repeated when the server is away for the moment.
function client:ask(method, path, json, query)
  for attempt = 1, TRIES do
    self.away = true
    local answer = self.ctx.http.request {
      method = method, url = self.base .. path, auth = self.auth, owner = self.owner, headers = self.headers, json = json, query = query,
      retries = method == "POST" and 0 or 2,
    }
    self.away = answer.status >= 500
    local seconds = limited(answer)
    if not seconds or seconds > MOST_WAIT_S or attempt == TRIES then return answer end
    self.ctx.log(("The server wants us to wait for %d s"):format(seconds))
    self.ctx.wait(seconds * 1000)
  end
end

-- Ends the step with what the server said.
function client:refuse(answer, what)
  local name = NAMES[answer.status] or (answer.status >= 500 and "UpstreamError" or "InputError")
  self.ctx.fail(name, ("%s: %d %s"):format(what, answer.status, message(answer)))
end

-- The answer's JSON; what says in the error what was to be done.
function client:call(what, method, path, json, query)
  local answer = self:ask(method, path, json, query)
  if not answer.ok then self:refuse(answer, what) end
  return answer.json
end

-- For what is nice to have: a refusal is a line of the log, and the step goes on.
function client:try(what, method, path, json)
  local answer = self:ask(method, path, json)
  if not answer.ok then
    self.ctx.log(("%s: %d %s; going on without it"):format(what, answer.status, message(answer)))
  end
  return answer.ok
end

rest.message = message

return rest
