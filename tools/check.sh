#!/usr/bin/env bash
# Everything that can be said about the code without running it. Design, section 6.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() {
  local name=$1
  shift
  if said=$("$@" 2>&1); then
    printf '  ok      %s\n' "$name"
  else
    printf '  FAILED  %s\n%s\n' "$name" "$said"
    failed+=("$name")
  fi
}
bin=.venv/bin
step "ruff check" $bin/ruff check -q
step "ruff format" $bin/ruff format -q --check
step "types" $bin/basedpyright
step "floors" $bin/lint-imports
mapfile -t texts < <(git ls-files '*.md' '*.py' '*.sql' '*.sh' '*.toml' | grep -vE \
  '^(src/xinglin/fhir/(resources/|datatypes)|src/xinglin/simulator/data/|src/xinglin/cdr/index/names)')
step "spelling" $bin/codespell "${texts[@]}"
step "own rules" $bin/python tools/lint.py
step "generated documents" $bin/python tools/docs.py --check
if [ -d web/node_modules ]; then
  step "web" env PATH="$PWD/.venv/node:$PATH" npm --prefix web run --silent check
fi
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
