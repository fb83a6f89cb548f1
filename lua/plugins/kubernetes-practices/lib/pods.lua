-- What a workload says of its pods.
local pods = {}

function pods.template(object) return object.spec and object.spec.template or {} end

function pods.containers(object)
  local spec = pods.template(object).spec
  return spec and spec.containers or {}
end

-- "1.2" of "host:5000/team/app:1.2"; "latest" where none is said; nil where a digest says exactly which image it is.
function pods.tag(image)
  if type(image) ~= "string" or image:find("@", 1, true) then return nil end
  local name = image:match "[^/]*$"
  return name:match ":(.+)$" or "latest"
end

local function has_labels(wanted, labels)
  if not next(wanted) then return false end
  for key, value in pairs(wanted) do
    if labels[key] ~= value then return false end
  end
  return true
end

local function labels_of(object)
  local metadata = pods.template(object).metadata
  return metadata and metadata.labels or {}
end

-- Does a selector with matchLabels fit its pods?
function pods.selects(selector, object)
  return has_labels(selector and selector.matchLabels or {}, labels_of(object))
end

-- Does one of the services lead to its pods?
function pods.is_served(object, services)
  for _, service in ipairs(services) do
    if has_labels(service.spec and service.spec.selector or {}, labels_of(object)) then return true end
  end
  return false
end

-- Does an autoscaler say how many there are?
function pods.is_scaled(object, scalers)
  for _, scaler in ipairs(scalers) do
    local target = scaler.spec and scaler.spec.scaleTargetRef or {}
    if target.kind == object.kind and target.name == object.metadata.name then return true end
  end
  return false
end

return pods
