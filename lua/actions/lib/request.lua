-- What http:request and http:backstage:request have in common.
local request = {}

local SAFE = { GET = true, HEAD = true, OPTIONS = true }

request.properties = {
  path = {
    type = "string", title = "Path",
    description = "Of an endpoint of the portal's proxy: /proxy/NAME/..., or of an entity; in place of url",
  },
  method = {
    type = "string", enum = { "GET", "HEAD", "OPTIONS", "POST", "UPDATE", "DELETE", "PUT", "PATCH" }, title = "Method",
    description = "[GET]",
  },
  headers = { type = "object", title = "Headers" },
  params = { type = "object", title = "Parameters", description = "Put behind the address" },
  body = { type = { "object", "string", "array" }, title = "Body", description = "What is no text is sent as JSON" },
  logRequestPath = { type = "boolean", title = "Log the address", description = "[true]" },
  continueOnBadResponse = { type = "boolean", title = "Take any status", description = "Otherwise 400 and above end the step" },
  timeout = { type = "number", title = "Time", description = "Milliseconds [60000]" },
}

-- An entity is there without asking ourselves over the network: as the API would answer it.
local function entity(ctx, input)
  local path = ("/" .. (input.path or "")):gsub("^/+", "/"):gsub("^/api/", "/")
  local kind, namespace, name = path:match("^/catalog/entities/by%-name/([^/]+)/([^/]+)/([^/]+)$")
  if input.url or not kind or (input.method or "GET") ~= "GET" then return nil end
  local found = ctx.catalog.entity(("%s:%s/%s"):format(kind, namespace, name))
  if found then return { status = 200, headers = {}, json = found } end
  return { status = 404, headers = {}, body = ("there is no %s:%s/%s"):format(kind, namespace, name) }
end

-- "/proxy/x/y" and "/api/proxy/x/y", with or without the first slash, are "/x/y".
local function endpoint(ctx, path)
  local below = ("/" .. path):gsub("^/+", "/"):gsub("^/api/", "/"):match("^/proxy(/.+)$")
  return below or ctx.fail("InputError",
    path .. ": only /proxy/NAME/... and /catalog/entities/by-name/KIND/NAMESPACE/NAME can be asked here")
end

local function texts(map)
  local out = {}
  for name, value in pairs(map or {}) do out[name] = tostring(value) end
  return out
end

-- Asks what the input says: the answer, nil in a dry run that must not.
function request.send(ctx, input)
  local method, body = input.method or "GET", input.body
  if input.logRequestPath ~= false then ctx.log(("%s %s"):format(method, input.url or input.path)) end
  if ctx.dry_run and not SAFE[method] then
    ctx.log("A dry run changes nothing elsewhere: the request is left out")
    return nil
  end
  local answer = entity(ctx, input) or ctx.http.request {
    method = method,
    url = input.url,
    proxy = not input.url and endpoint(ctx, input.path) or nil,
    headers = texts(input.headers),
    query = input.params,
    json = type(body) == "table" and body or nil,
    body = type(body) == "string" and body or nil,
    timeout = (input.timeout or 60000) / 1000,
  }
  if answer.status >= 400 and not input.continueOnBadResponse then
    ctx.fail("UpstreamError", ("The answer is %d: %s"):format(answer.status, (answer.body or ""):sub(1, 500)))
  end
  return answer
end

-- Gives headers and body as outputs.
function request.outputs(ctx, answer)
  local body = answer.json
  if body == nil then body = answer.body end
  ctx.output("headers", answer.headers)
  ctx.output("body", body)
end

return request
