#!/usr/bin/env bash
# Times scans of one capture, without and with labels: bench/scan.sh CAPTURE [ROUNDS]
# Prints the median wall time, packets a second and the highest peak memory of the rounds. Builds nothing: run
# `make build` first. Needs GNU time.
set -euo pipefail
cd "$(dirname "$0")/.."
capture=$1 rounds=${2:-5} program=.build/release/flowcase
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() {
  local name=$1; shift
  : >"$work/times"
  for _ in $(seq "$rounds"); do
    rm -f "$work"/case.db*
    # 2 means problems in the evidence, which are not this script's business.
    /usr/bin/time -f '%e %M' -o "$work/time" "$program" scan -q "$capture" --case "$work/case.db" "$@" || [ $? = 2 ]
    tail -n 1 "$work/time" >>"$work/times"
  done
  local packets flows
  packets=$("$program" query "$work/case.db" 'SELECT sum(packets) FROM evidence' --format csv | tail -n 1 | tr -d '\r')
  flows=$("$program" query "$work/case.db" 'SELECT count(*) FROM flows' --format csv | tail -n 1 | tr -d '\r')
  sort -n "$work/times" | awk -v name="$name" -v packets="$packets" -v flows="$flows" '
    { seconds[NR] = $1; if ($2 > peak) peak = $2 }
    END { median = seconds[int((NR + 1) / 2)]
      printf "%-16s %9d packets %8d flows %7.2f s %10d packets/s %6d MB peak\n",
        name, packets, flows, median, packets / median, peak / 1000 }'
}

measure 'without labels' --no-model
measure 'with labels'
