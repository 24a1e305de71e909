-- POST of the transaction bundles named in a file, one path a line.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "done.lua")
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local bodies, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local f = io.open(line, "rb")
    bodies[#bodies + 1] = f:read("*a")
    f:close()
  end
  at = number * math.floor(#bodies / 2)
end
function request()
  at = at % #bodies + 1
  return wrk.format("POST", "/fhir", {["Content-Type"] = "application/fhir+json", ["Authorization"] = wrk.headers["Authorization"]}, bodies[at])
end
