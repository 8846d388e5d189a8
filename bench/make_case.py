#!/usr/bin/env python3
"""Makes a large case of a real one: the flows of SOURCE, again and again, at other times and between other hosts.

    make_case.py SOURCE.db COUNT OUT.db

What a flow is made of (protocol, ports, packets, bytes, label, probabilities, attention, metadata) is a real flow's; its time
is spread over thirty days with a rhythm of a day, its addresses are one of a million pairs drawn from 200,000 hosts, a few of which
take part in most flows. Each copy has captures of its own, whose ledgers add up. The same SOURCE and COUNT give the same rows.
"""
import sqlite3
import sys
import time

DAY = 86_400_000_000_000


def share(salt, number="n.id"):
    """A number from 0 to 1 for the flow `n.id`, in SQL."""
    return f"((({number} * 2654435761 + {salt} * 40503) % 4294967291) * 1103515245 % 2147483647 / 2147483647.0)"


def host(salt, public):
    """An address for the flow `n.id`, in SQL: the lower its number, the oftener it occurs."""
    pair = f"CAST(1000000 * {share(6)} * {share(6)} * {share(6)} AS INTEGER)"
    u = share(salt, pair)
    first = "(23 + h / 65536 * 7)" if public else "10"
    number = f"CAST(200000 * {u} * {u} * {u} * {u} AS INTEGER)"
    return f"(SELECT {first} || '.' || (h / 65536) || '.' || (h / 256 % 256) || '.' || (h % 256) FROM (SELECT {number} AS h))"


