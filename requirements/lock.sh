# Pin and hash what pyproject.toml asks for, for every platform: sh requirements/lock.sh [UV]
# No package index is named in the files: pip takes it from the configuration of who installs.
set -eu
uv="${1:-uv}"
cd "$(dirname "$0")/.."

compile() {
  name="$1"
  shift
  "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links \
    --output-file "requirements/$name.lock" "$@"
}

compile base pyproject.toml
compile build --group build
compile dev pyproject.toml --group dev --constraint requirements/base.lock
compile bench pyproject.toml --group bench --constraint requirements/base.lock
