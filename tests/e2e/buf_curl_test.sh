#!/usr/bin/env bash
# Lists, describes and calls the broker as people do with grpcurl, with no special header: through buf
# curl, which uses the same reflection. Arguments: the broker's and the simulator's binaries.
set -euo pipefail

broker=$1 simulator=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
buf=$root/tests/buf/node_modules/.bin/buf
[ -x "$buf" ] || { echo "no buf: run scripts/setup --test" >&2 && exit 1; }

dir=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap cleanup EXIT

wait_for() { # FILE PID
  until [ -s "$1" ]; do
    kill -0 "$2" || { cat "$dir"/*.log >&2 && exit 1; }
    read -rt 0.02 <> <(:) || true
  done
}

expect() { # NEEDLE HAYSTACK
  grep -qF -- "$1" <<<"$2" || { printf 'expected "%s" in:\n%s\n' "$1" "$2" >&2 && exit 1; }
}

"$simulator" --port 0 --port-file "$dir/port" >"$dir/simulator.log" 2>&1 &
pids+=($!)
wait_for "$dir/port" $!
port=$(cat "$dir/port")

(umask 077 && printf 'vT9demoKey4Admin\n' >"$dir/vtiger" && printf 'uDFh1i0O56xBHJ9c\n' >"$dir/corebos" &&
  printf 'aB5demoKey4Jane0\n' >"$dir/abms")
account() { # PROVIDER USERNAME
  printf '  - {provider: %s, account: a, base_url: "http://127.0.0.1:%s/%s", ' "$1" "$port" "$1"
  printf 'parameters: {username: "%s"}, secrets: {access_key: {file: %s}}}\n' "$2" "$1"
}
{
  echo 'listeners: [{address: "127.0.0.1:0"}]'
  echo 'state_directory: state'
  echo 'rules: [{callers: [loopback], accounts: ["*/*"], allow: [get, list, operate]}]'
  echo 'accounts:'
  account vtiger admin
  account corebos admin
  account abms jane+crm@example.com
} >"$dir/config.yaml"
"$broker" --config "$dir/config.yaml" --ready-file "$dir/ready" >"$dir/broker.log" 2>&1 &
pids+=($!)
wait_for "$dir/ready" $!
address=$(grep -oE '127\.0\.0\.1:[0-9]+' "$dir/ready" | head -n 1)

curl_grpc() { "$buf" curl --protocol grpc --http2-prior-knowledge "$@" 2>&1; }

methods=$(curl_grpc --list-methods "http://$address")
expect sessionbroker.v1.SessionBroker/GetSession "$methods"
expect sessionbroker.v1.SessionBroker/SignRequest "$methods"
expect sessionbroker.v1.SessionBroker/ListAccounts "$methods"
expect sessionbroker.admin.v1.AdminBroker/ListSequences "$methods"
expect sessionbroker.admin.v1.AdminBroker/RaiseSequence "$methods"
expect grpc.health.v1.Health/Check "$methods"

for provider in vtiger corebos abms; do
  reply=$(curl_grpc -d "{\"provider\":\"$provider\",\"account\":\"a\"}" \
    "http://$address/sessionbroker.v1.SessionBroker/GetSession")
  expect '"baseUrl": "http://127.0.0.1:'"$port/$provider\"" "$reply"
  expect '"name": "sessionName"' "$reply"
  expect '"expireTime"' "$reply"
done

accounts=$(curl_grpc -d '{}' "http://$address/sessionbroker.v1.SessionBroker/ListAccounts")
expect STATE_LIVE "$accounts"

health=$(curl_grpc -d '{"service":"sessionbroker.v1.SessionBroker"}' "http://$address/grpc.health.v1.Health/Check")
expect SERVING "$health"

sequence='{"origin":"https://v5.icash.bg","key":"k1","value":"5"}'
unknown=$(curl_grpc -d "$sequence" "http://$address/sessionbroker.admin.v1.AdminBroker/RaiseSequence" || true)
expect '"code": "not_found"' "$unknown"
expect "no configured account uses nonces at https://v5.icash.bg" "$unknown"

# An error's details are decoded by what reflection tells of them.
refused=$(curl_grpc -d '{"provider":"vtiger"}' \
  "http://$address/sessionbroker.v1.SessionBroker/GetSession" || true)
expect '"code": "invalid_argument"' "$refused"
expect google.rpc.ErrorInfo "$refused"

echo "buf curl lists, describes and calls"
