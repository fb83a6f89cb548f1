-- wrk asks for one component after the other, in an order that no cache of the last few helps: COMPONENTS and TOKEN in the environment.
local n, i = tonumber(os.getenv("COMPONENTS")), 0
local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }

request = function()
	i = (i * 7919 + 13) % n
	return wrk.format("GET", string.format("/api/catalog/entities/by-name/component/default/component-%06d", i), headers)
end
