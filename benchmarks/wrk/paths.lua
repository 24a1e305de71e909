-- GET of the paths in a file, one a line, in a shuffled order of its own for each thread.
local here = debug.getinfo(1, "S").source:match("@(.*/)")
dofile(here .. "done.lua")
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local paths, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  math.randomseed(1000 + number)
  for i = #paths, 2, -1 do
    local j = math.random(i)
    paths[i], paths[j] = paths[j], paths[i]
  end
end
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