def main():
    source, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    begun = time.time()
    db = sqlite3.connect(out, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
    db.execute("ATTACH ? AS s", (source,))
    schema = db.execute("SELECT type, name, sql FROM s.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").fetchall()
    for kind in ("table", "trigger", "view"):
        for _, name, sql in (entry for entry in schema if entry[0] == kind):
            db.execute(sql)
    db.execute("PRAGMA application_id = %d" % db.execute("PRAGMA s.application_id").fetchone()[0])
    db.execute("PRAGMA user_version = %d" % db.execute("PRAGMA s.user_version").fetchone()[0])
    db.execute("DELETE FROM _counts")
    for table in ("case_info", "run", "model", "model_label"):
        db.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM s.{table}")

    flows = db.execute("SELECT count(*), max(evidence_id) FROM s.flow").fetchone()
    copies = (count + flows[0] - 1) // flows[0]
    evidence_step = db.execute("SELECT max(evidence_id) FROM s.evidence_item").fetchone()[0]
    begin = db.execute("SELECT min(start_ns) FROM s.flow").fetchone()[0] // DAY * DAY
    db.execute("CREATE TEMP TABLE one AS SELECT row_number() OVER (ORDER BY flow_id) AS rank, * FROM s.flow")
    db.execute("CREATE TEMP TABLE said AS SELECT o.rank, p.* FROM one AS o JOIN s.prediction AS p ON p.flow_id = o.flow_id")
    db.execute("CREATE TEMP TABLE told AS SELECT o.rank, m.* FROM one AS o JOIN s.flow_metadata AS m ON m.flow_id = o.flow_id")
    columns = [row[1] for row in db.execute("PRAGMA s.table_info(evidence_item)")]
    for copy in range(copies):
        moved = {
            "evidence_id": f"evidence_id + {copy * evidence_step}", "parent_id": f"parent_id + {copy * evidence_step}",
            "duplicate_of": f"duplicate_of + {copy * evidence_step}", "sequence_id": f"sequence_id + {copy * evidence_step}",
            "path": f"'{copy:05}/' || path", "stream_sha256": f"'{copy:08x}' || substr(stream_sha256, 9)",
            "container_sha256": f"'{copy:08x}' || substr(container_sha256, 9)", "flows_sha256": "NULL",
        }
        db.execute(
            f"INSERT INTO evidence_item SELECT {', '.join(moved.get(name, name) for name in columns)} FROM s.evidence_item")
        db.execute(
            f"INSERT INTO run_evidence SELECT run_id, evidence_id + {copy * evidence_step}, outcome FROM s.run_evidence")
        # Two hills a day: most flows begin around noon of a day in the month.
        u, v, w = share(1), share(2), share(3)
        start = f"CAST({begin} + CAST(30 * {u} AS INTEGER) * {DAY} + ({v} + {w}) / 2 * {DAY} AS INTEGER)"
        db.execute(f"""
            INSERT INTO flow SELECT n.id, n.evidence_id + {copy * evidence_step}, n.start, n.start + n.end_ns - n.start_ns,
              n.proto, {host(4, False)}, n.orig_port, {host(5, True)}, n.resp_port, n.vlan, n.tunnel, n.orig_packets,
              n.resp_packets, n.orig_bytes, n.resp_bytes, n.end_reason, n.conn_state, n.history, n.server_name,
              substr(n.community_id, 1, 2) || substr(printf('%08x', n.id * 2654435761 % 4294967291), 1, 8)
                || substr(n.community_id, 11), n.first_packet, n.first_offset, n.last_packet, n.last_offset,
              n.last_evidence_id + {copy * evidence_step}
            FROM (SELECT n.*, {start} AS start FROM (
              SELECT rank + {copy * flows[0]} AS id, * FROM one) AS n) AS n ORDER BY n.id""")
        names = [row[1] for row in db.execute("PRAGMA table_info(prediction)")][1:]
        db.execute(f"INSERT INTO prediction SELECT rank + {copy * flows[0]}, {', '.join(names)} FROM said ORDER BY 1, 2")
        names = [row[1] for row in db.execute("PRAGMA table_info(flow_metadata)")][1:]
        db.execute(f"INSERT INTO flow_metadata SELECT rank + {copy * flows[0]}, {', '.join(names)} FROM told ORDER BY 1")
    label = ("CASE WHEN p.protocol_name IS NOT NULL THEN p.protocol_name WHEN p.is_abstained = 0 THEN l.name ELSE 'unknown' END, "
             "CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' WHEN p.model_id IS NOT NULL THEN 'model' ELSE 'none' END")
    labelled = ("LEFT JOIN prediction AS p ON p.flow_id = f.flow_id "
                "LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position")
    sums = "count(*), sum(f.orig_packets + f.resp_packets), sum(f.orig_bytes + f.resp_bytes)"
    sure = "sum(CAST(round(coalesce(p.confidence, 0) * 1e8) AS INTEGER))"
    ends = ("(SELECT flow_id, orig_ip AS ip, orig_packets, resp_packets, orig_bytes, resp_bytes, start_ns, end_ns, 1 AS o FROM flow "
            "UNION ALL SELECT flow_id, resp_ip, resp_packets, orig_packets, resp_bytes, orig_bytes, start_ns, end_ns, 0 FROM flow)")
    for sql in (
        f"INSERT INTO label_hour SELECT coalesce(p.model_id, 0), {label}, f.start_ns / 3600000000000, {sums}, {sure} "
        f"FROM flow AS f {labelled} GROUP BY 1, 2, 3, 4",
        f"INSERT INTO evidence_label SELECT f.evidence_id, coalesce(p.model_id, 0), {label}, {sums}, {sure} FROM flow AS f {labelled} "
        "GROUP BY 1, 2, 3, 4",
        f"INSERT INTO host_label SELECT f.ip, coalesce(p.model_id, 0), {label}, {sums} FROM {ends} AS f {labelled} GROUP BY 1, 2, 3, 4",
        "INSERT INTO host SELECT ip, sum(o), sum(1 - o), sum(orig_packets), sum(resp_packets), sum(orig_bytes), sum(resp_bytes), "
        f"min(start_ns), max(end_ns) FROM {ends} GROUP BY ip",
        "INSERT INTO conversation SELECT orig_ip, resp_ip, proto, resp_port, count(*), sum(orig_packets), sum(resp_packets), "
        "sum(orig_bytes), sum(resp_bytes), min(start_ns), max(end_ns) FROM flow GROUP BY 1, 2, 3, 4",
        f"INSERT INTO attention_sum SELECT model_id, label, packet_position, flows * {copies}, weight_sum * {copies}, "
        f"weight_square_sum * {copies}, stddev FROM s.attention_sum",
        *(f"INSERT INTO _counts SELECT '{name}', count(*) FROM {name}"
          for name in ("flow", "prediction", "flow_metadata", "evidence_item", "problem", "capture_note")),
    ):
        db.execute(sql)
    rows = time.time() - begun
    for _, _, sql in (entry for entry in schema if entry[0] == "index"):
        db.execute(sql)
    made = db.execute("SELECT count(*) FROM flow").fetchone()[0]
    wrong = db.execute("SELECT count(*) FROM ledger_mismatch").fetchone()[0]
    pages = db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
    db.close()
    print(f"{made:,} flows in {rows:.0f} s, indexes in {time.time() - begun - rows:.0f} s; {pages:,} bytes, "
          f"{pages / made:.0f} a flow; ledgers that do not add up: {wrong}")


if __name__ == "__main__":
    main()
