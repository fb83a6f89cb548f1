-- A check in Lua: what cannot be said as a rule. Named by `rule: { lua: example }`.
return function(entity)
  local metadata = entity.metadata or {}
  return metadata.title ~= nil and metadata.title ~= metadata.name
end
