#!/usr/bin/env python3
"""Times the questions that people ask a case first, and the export of all flows.

    case_questions.py CASE.db [FLOWCASE]

Each question is asked five times on a connection of its own, the first of them after the file has been dropped from the page
cache where that is allowed (root, Linux); printed are the first and the median of the others.
"""
import os
import sqlite3
import statistics
import subprocess
import sys
import time

PAGE = 100
FILTERS = {
    "flows of one label": "SELECT * FROM flows WHERE label = (SELECT name FROM model_label ORDER BY position LIMIT 1) LIMIT 100",
    "flows of one address": "SELECT * FROM flows WHERE orig_ip = (SELECT ip FROM host ORDER BY ip LIMIT 1 OFFSET 1000) LIMIT 100",
    "flows of one hour": "SELECT * FROM flows WHERE start_ns BETWEEN (SELECT hour * 3600000000000 FROM label_hour ORDER BY flows DESC LIMIT 1) "
                         "AND (SELECT (hour + 1) * 3600000000000 FROM label_hour ORDER BY flows DESC LIMIT 1) LIMIT 100",
    "flows by time": "SELECT * FROM flows ORDER BY start_ns LIMIT 100",
    "flows of one name": "SELECT * FROM flows WHERE server_name = (SELECT server_name FROM flow WHERE server_name IS NOT NULL LIMIT 1) LIMIT 100",
    "hosts by bytes": "SELECT * FROM hosts ORDER BY bytes_sent + bytes_received DESC LIMIT 100",
}


def drop_cache(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def ask(path, sql, cold):
    if cold:
        drop_cache(path)
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    begun = time.perf_counter()
    rows = len(db.execute(sql).fetchmany(PAGE))
    seconds = time.perf_counter() - begun
    db.close()
    return seconds, rows


def main():
    path, program = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "flowcase"
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    views = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")]
    flows = db.execute("SELECT count FROM _counts WHERE \"table\" = 'flow'").fetchone()[0]
    queries = open(os.path.join(os.path.dirname(__file__), "..", "schemas", "queries.sql")).read().split("\n\n")
    db.close()
    print(f"{flows:,} flows, {os.path.getsize(path):,} bytes, {os.path.getsize(path) / flows:.0f} a flow\n")
    print("| question | rows | first, s | median, s |\n|---|---|---|---|")
    questions = {f"view `{view}`, first page": f"SELECT * FROM {view} LIMIT {PAGE}" for view in views}
    questions.update(FILTERS)
    for text in queries:
        head, _, sql = text.partition("\n")
        if head.startswith("-- ") and ": " in head and not sql.startswith("--") and ":" not in sql.replace("::", ""):
            questions[f"`--name {head[3:].split(':')[0]}`"] = sql.rstrip().rstrip(";")
    for name, sql in questions.items():
        first, rows = ask(path, sql, cold=True)
        median = statistics.median(ask(path, sql, cold=False)[0] for _ in range(4)) if first < 20 else first
        print(f"| {name} | {rows} | {first:.3f} | {median:.4f} |", flush=True)
    for kind in ("csv", "jsonl"):
        begun = time.perf_counter()
        subprocess.run([program, "export", path, "flows", "--format", kind, "-o", "/dev/null"], check=True)
        seconds = time.perf_counter() - begun
        print(f"| export of all flows, {kind} | {flows} | {seconds:.0f} | {flows / seconds:,.0f} flows/s |", flush=True)
    begun = time.perf_counter()
    page = subprocess.run([program, "report", path], check=True, capture_output=True).stdout
    print(f"| report, {len(page):,} bytes | | {time.perf_counter() - begun:.1f} | |")


if __name__ == "__main__":
    main()
