#!/usr/bin/env bash
# The long tests: many kills, large stores, soak. Run before an issue is called resolved.
set -euo pipefail
cd "$(dirname "$0")/.."
export TEST_HYPOTHESIS=explore
exec .venv/bin/python -m pytest -q -m endure "$@" tests
