# Sourced by the scripts beside it: where the repository is, progress, and quiet steps that speak only
# when they fail.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOGS=$ROOT/build/logs
mkdir -p "$LOGS"

# say TEXT…: one line of progress.
say() { printf '%s\n' "$*" >&2; }

# die TEXT…: why it ends, exit code 1.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND…: runs it with its output in build/logs/NAME.log. Prints the time it took; where it
# fails, the end of its output.
step() {
  local name=$1 log started=$SECONDS status=0
  shift
  log=$LOGS/${name//[^A-Za-z0-9_-]/-}.log
  printf '%-34s' "$name" >&2
  if [ -t 2 ]; then
    watch_step "$log" &
    local watcher=$!
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ -n "${watcher:-}" ]; then
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    printf '\r%-34s' "$name" >&2
  fi
  if [ "$status" -ne 0 ]; then
    printf 'FAILED after %d s\n' $((SECONDS - started)) >&2
    printf -- '--- the end of %s\n' "${log#"$ROOT"/}" >&2
    tail -n 60 "$log" >&2
    return "$status"
  fi
  printf 'ok %5d s\n' $((SECONDS - started)) >&2
}

# On a terminal: shows ninja's "[n/m]" of the running step.
watch_step() {
  local log=$1 progress
  while sleep 1; do
    progress=$(tail -c 4000 "$log" 2>/dev/null | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1)
    printf '\r%-34s%s' "" "$progress" >&2
  done
}

# jobs: how many compilers at once. One a core, fewer where memory is short (1.5 GiB each).
jobs_for_this_machine() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# configure PRESET: cmake --preset, only where it was not done yet.
configure() {
  [ -f "$ROOT/build/$1/build.ninja" ] || cmake -S "$ROOT" --preset "$1"
}
