-- Flowcase case database, schema version 1. Every table, view and column is described in case.md.
PRAGMA application_id = 0x466C6F77; -- "Flow"
PRAGMA user_version = 1;

CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  tool_version TEXT NOT NULL,
  arguments TEXT NOT NULL CHECK (json_valid(arguments)),
  host TEXT NOT NULL,
  environment TEXT NOT NULL CHECK (json_valid(environment)),
  started_at TEXT NOT NULL,
  finished_at TEXT,
  exit_status INTEGER
) STRICT;

CREATE TABLE model (
  model_id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  architecture TEXT NOT NULL,
  packet_count INTEGER NOT NULL,
  threshold REAL NOT NULL,
  metadata TEXT NOT NULL CHECK (json_valid(metadata))
) STRICT;

CREATE TABLE model_label (
  model_id INTEGER NOT NULL REFERENCES model,
  label_index INTEGER NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (model_id, label_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence_item (
  evidence_id INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES evidence_item,
  path TEXT NOT NULL,
  format TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'rejected' CHECK (status IN ('complete', 'partial', 'rejected', 'duplicate')),
  duplicate_of INTEGER REFERENCES evidence_item,
  container_bytes INTEGER NOT NULL DEFAULT 0,
  stream_bytes INTEGER NOT NULL DEFAULT 0,
  container_sha256 TEXT,
  stream_sha256 TEXT,
  link_types TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(link_types)),
  packets INTEGER NOT NULL DEFAULT 0,
  packets_in_flows INTEGER NOT NULL DEFAULT 0,
  packets_not_ip INTEGER NOT NULL DEFAULT 0,
  packets_undecodable INTEGER NOT NULL DEFAULT 0,
  packets_filtered INTEGER NOT NULL DEFAULT 0,
  bytes_lost INTEGER NOT NULL DEFAULT 0,
  first_packet_ns INTEGER,
  last_packet_ns INTEGER
) STRICT;
CREATE INDEX evidence_item_stream ON evidence_item (stream_sha256);
CREATE INDEX evidence_item_path ON evidence_item (path);

CREATE TABLE run_evidence (
  run_id INTEGER NOT NULL REFERENCES run,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item,
  outcome TEXT NOT NULL CHECK (outcome IN ('read', 'already_known')),
  PRIMARY KEY (run_id, evidence_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
  problem_id INTEGER PRIMARY KEY,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item,
  code TEXT NOT NULL,
  "offset" INTEGER,
  bytes_lost INTEGER NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE flow (
  flow_id INTEGER PRIMARY KEY,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item,
  start_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  proto INTEGER NOT NULL,
  orig_ip TEXT NOT NULL,
  orig_port INTEGER NOT NULL,
  resp_ip TEXT NOT NULL,
  resp_port INTEGER NOT NULL,
  vlan TEXT,
  tunnel TEXT,
  orig_pkts INTEGER NOT NULL,
  resp_pkts INTEGER NOT NULL,
  orig_bytes INTEGER NOT NULL,
  resp_bytes INTEGER NOT NULL,
  end_reason TEXT NOT NULL,
  conn_state TEXT,
  history TEXT,
  server_name TEXT,
  community_id TEXT,
  first_packet INTEGER NOT NULL,
  first_offset INTEGER NOT NULL,
  last_packet INTEGER NOT NULL,
  last_offset INTEGER NOT NULL,
  protocol_label TEXT
) STRICT;

CREATE TABLE prediction (
  flow_id INTEGER NOT NULL REFERENCES flow,
  model_id INTEGER NOT NULL REFERENCES model,
  label_index INTEGER NOT NULL,
  confidence REAL NOT NULL,
  abstained INTEGER NOT NULL CHECK (abstained IN (0, 1)),
  probabilities TEXT NOT NULL,
  attention TEXT NOT NULL,
  PRIMARY KEY (flow_id, model_id)
) STRICT, WITHOUT ROWID;

-- Kept while scanning, so that questions about labels do not read every flow.
CREATE TABLE label_count (
  label TEXT NOT NULL,
  label_source TEXT NOT NULL,
  model_id INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  confidence_sum REAL NOT NULL,
  PRIMARY KEY (label, label_source, model_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attention_sum (
  model_id INTEGER NOT NULL REFERENCES model,
  label_index INTEGER NOT NULL,
  packet INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  sum REAL NOT NULL,
  square_sum REAL NOT NULL,
  PRIMARY KEY (model_id, label_index, packet)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  previous_sha256 TEXT NOT NULL,
  entry_sha256 TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TABLE ip_protocol (proto INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;

-- The views are the public face: the tables may change, these do so only with the version.

CREATE VIEW flows AS
SELECT f.flow_id,
  'F' || coalesce(substr(e.stream_sha256, 1, 12), '') || '-' || printf('%x', f.first_packet) AS flow_uid,
  f.community_id,
  strftime('%Y-%m-%dT%H:%M:%S', (f.start_ns - ((f.start_ns % 1000000000) + 1000000000) % 1000000000) / 1000000000, 'unixepoch')
    || printf('.%09dZ', ((f.start_ns % 1000000000) + 1000000000) % 1000000000) AS flow_start,
  strftime('%Y-%m-%dT%H:%M:%S', (f.end_ns - ((f.end_ns % 1000000000) + 1000000000) % 1000000000) / 1000000000, 'unixepoch')
    || printf('.%09dZ', ((f.end_ns % 1000000000) + 1000000000) % 1000000000) AS flow_end,
  f.start_ns,
  f.end_ns,
  (f.end_ns - f.start_ns) / 1e9 AS duration_s,
  coalesce((SELECT name FROM ip_protocol WHERE proto = f.proto), 'ip-' || f.proto) AS proto,
  f.orig_ip, f.orig_port, f.resp_ip, f.resp_port, f.vlan, f.tunnel,
  f.orig_pkts, f.resp_pkts, f.orig_bytes, f.resp_bytes,
  f.end_reason, f.conn_state, f.history, f.server_name,
  CASE WHEN p.flow_id IS NULL THEN f.protocol_label WHEN p.abstained THEN 'unknown' ELSE l.label END AS label,
  CASE WHEN p.flow_id IS NOT NULL THEN 'model' WHEN f.protocol_label IS NOT NULL THEN 'protocol' ELSE 'none' END AS label_source,
  l.label AS predicted_label,
  p.confidence,
  (SELECT json_group_object(ml.label, json_extract(p.probabilities, '$[' || ml.label_index || ']'))
    FROM model_label ml WHERE ml.model_id = p.model_id) AS probabilities,
  p.attention,
  m.sha256 AS model_sha256,
  e.path AS evidence_path,
  e.container_sha256 AS evidence_sha256,
  f.first_packet, f.first_offset, f.last_packet, f.last_offset, f.evidence_id
FROM flow f
JOIN evidence_item e USING (evidence_id)
LEFT JOIN prediction p ON p.flow_id = f.flow_id AND p.model_id = (SELECT max(model_id) FROM prediction WHERE flow_id = f.flow_id)
LEFT JOIN model m ON m.model_id = p.model_id
LEFT JOIN model_label l ON l.model_id = p.model_id AND l.label_index = p.label_index;

CREATE VIEW evidence AS
SELECT path, container_sha256 AS sha256, stream_sha256, format, link_types, packets, packets_in_flows, packets_not_ip,
  packets_undecodable, packets_filtered, bytes_lost, status, container_bytes, stream_bytes,
  strftime('%Y-%m-%dT%H:%M:%SZ', (first_packet_ns - ((first_packet_ns % 1000000000) + 1000000000) % 1000000000) / 1000000000, 'unixepoch') AS first_packet,
  strftime('%Y-%m-%dT%H:%M:%SZ', (last_packet_ns - ((last_packet_ns % 1000000000) + 1000000000) % 1000000000) / 1000000000, 'unixepoch') AS last_packet,
  (SELECT path FROM evidence_item o WHERE o.evidence_id = i.duplicate_of) AS duplicate_of, evidence_id, parent_id
FROM evidence_item i;

CREATE VIEW problems AS
SELECT e.path AS evidence_path, p."offset", p.code, p.message, p.bytes_lost, e.container_sha256 AS evidence_sha256, p.problem_id
FROM problem p JOIN evidence_item e USING (evidence_id);

CREATE VIEW problems_by_file AS
SELECT e.path AS evidence_path, e.status, count(*) AS problems, sum(p.bytes_lost) AS bytes_lost, group_concat(DISTINCT p.code) AS codes
FROM problem p JOIN evidence_item e USING (evidence_id) GROUP BY e.evidence_id;

CREATE VIEW ledger_mismatch AS
SELECT path, packets, packets_in_flows, packets_not_ip, packets_undecodable, packets_filtered
FROM evidence_item
WHERE packets <> packets_in_flows + packets_not_ip + packets_undecodable + packets_filtered;

CREATE VIEW evidence_tree AS
WITH RECURSIVE tree (evidence_id, depth, root_id) AS (
  SELECT evidence_id, 0, evidence_id FROM evidence_item WHERE parent_id IS NULL
  UNION ALL
  SELECT i.evidence_id, depth + 1, root_id FROM evidence_item i JOIN tree t ON i.parent_id = t.evidence_id
)
SELECT t.root_id, t.depth, i.evidence_id, i.parent_id, i.path, i.format, i.status, i.packets, i.container_sha256 AS sha256
FROM tree t JOIN evidence_item i USING (evidence_id);

CREATE VIEW label_summary AS
SELECT label, label_source, sum(flows) AS flows, sum(packets) AS packets, sum(bytes) AS bytes,
  CASE WHEN label_source = 'model' THEN sum(confidence_sum) / sum(flows) END AS mean_confidence
FROM label_count GROUP BY label, label_source;

CREATE VIEW attention AS
SELECT l.label, a.packet, a.flows, a.sum / a.flows AS mean,
  sqrt(max(0.0, a.square_sum / a.flows - (a.sum / a.flows) * (a.sum / a.flows))) AS standard_deviation, m.sha256 AS model_sha256
FROM attention_sum a JOIN model m USING (model_id) JOIN model_label l USING (model_id, label_index);

CREATE VIEW hosts AS
SELECT ip, sum(as_orig) AS flows_originated, sum(as_resp) AS flows_answered, sum(bytes_sent) AS bytes_sent,
  sum(bytes_received) AS bytes_received, min(start_ns) AS first_ns, max(end_ns) AS last_ns
FROM (
  SELECT orig_ip AS ip, 1 AS as_orig, 0 AS as_resp, orig_bytes AS bytes_sent, resp_bytes AS bytes_received, start_ns, end_ns FROM flow
  UNION ALL
  SELECT resp_ip, 0, 1, resp_bytes, orig_bytes, start_ns, end_ns FROM flow
) GROUP BY ip;

CREATE VIEW conversations AS
SELECT min(orig_ip, resp_ip) AS ip_a, max(orig_ip, resp_ip) AS ip_b, count(*) AS flows,
  sum(orig_pkts + resp_pkts) AS packets, sum(orig_bytes + resp_bytes) AS bytes, min(start_ns) AS first_ns, max(end_ns) AS last_ns
FROM flow GROUP BY ip_a, ip_b;

CREATE VIEW timeline AS
SELECT strftime('%Y-%m-%dT%H:00:00Z', start_ns / 1000000000, 'unixepoch') AS hour, label, label_source, count(*) AS flows,
  sum(orig_bytes + resp_bytes) AS bytes
FROM flows GROUP BY hour, label, label_source;
