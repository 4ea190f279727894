#!/usr/bin/env bash
# Makes .venv hold exactly what the lock names, and fetches the built-in model. Quick when there is nothing to do.
#
#   ./setup.sh [--dev] [--models DIR]   --dev adds what the tests need; DIR defaults to `models` beside this folder
#   ./setup.sh --lock                   writes the locks anew from the .in files: with hashes, without addresses
set -euo pipefail

wanted=run
models=
while [ $# -gt 0 ]; do
  case $1 in
    --dev | --lock) wanted=${1#--} ;;
    --models) models=$(realpath -m "${2:?"--models needs a directory"}"); shift ;;
    *) echo "setup.sh: unknown argument \`$1\`" >&2; exit 2 ;;
  esac
  shift
done
cd "$(dirname "$0")"
models=${models:-$(realpath -m ../models)}
export UV_PYTHON_DOWNLOADS=never

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "setup.sh: needs python3 of version 3.11 or newer, found: $(python3 --version 2>&1)" >&2
  exit 1
}
# A virtual environment whose interpreter has been upgraded or moved away no longer runs.
.venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; python3 -m venv .venv; }

find_uv() {
  uv=$(command -v uv || echo .venv/uv/bin/uv)
  # Beside the packages rather than among them, since a sync removes what the lock does not name.
  [ -x "$uv" ] || .venv/bin/python -m pip install --quiet --require-hashes --target .venv/uv -r requirements-uv.lock
}

lock() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$1.in" -o "$1.lock"; }

if [ "$wanted" = lock ]; then
  find_uv
  for name in requirements requirements-dev requirements-uv; do lock "$name"; done
  exit
fi

locks=$(cat requirements.lock requirements-dev.lock | sha256sum | cut -c1-16)
stamp=$(cat .venv/.stamp 2>/dev/null || true)
# What the tests need includes what a run needs.
if [ "$stamp" != "$wanted $locks" ] && [ "$stamp" != "dev $locks" ]; then
  find_uv
  file=requirements.lock
  [ "$wanted" = dev ] && file=requirements-dev.lock
  rm -f .venv/.stamp
  "$uv" pip sync --quiet --compile-bytecode --require-hashes --python .venv/bin/python "$file"
  echo "$wanted $locks" >.venv/.stamp
fi

.venv/bin/python -m studio_sidecar.fetch_model "$models"
