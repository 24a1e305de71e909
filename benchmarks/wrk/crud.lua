-- Create, read, update, delete over the bodies in a file ("Type<TAB>json" a line), a quarter each.
-- Ids are the client's own. The connections of a thread share them, so what is read, updated and
-- deleted is never among the last 64 that were created, nor what was touched 64 steps ago.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "done.lua")
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local kinds, n, mine = {}, 0, {}
local headers = {["Content-Type"] = "application/fhir+json"}
local run
function init(args)
  headers["Authorization"] = wrk.headers["Authorization"]
  for line in io.lines(args[1]) do
    local kind, body = line:match("^(%a+)\t(.+)$")
    kinds[#kinds + 1] = {kind, body}
  end
  run = args[2] .. "-" .. number
  -- What is read, updated and deleted must exist before: made by the first 256 creates.
end
local step = 0
function request()
  step = step + 1
  local phase = step % 4
  if phase == 1 or #mine < 256 then
    n = n + 1
    local kind = kinds[n % #kinds + 1]
    local id = "b-" .. run .. "-" .. n
    mine[#mine + 1] = {kind[1], id, kind[2]}
    return wrk.format("PUT", "/fhir/" .. kind[1] .. "/" .. id, headers,
      (kind[2]:gsub('"resourceType":"%a+"', '%0,"id":"' .. id .. '"', 1)))
  end
  -- The oldest 64 are for deletion alone, the newest 64 may still be on their way.
  local one = mine[65 + (step * 7) % 128]
  if phase == 2 then
    return wrk.format("GET", "/fhir/" .. one[1] .. "/" .. one[2])
  elseif phase == 3 then
    local body = one[3]:gsub('"resourceType":"%a+"', '%0,"id":"' .. one[2] .. '","language":"x-' .. step .. '"', 1)
    return wrk.format("PUT", "/fhir/" .. one[1] .. "/" .. one[2], headers, body)
  end
  local oldest = table.remove(mine, 1)
  return wrk.format("DELETE", "/fhir/" .. oldest[1] .. "/" .. oldest[2])
end
