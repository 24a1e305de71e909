-- Create, read, update, delete over the bodies in a file ("Type<TAB>json" a line), a quarter each.
-- Ids are the client's own, so that every connection knows what it wrote.
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
  for line in io.lines(args[1]) do
    local kind, body = line:match("^(%a+)\t(.+)$")
    kinds[#kinds + 1] = {kind, body}
  end
  run = args[2] .. "-" .. number
  -- A part of what is read, updated and deleted must exist before: made by the first 64 creates.
end
local step = 0
function request()
  step = step + 1
  local phase = step % 4
  if phase == 1 or #mine < 64 then
    n = n + 1
    local kind = kinds[n % #kinds + 1]
    local id = "b-" .. run .. "-" .. n
    mine[#mine + 1] = {kind[1], id, kind[2]}
    return wrk.format("PUT", "/fhir/" .. kind[1] .. "/" .. id, headers,
      (kind[2]:gsub('"resourceType":"%a+"', '%0,"id":"' .. id .. '"', 1)))
  end
  -- Old ones only: their create has been answered long ago.
  local one = mine[(step % 32) + 1]
  if phase == 2 then
    return wrk.format("GET", "/fhir/" .. one[1] .. "/" .. one[2])
  elseif phase == 3 then
    local body = one[3]:gsub('"resourceType":"%a+"', '%0,"id":"' .. one[2] .. '","language":"x-' .. step .. '"', 1)
    return wrk.format("PUT", "/fhir/" .. one[1] .. "/" .. one[2], headers, body)
  end
  local oldest = table.remove(mine, 1)
  return wrk.format("DELETE", "/fhir/" .. oldest[1] .. "/" .. oldest[2])
end
