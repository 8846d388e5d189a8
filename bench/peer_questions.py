#!/usr/bin/env python3
"""The same questions to the same flows in three forms: a case, Zeek's conn.log with awk, and a CSV in pandas.

    peer_questions.py CASE.db DIRECTORY [FLOWCASE]

The conn.log and the CSV (with the columns that NFStream writes and a case has) are exported from the case into DIRECTORY
first. zeek-cut is an awk that finds columns by name; the awk here is told their numbers, which is faster. Zeek has no labels:
its question by label counts `proto`. pandas (pip install pandas) is timed with and without reading its file.
"""
import os
import sqlite3
import subprocess
import sys
import time

COLUMNS = ("flow_id,start_ns,end_ns,proto,orig_ip,orig_port,resp_ip,resp_port,vlan,orig_pkts,resp_pkts,orig_bytes,resp_bytes,"
           "duration_s,server_name,label,confidence,ja3,http_user_agent")


def timed(function):
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def main():
    case, directory, program = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "flowcase"
    log, table = os.path.join(directory, "conn.log"), os.path.join(directory, "flows.csv")
    if not os.path.exists(log):
        subprocess.run([program, "export", case, "conn.log", "-o", log], check=True)
        subprocess.run([program, "export", case, "flows", "--format", "csv", "--raw", "--columns", COLUMNS, "-o", table], check=True)
    db = sqlite3.connect(f"file:{case}?mode=ro", uri=True)
    ip = db.execute("SELECT ip FROM host ORDER BY ip LIMIT 1 OFFSET 1000").fetchone()[0]
    queries = {
        "flows by label": "SELECT label, sum(flows) FROM label_summary GROUP BY label",
        "flows by hour": "SELECT hour, sum(flows) FROM timeline GROUP BY hour",
        "ten hosts with most bytes": "SELECT ip, bytes_sent + bytes_received AS b FROM hosts ORDER BY b DESC LIMIT 10",
        "ten longest flows": "SELECT * FROM longest_flows LIMIT 10",
        "flows of one address": f"SELECT flow_uid FROM flows WHERE orig_ip = '{ip}'",
    }
    cut = "grep -v '^#' " + log + " | "
    awk = {
        "flows by label": f"awk -F'\\t' '!/^#/ {{n[$7]++}} END {{for (k in n) print k, n[k]}}' {log}",
        "flows by hour": f"awk -F'\\t' '!/^#/ {{n[int($1 / 3600)]++}} END {{for (k in n) print k, n[k]}}' {log}",
        "ten hosts with most bytes": f"awk -F'\\t' '!/^#/ {{b[$3] += $18 + $20; b[$5] += $18 + $20}} END {{for (k in b) print b[k], k}}' {log}"
                                     " | sort -rn | head -10",
        "ten longest flows": cut + "sort -t'\t' -k9,9 -rg | head -10",
        "flows of one address": f"awk -F'\\t' '$3 == \"{ip}\" {{print $2}}' {log}",
    }
    shell = lambda text: subprocess.run(["bash", "-c", text], check=False, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
    import pandas
    frame = []
    load = timed(lambda: frame.append(pandas.read_csv(table, low_memory=False)))
    frame = frame[0]
    memory = frame.memory_usage(deep=True).sum() / 1e9
    panda = {
        "flows by label": lambda: frame.groupby("label").size(),
        "flows by hour": lambda: frame.groupby(frame.start_ns // 3_600_000_000_000).size(),
        "ten hosts with most bytes": lambda: (
            frame.groupby("orig_ip")[["orig_bytes", "resp_bytes"]].sum().sum(axis=1)
            .add(frame.groupby("resp_ip")[["orig_bytes", "resp_bytes"]].sum().sum(axis=1), fill_value=0).nlargest(10)),
        "ten longest flows": lambda: frame.nlargest(10, "duration_s"),
        "flows of one address": lambda: frame[frame.orig_ip == ip].flow_id,
    }
    print(f"case {os.path.getsize(case) / 1e9:.1f} GB, conn.log {os.path.getsize(log) / 1e9:.1f} GB, CSV {os.path.getsize(table) / 1e9:.1f} GB "
          f"(pandas reads it in {load:.0f} s and holds {memory:.1f} GB)\n")
    print("| seconds | case | conn.log, awk | pandas, once read |\n|---|---|---|---|")
    for name, sql in queries.items():
        case_seconds = min(timed(lambda: db.execute(sql).fetchall()) for _ in range(3))
        print(f"| {name} | {case_seconds:.4f} | {timed(lambda: shell(awk[name])):.1f} | {timed(panda[name]):.2f} |", flush=True)


if __name__ == "__main__":
    main()
