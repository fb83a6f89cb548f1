-- Health rules for Kubernetes: what workloads should say of themselves so that a cluster can look after them. Copy it and write your own;
-- docs/plugins.md of Callboard tells what a rule sees and may give back.
local callboard = require "callboard"
local pods = require "lib.pods"

-- The workloads whose template says what their pods are.
local workloads = { "Deployment", "StatefulSet", "DaemonSet" }

local function switched_on(id)
  for _, off in ipairs(callboard.config.skip) do
    if off == id then return false end
  end
  return true
end

-- One finding for each container that lacks something; missing(container) says what, or nil.
local function each_container(id, missing)
  return function(object)
    local found = callboard.array {}
    for _, container in ipairs(switched_on(id) and pods.containers(object) or {}) do
      local message = missing(container)
      if message then found[#found + 1] = { message = message, container = container.name } end
    end
    return found
  end
end

return {
  title = "Kubernetes practices",
  version = "1.0.0",
  description = "Says which workloads lack limits, probes, a fixed version, or protection from an upgrade of the cluster.",
  author = "Callboard",
  icon = "ship-wheel",

  config = {
    type = "object",
    properties = {
      skip = { type = "array", items = { type = "string" }, default = {}, description = "ids of rules that are not wanted" },
      moving_tags = {
        type = "array", items = { type = "string" }, default = { "latest" }, description = "tags that mean another image tomorrow",
      },
    },
  },

  health = {
    {
      id = "no-memory-limit",
      title = "No memory limit",
      severity = "warning",
      kinds = workloads,
      advice = {
        "Set resources.limits.memory to what it needs at most: without it, one leak takes the memory of the whole node.",
        "Set resources.requests.memory as well, so that it is placed where there is room.",
      },
      docs = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
      check = each_container("no-memory-limit", function(container)
        local limits = container.resources and container.resources.limits
        if not (limits and limits.memory) then return ("The container %s may take any amount of memory."):format(container.name) end
      end),
    },
    {
      id = "no-requests",
      title = "No resource requests",
      severity = "info",
      kinds = workloads,
      advice = "Set resources.requests to what it usually needs: the scheduler and autoscalers go by them.",
      check = each_container("no-requests", function(container)
        local resources = container.resources or {}
        -- What has a limit and no request requests its limit.
        local cpu = (resources.requests or {}).cpu or (resources.limits or {}).cpu
        if not cpu then return ("The container %s does not say how much CPU it needs."):format(container.name) end
      end),
    },
    {
      id = "moving-image",
      title = "Image may change",
      severity = "warning",
      kinds = workloads,
      advice = { "Name a version, or a digest: two pods of one workload may run different programs otherwise, and there is no way back." },
      check = each_container("moving-image", function(container)
        local tag = pods.tag(container.image)
        for _, moving in ipairs(callboard.config.moving_tags) do
          if tag == moving then
            return ("The container %s runs %s, and whatever that means on the day a pod starts."):format(container.name, container.image)
          end
        end
      end),
    },
    {
      id = "no-readiness-probe",
      title = "No readiness probe",
      severity = "info",
      kinds = { "Deployment", "StatefulSet" },
      -- Who asks nothing of it need not wait until it is ready.
      with = { "Service" },
      advice = { "Add a readinessProbe: without it, requests are sent to a pod as soon as its process runs, ready or not." },
      docs = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
      check = function(object, around)
        if not switched_on "no-readiness-probe" or not pods.is_served(object, around.with.Service) then return end
        local first = pods.containers(object)[1]
        if first and not first.readinessProbe then
          return { message = ("The container %s serves requests and has no readinessProbe."):format(first.name), container = first.name }
        end
      end,
    },
    {
      id = "single-replica",
      title = "One replica only",
      severity = "info",
      kinds = { "Deployment" },
      with = { "HorizontalPodAutoscaler", "Service" },
      advice = {
        "Run two replicas: with one, each restart and each upgrade of a node is an outage.",
        "Where two cannot run beside each other, say so in its documentation.",
      },
      check = function(object, around)
        if not switched_on "single-replica" or (object.spec.replicas or 1) ~= 1 then return end
        if not pods.is_served(object, around.with.Service) or pods.is_scaled(object, around.with.HorizontalPodAutoscaler) then return end
        return { message = "There is one replica, and a service leads to it." }
      end,
    },
    {
      id = "no-disruption-budget",
      title = "Nothing limits disruptions",
      severity = "info",
      kinds = { "Deployment", "StatefulSet" },
      with = { "PodDisruptionBudget.policy" },
      advice = { "Add a PodDisruptionBudget: without it, an upgrade of the cluster may take all replicas away at once." },
      docs = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
      check = function(object, around)
        local budgets = around.with["PodDisruptionBudget.policy"]
        -- Where none is found at all, most likely nobody asks for them (kubernetes.customResources).
        if not switched_on "no-disruption-budget" or #budgets == 0 or (object.spec.replicas or 1) < 2 then return end
        for _, budget in ipairs(budgets) do
          if pods.selects((budget.spec or {}).selector, object) then return end
        end
        return { message = ("No PodDisruptionBudget selects its %d replicas."):format(object.spec.replicas) }
      end,
    },
  },
}
