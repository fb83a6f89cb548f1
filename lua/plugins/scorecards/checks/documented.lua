-- A check in Lua: what cannot be said as a rule. Named by `rule: { lua: documented }`.
-- Has documentation of its own, or a link that is called so.
return function(entity)
  local metadata = entity.metadata or {}
  if (metadata.annotations or {})["backstage.io/techdocs-ref"] then return true end
  for _, link in ipairs(metadata.links or {}) do
    if (link.title or ""):lower():find("documentation", 1, true) then return true end
  end
  return false
end
