local function deployment(container, more)
  local object = {
    apiVersion = "apps/v1", kind = "Deployment", metadata = { name = "payments", namespace = "shop" },
    spec = { replicas = 2, template = { metadata = { labels = { app = "payments" } }, spec = { containers = { container } } } },
  }
  for key, value in pairs(more or {}) do object.spec[key] = value end
  return object
end

local good = {
  name = "api", image = "registry.example.com:5000/shop/payments:1.2.3", readinessProbe = { httpGet = { path = "/ready" } },
  resources = { limits = { memory = "256Mi", cpu = "1" } },
}
local service = {
  apiVersion = "v1", kind = "Service", metadata = { name = "payments", namespace = "shop" },
  spec = { selector = { app = "payments" } },
}

local function with(changes)
  local container = {}
  for key, value in pairs(good) do container[key] = value end
  for key, value in pairs(changes) do
    if value == false then container[key] = nil else container[key] = value end
  end
  return container
end

local function ids(findings)
  local list = {}
  for i, finding in ipairs(findings) do list[i] = finding.id:match "^kubernetes%-practices%.(.+)$" end
  return table.concat(list, " ")
end

test("a workload that says all has no findings", function(t)
  t.equal(ids(t.health { objects = { deployment(good), service } }), "")
end)

test("a container without a memory limit", function(t)
  local found = t.health { objects = { deployment(with { resources = { requests = { cpu = "1" } } }) } }
  t.equal(ids(found), "no-memory-limit")
  t.equal(found[1].container, "api")
  t.equal(found[1].severity, "warning")
  t.equal(found[1].object.name, "payments")
  t.ok(found[1].advice[1]:find("limits.memory", 1, true))
end)

test("a container that requests nothing", function(t)
  t.equal(ids(t.health { objects = { deployment(with { resources = { limits = { memory = "1Gi" } } }) } }), "no-requests")
  t.equal(ids(t.health { objects = { deployment(with { resources = false }) } }),
    "no-memory-limit no-requests")
end)

test("an image whose tag moves", function(t)
  for image, id in pairs {
    ["app"] = "moving-image", ["host:5000/app:latest"] = "moving-image", ["host:5000/app"] = "moving-image",
    ["app:1.0"] = "", ["app@sha256:00ff"] = "",
  } do
    t.equal(ids(t.health { objects = { deployment(with { image = image }) } }), id)
  end
end)

test("a probe is missing only where requests come", function(t)
  local bare = deployment(with { readinessProbe = false })
  t.equal(ids(t.health { objects = { bare } }), "")
  t.equal(ids(t.health { objects = { bare, service } }), "no-readiness-probe")
end)

test("one replica, unless something scales it", function(t)
  local single = deployment(good, { replicas = 1 })
  local scaler = { apiVersion = "autoscaling/v2", kind = "HorizontalPodAutoscaler", metadata = { name = "payments", namespace = "shop" },
    spec = { scaleTargetRef = { kind = "Deployment", name = "payments" } } }
  t.equal(ids(t.health { objects = { single, service } }), "single-replica")
  t.equal(ids(t.health { objects = { single, service, scaler } }), "")
  t.equal(ids(t.health { objects = { single } }), "")
end)

test("a disruption budget that selects others", function(t)
  local function budget(app)
    return {
      apiVersion = "policy/v1", kind = "PodDisruptionBudget", metadata = { name = app, namespace = "shop" },
      spec = { selector = { matchLabels = { app = app } } },
    }
  end
  t.equal(ids(t.health { objects = { deployment(good), budget "another" } }), "no-disruption-budget")
  t.equal(ids(t.health { objects = { deployment(good), budget "another", budget "payments" } }), "")
end)

test("rules that are not wanted", function(t)
  t.config { skip = { "no-memory-limit", "no-requests" } }
  t.equal(ids(t.health { objects = { deployment(with { resources = false }) } }), "")
end)

test("a rule alone, with what is around it", function(t)
  local around = { with = { Service = { service }, HorizontalPodAutoscaler = {} } }
  local said = t.call("health single-replica", deployment(good, { replicas = 1 }), around)
  t.equal(said.message, "There is one replica, and a service leads to it.")
end)
