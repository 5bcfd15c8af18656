#!/usr/bin/env bash
# The assistant on a real Rasa server: validates and trains the project, starts Rasa and the action server on
# loopback, holds the parity dialogues through both runtimes. Rasa 3.6 needs Python 3.10 and an environment of
# its own (four minutes, 2.7 GB): $RASA_VENV, default .rasa-venv. $PYTHON is the project's own Python. RASA_MODEL, a
# folder, is a model trained before; JUDGE names judging sets whose accuracy is told.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv/bin/python}
VENV=${RASA_VENV:-.rasa-venv}
RASA_PORT=${RASA_PORT:-5005}
ACTIONS_PORT=${ACTIONS_PORT:-5055}
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1

python310() {  # the first that runs: a shim of pyenv may stand for one that isn't chosen
  for each in python3.10 "$HOME"/.pyenv/versions/3.10.*/bin/python; do
    if "$each" -c "" 2> /dev/null; then echo "$each"; return; fi
  done
}
if [ ! -x "$VENV/bin/rasa" ]; then
  base=$(python310) || true
  [ -n "$base" ] || { echo "Python 3.10 isn't there: Rasa 3.6 can't be installed" >&2; exit 2; }
  "$base" -m venv "$VENV"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check rasa==3.6.21 jieba 'setuptools<81'
fi

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill -- "-$pid" 2> /dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
venv=$(cd "$VENV" && pwd)
python=$(command -v "$PYTHON")
[[ $python == /* ]] || python="$PWD/$python"
project=(--data intents/nlu intents/rules --domain intents/domain.yml --config config.yml)

if [ -z "${RASA_MODEL:-}" ]; then
  echo "== validate"
  "$venv/bin/rasa" data validate "${project[@]}" --fail-on-warnings > "$work/validate.log" 2>&1 || {
    grep -E "UserWarning|ERROR|WARNING" "$work/validate.log" >&2; exit 1; }
  if grep -E "UserWarning" "$work/validate.log" >&2; then exit 1; fi
  echo "== train"
  "$venv/bin/rasa" train "${project[@]}" --out "$work/models" --fixed-model-name huashu > "$work/train.log" 2>&1 || {
    tail -n 20 "$work/train.log" >&2; exit 1; }
  RASA_MODEL="$work/models"
fi

echo "== start"
cat > "$work/endpoints.yml" << END
action_endpoint:
  url: http://127.0.0.1:$ACTIONS_PORT/webhook
END
echo "rest:" > "$work/credentials.yml"
export DATABASE_URL="sqlite:///$work/calls.db"
HUASHU_CHAT_SECRET=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
export HUASHU_CHAT_SECRET
"$python" .ci/rasa/signed.py prepare
set -m
"$python" -m assistant.cli.main actions --port "$ACTIONS_PORT" > "$work/actions.log" 2>&1 &
pids+=($!)
"$venv/bin/python" intents/launch_rasa.py run --enable-api --interface 127.0.0.1 --port "$RASA_PORT" \
  --model "$RASA_MODEL" --endpoints "$work/endpoints.yml" --credentials "$work/credentials.yml" \
  > "$work/rasa.log" 2>&1 &
pids+=($!)
set +m
for _ in $(seq 120); do
  curl -fs "http://127.0.0.1:$RASA_PORT/status" > /dev/null && curl -fs "http://127.0.0.1:$ACTIONS_PORT/health" > /dev/null && break
  sleep 1
done
"$python" .ci/rasa/parity.py "http://127.0.0.1:$RASA_PORT" || {
  tail -n 20 "$work/rasa.log" "$work/actions.log" >&2; exit 1; }
echo "== signed passes"
"$python" .ci/rasa/signed.py try "http://127.0.0.1:$RASA_PORT" || exit 1
# JUDGE names judging sets, their accuracy is told
for set in ${JUDGE:-}; do
  echo "== judged on $set"
  "$python" -m benchmarks.assistant "$set" --rasa "http://127.0.0.1:$RASA_PORT" --wrong 0
done
[ -z "${KEEP_LOGS:-}" ] || cp "$work"/*.log "$KEEP_LOGS"
