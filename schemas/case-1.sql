-- The case database, version 1. Every table, view and column is explained in case.md.
--
-- The views are what people and programs ask; the tables behind them may change with the version.
-- Only functions of a plain SQLite (3.38 or newer) are used, so that any tool can open a case.

CREATE TABLE case_info (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO case_info (name, value) VALUES
  ('format', 'flowcase case'),
  ('schema_version', '1'),
  ('time_zone', 'UTC'),
  ('documentation', 'schemas/case.md in the source of flowcase');

-- What made the rows --------------------------------------------------------------------------------------------

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
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (model_id, position),
  UNIQUE (model_id, name)
) STRICT, WITHOUT ROWID;

-- Evidence ------------------------------------------------------------------------------------------------------

CREATE TABLE evidence_item (
  evidence_id INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES evidence_item (evidence_id),
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('complete', 'partial', 'rejected', 'duplicate')),
  container_bytes INTEGER NOT NULL DEFAULT 0,
  stream_bytes INTEGER NOT NULL DEFAULT 0,
  container_sha256 TEXT,
  stream_sha256 TEXT,
  link_types TEXT NOT NULL CHECK (json_valid(link_types)),
  packets_read INTEGER NOT NULL DEFAULT 0,
  packets_in_flows INTEGER NOT NULL DEFAULT 0,
  packets_not_ip INTEGER NOT NULL DEFAULT 0,
  packets_undecodable INTEGER NOT NULL DEFAULT 0,
  packets_filtered INTEGER NOT NULL DEFAULT 0,
  bytes_lost INTEGER NOT NULL DEFAULT 0,
  captured_bytes INTEGER NOT NULL DEFAULT 0,
  captured_bytes_in_flows INTEGER NOT NULL DEFAULT 0,
  captured_bytes_not_ip INTEGER NOT NULL DEFAULT 0,
  captured_bytes_undecodable INTEGER NOT NULL DEFAULT 0,
  captured_bytes_filtered INTEGER NOT NULL DEFAULT 0,
  bytes_read INTEGER NOT NULL DEFAULT 0,
  bytes_skipped INTEGER NOT NULL DEFAULT 0,
  first_packet_ns INTEGER,
  last_packet_ns INTEGER,
  flow_count INTEGER NOT NULL DEFAULT 0,
  flow_packets INTEGER NOT NULL DEFAULT 0,
  problem_count INTEGER NOT NULL DEFAULT 0,
  duplicate_of INTEGER REFERENCES evidence_item (evidence_id),
  final_packet_ns INTEGER,
  gap_before_ns INTEGER,
  sequence_id INTEGER REFERENCES evidence_item (evidence_id),
  sequence_position INTEGER,
  CHECK ((sequence_id IS NULL) = (sequence_position IS NULL))
) STRICT;

-- Needed while scanning, to tell a second copy from new evidence.
CREATE INDEX evidence_item_by_stream ON evidence_item (stream_sha256);

CREATE TABLE run_evidence (
  run_id INTEGER NOT NULL REFERENCES run (run_id),
  evidence_id INTEGER NOT NULL REFERENCES evidence_item (evidence_id),
  outcome TEXT NOT NULL CHECK (outcome IN ('read', 'already_known')),
  PRIMARY KEY (run_id, evidence_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
  problem_id INTEGER PRIMARY KEY,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item (evidence_id),
  code TEXT NOT NULL,
  stream_offset INTEGER,
  bytes_lost INTEGER NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE capture_note (
  note_id INTEGER PRIMARY KEY,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item (evidence_id),
  stream_offset INTEGER NOT NULL,
  packet INTEGER,
  kind TEXT NOT NULL,
  name TEXT,
  value TEXT NOT NULL
) STRICT;

-- Flows ---------------------------------------------------------------------------------------------------------

CREATE TABLE flow (
  flow_id INTEGER PRIMARY KEY,
  evidence_id INTEGER NOT NULL REFERENCES evidence_item (evidence_id),
  start_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  proto TEXT NOT NULL,
  orig_ip TEXT NOT NULL,
  orig_port INTEGER NOT NULL,
  resp_ip TEXT NOT NULL,
  resp_port INTEGER NOT NULL,
  vlan TEXT,
  tunnel TEXT,
  orig_packets INTEGER NOT NULL,
  resp_packets INTEGER NOT NULL,
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
  last_evidence_id INTEGER REFERENCES evidence_item (evidence_id)
) STRICT;

-- What the ends of a flow said of themselves: a row only for flows that said something.
CREATE TABLE flow_metadata (
  flow_id INTEGER PRIMARY KEY REFERENCES flow (flow_id) ON DELETE CASCADE ON UPDATE CASCADE,
  tls_version TEXT,
  alpn TEXT,
  ja3 TEXT,
  ja4 TEXT,
  http_user_agent TEXT,
  ssh_client TEXT,
  ssh_server TEXT,
  resolved_names TEXT
) STRICT;

-- Either a model's verdict (label_position and what follows it) or the name of a protocol the model leaves out.
CREATE TABLE prediction (
  flow_id INTEGER NOT NULL REFERENCES flow (flow_id),
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  protocol_name TEXT,
  label_position INTEGER,
  is_abstained INTEGER,
  confidence REAL,
  probabilities TEXT,
  attention TEXT,
  PRIMARY KEY (flow_id, model_id),
  FOREIGN KEY (model_id, label_position) REFERENCES model_label (model_id, position),
  CHECK ((protocol_name IS NULL) <> (label_position IS NULL))
) STRICT, WITHOUT ROWID;

-- Sums kept while scanning, so that an overview of ten million flows need not read them ------------------------------

CREATE TABLE label_hour (
  model_id INTEGER NOT NULL,
  label TEXT NOT NULL,
  label_source TEXT NOT NULL CHECK (label_source IN ('model', 'protocol', 'none')),
  hour INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  confidence_sum INTEGER NOT NULL,
  PRIMARY KEY (model_id, label, label_source, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
  ip TEXT PRIMARY KEY NOT NULL,
  flows_originated INTEGER NOT NULL,
  flows_answered INTEGER NOT NULL,
  packets_sent INTEGER NOT NULL,
  packets_received INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  bytes_received INTEGER NOT NULL,
  first_ns INTEGER NOT NULL,
  last_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attention_sum (
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  label TEXT NOT NULL,
  packet_position INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  weight_sum REAL NOT NULL,
  weight_square_sum REAL NOT NULL,
  stddev REAL NOT NULL,
  PRIMARY KEY (model_id, label, packet_position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attention_field_sum (
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  label TEXT NOT NULL,
  field TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('header', 'payload', 'none')),
  label_flows INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  weight_sum INTEGER NOT NULL,
  weight_square_sum INTEGER NOT NULL,
  stddev REAL NOT NULL,
  PRIMARY KEY (model_id, label, field)
) STRICT, WITHOUT ROWID;

-- The audit chain: entries are only ever added, and each hashes the one before it --------------------------------------

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  previous_sha256 TEXT NOT NULL,
  entry_sha256 TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'entries of the audit chain are never changed');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'entries of the audit chain are never removed');
END;

CREATE TRIGGER audit_continues BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  OR NEW.previous_sha256 <> coalesce(
    (SELECT entry_sha256 FROM audit ORDER BY seq DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN
  SELECT RAISE(ABORT, 'an entry must follow the last entry of the audit chain');
END;

-- The public face -----------------------------------------------------------------------------------------------

CREATE VIEW flows AS
SELECT
  f.flow_id,
  'F' || substr(coalesce(e.stream_sha256, e.container_sha256, '000000000000'), 1, 12)
    || '-' || printf('%x', f.first_packet) AS flow_uid,
  f.community_id,
  strftime('%Y-%m-%dT%H:%M:%S', f.start_ns / 1000000000 - (f.start_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (f.start_ns % 1000000000 + 1000000000) % 1000000000) AS flow_start,
  strftime('%Y-%m-%dT%H:%M:%S', f.end_ns / 1000000000 - (f.end_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (f.end_ns % 1000000000 + 1000000000) % 1000000000) AS flow_end,
  f.start_ns,
  f.end_ns,
  (f.end_ns - f.start_ns) / 1e9 AS duration_s,
  f.proto,
  f.orig_ip,
  f.orig_port,
  f.resp_ip,
  f.resp_port,
  f.vlan,
  f.tunnel,
  f.orig_packets AS orig_pkts,
  f.resp_packets AS resp_pkts,
  f.orig_bytes,
  f.resp_bytes,
  f.end_reason,
  f.conn_state,
  f.history,
  f.server_name,
  CASE
    WHEN p.protocol_name IS NOT NULL THEN p.protocol_name
    WHEN p.is_abstained = 0 THEN l.name
    ELSE 'unknown'
  END AS label,
  CASE
    WHEN p.protocol_name IS NOT NULL THEN 'protocol'
    WHEN p.label_position IS NOT NULL THEN 'model'
    ELSE 'none'
  END AS label_source,
  l.name AS predicted_label,
  p.confidence,
  CASE WHEN p.probabilities IS NOT NULL THEN (
    SELECT json_group_object(name, value) FROM (
      SELECT pl.name AS name, pv.value AS value
      FROM json_each(p.probabilities) AS pv
      JOIN model_label AS pl ON pl.model_id = p.model_id AND pl.position = pv.key
      ORDER BY pv.key)
  ) END AS probabilities,
  p.attention,
  m.sha256 AS model_sha256,
  e.path AS evidence_path,
  e.container_sha256 AS evidence_sha256,
  f.evidence_id,
  f.first_packet,
  f.first_offset,
  f.last_packet,
  f.last_offset,
  p.is_abstained,
  le.path AS last_evidence_path,
  fm.tls_version,
  fm.alpn,
  fm.ja3,
  fm.ja4,
  fm.http_user_agent,
  fm.ssh_client,
  fm.ssh_server,
  fm.resolved_names
FROM flow AS f
JOIN evidence_item AS e ON e.evidence_id = f.evidence_id
JOIN evidence_item AS le ON le.evidence_id = coalesce(f.last_evidence_id, f.evidence_id)
LEFT JOIN flow_metadata AS fm ON fm.flow_id = f.flow_id
LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
  AND p.model_id = (SELECT max(q.model_id) FROM prediction AS q WHERE q.flow_id = f.flow_id)
LEFT JOIN model AS m ON m.model_id = p.model_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position;

CREATE VIEW evidence AS
SELECT
  e.path,
  e.container_sha256 AS sha256,
  e.stream_sha256,
  e.format,
  e.link_types,
  e.packets_read AS packets,
  e.packets_in_flows,
  e.packets_not_ip,
  e.packets_undecodable,
  e.packets_filtered,
  e.bytes_lost,
  e.status,
  e.flow_count AS flows,
  e.problem_count AS problems,
  e.container_bytes AS size,
  e.stream_bytes AS stream_size,
  strftime('%Y-%m-%dT%H:%M:%S', e.first_packet_ns / 1000000000 - (e.first_packet_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (e.first_packet_ns % 1000000000 + 1000000000) % 1000000000) AS first_packet_time,
  strftime('%Y-%m-%dT%H:%M:%S', e.last_packet_ns / 1000000000 - (e.last_packet_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (e.last_packet_ns % 1000000000 + 1000000000) % 1000000000) AS last_packet_time,
  d.path AS duplicate_of,
  e.evidence_id,
  e.parent_id,
  e.sequence_id,
  e.sequence_position,
  e.gap_before_ns / 1e9 AS gap_before_s,
  e.captured_bytes,
  e.captured_bytes_in_flows,
  e.captured_bytes_not_ip,
  e.captured_bytes_undecodable,
  e.captured_bytes_filtered
FROM evidence_item AS e
LEFT JOIN evidence_item AS d ON d.evidence_id = e.duplicate_of;

CREATE VIEW sequences AS
SELECT
  s.sequence_id,
  s.captures,
  s.packets,
  s.packets_in_flows,
  s.flows,
  e.path AS first_path,
  strftime('%Y-%m-%dT%H:%M:%S', s.first_ns / 1000000000 - (s.first_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (s.first_ns % 1000000000 + 1000000000) % 1000000000) AS first_packet_time,
  strftime('%Y-%m-%dT%H:%M:%S', s.last_ns / 1000000000 - (s.last_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (s.last_ns % 1000000000 + 1000000000) % 1000000000) AS last_packet_time,
  max(s.longest_gap_ns, 0) / 1e9 AS longest_gap_s,
  max(-s.shortest_gap_ns, 0) / 1e9 AS longest_overlap_s
FROM (
  SELECT
    sequence_id,
    count(*) AS captures,
    sum(packets_read) AS packets,
    sum(packets_in_flows) AS packets_in_flows,
    sum(flow_count) AS flows,
    min(first_packet_ns) AS first_ns,
    max(last_packet_ns) AS last_ns,
    coalesce(max(CASE WHEN sequence_position > 1 THEN gap_before_ns END), 0) AS longest_gap_ns,
    coalesce(min(CASE WHEN sequence_position > 1 THEN gap_before_ns END), 0) AS shortest_gap_ns
  FROM evidence_item
  WHERE sequence_id IS NOT NULL
  GROUP BY sequence_id) AS s
JOIN evidence_item AS e ON e.evidence_id = s.sequence_id;

CREATE VIEW problems AS
SELECT
  e.path AS evidence_path,
  p.stream_offset AS offset,
  p.code,
  p.message,
  p.bytes_lost,
  p.problem_id,
  p.evidence_id
FROM problem AS p
JOIN evidence_item AS e ON e.evidence_id = p.evidence_id;

CREATE VIEW capture_notes AS
SELECT
  e.path AS evidence_path,
  n.stream_offset AS offset,
  n.packet,
  n.kind,
  n.name,
  n.value,
  n.note_id,
  n.evidence_id
FROM capture_note AS n
JOIN evidence_item AS e ON e.evidence_id = n.evidence_id;

CREATE VIEW label_summary AS
SELECT
  h.label,
  h.label_source,
  sum(h.flows) AS flows,
  sum(h.packets) AS packets,
  sum(h.bytes) AS bytes,
  CASE WHEN h.label_source = 'model' THEN sum(h.confidence_sum) / 1e8 / sum(h.flows) END AS mean_confidence,
  m.sha256 AS model_sha256
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
GROUP BY h.model_id, h.label, h.label_source;

CREATE VIEW timeline AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%SZ', h.hour * 3600, 'unixepoch') AS hour,
  h.label,
  h.label_source,
  h.flows,
  h.packets,
  h.bytes,
  m.sha256 AS model_sha256
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id;

CREATE VIEW hosts AS
SELECT
  h.ip,
  h.flows_originated + h.flows_answered AS flows,
  h.flows_originated,
  h.flows_answered,
  h.packets_sent,
  h.packets_received,
  h.bytes_sent,
  h.bytes_received,
  strftime('%Y-%m-%dT%H:%M:%S', h.first_ns / 1000000000 - (h.first_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (h.first_ns % 1000000000 + 1000000000) % 1000000000) AS first_seen,
  strftime('%Y-%m-%dT%H:%M:%S', h.last_ns / 1000000000 - (h.last_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (h.last_ns % 1000000000 + 1000000000) % 1000000000) AS last_seen
FROM host AS h;

CREATE VIEW conversations AS
SELECT
  orig_ip,
  resp_ip,
  proto,
  resp_port,
  flows,
  orig_pkts,
  resp_pkts,
  orig_bytes,
  resp_bytes,
  strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000 - (first_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (first_ns % 1000000000 + 1000000000) % 1000000000) AS first_seen,
  strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000 - (last_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (last_ns % 1000000000 + 1000000000) % 1000000000) AS last_seen
FROM (
  SELECT
    orig_ip,
    resp_ip,
    proto,
    resp_port,
    count(*) AS flows,
    sum(orig_packets) AS orig_pkts,
    sum(resp_packets) AS resp_pkts,
    sum(orig_bytes) AS orig_bytes,
    sum(resp_bytes) AS resp_bytes,
    min(start_ns) AS first_ns,
    max(end_ns) AS last_ns
  FROM flow
  GROUP BY orig_ip, resp_ip, proto, resp_port);

CREATE VIEW attention AS
SELECT
  s.label,
  s.packet_position AS packet,
  s.flows,
  s.weight_sum / s.flows AS mean,
  s.stddev,
  m.sha256 AS model_sha256
FROM attention_sum AS s
JOIN model AS m ON m.model_id = s.model_id;

CREATE VIEW attention_fields AS
SELECT
  s.label,
  s.field,
  s.part,
  s.label_flows AS flows,
  s.flows AS flows_with_field,
  s.weight_sum / 1e8 / s.label_flows AS mean,
  s.stddev,
  CAST(s.bytes AS REAL) / max(1, (
    SELECT sum(a.bytes) FROM attention_field_sum AS a WHERE a.model_id = s.model_id AND a.label = s.label)
  ) AS byte_share,
  m.sha256 AS model_sha256
FROM attention_field_sum AS s
JOIN model AS m ON m.model_id = s.model_id;

CREATE VIEW attention_parts AS
SELECT
  label,
  part,
  flows,
  sum(mean) AS mean,
  sum(byte_share) AS byte_share,
  model_sha256
FROM attention_fields
GROUP BY model_sha256, label, part;

CREATE VIEW evidence_tree AS
WITH RECURSIVE tree (evidence_id, depth, root_id) AS (
  SELECT evidence_id, 0, evidence_id FROM evidence_item WHERE parent_id IS NULL
  UNION ALL
  SELECT e.evidence_id, t.depth + 1, t.root_id
  FROM tree AS t
  JOIN evidence_item AS e ON e.parent_id = t.evidence_id)
SELECT
  t.depth,
  e.path,
  e.format,
  e.status,
  e.packets_read AS packets,
  e.flow_count AS flows,
  e.problem_count AS problems,
  e.evidence_id,
  e.parent_id,
  t.root_id
FROM tree AS t
JOIN evidence_item AS e ON e.evidence_id = t.evidence_id;

CREATE VIEW problems_by_file AS
SELECT
  e.path AS evidence_path,
  count(*) AS problems,
  sum(p.bytes_lost) AS bytes_lost,
  group_concat(DISTINCT p.code) AS codes,
  e.status
FROM problem AS p
JOIN evidence_item AS e ON e.evidence_id = p.evidence_id
GROUP BY p.evidence_id;

CREATE VIEW ledger_mismatch AS
SELECT
  path AS evidence_path,
  'packets' AS account,
  packets_read AS expected,
  packets_in_flows + packets_not_ip + packets_undecodable + packets_filtered AS accounted
FROM evidence_item
WHERE packets_read <> packets_in_flows + packets_not_ip + packets_undecodable + packets_filtered
UNION ALL
SELECT path, 'captured bytes', captured_bytes,
  captured_bytes_in_flows + captured_bytes_not_ip + captured_bytes_undecodable + captured_bytes_filtered
FROM evidence_item
WHERE captured_bytes
  <> captured_bytes_in_flows + captured_bytes_not_ip + captured_bytes_undecodable + captured_bytes_filtered
UNION ALL
-- A flow counts where it began, so the captures of a sequence are taken together.
SELECT min(path), 'flow packets', sum(packets_in_flows), sum(flow_packets)
FROM evidence_item
GROUP BY coalesce(sequence_id, evidence_id)
HAVING sum(packets_in_flows) <> sum(flow_packets)
UNION ALL
SELECT path, 'bytes', stream_bytes, bytes_read + bytes_skipped
FROM evidence_item
WHERE bytes_read + bytes_skipped <> stream_bytes AND bytes_read + bytes_skipped > 0;

-- @indexes: built when a run finishes, because four indexes cost as long as the rows when kept up row by row.

CREATE INDEX IF NOT EXISTS evidence_item_by_parent ON evidence_item (parent_id);
CREATE INDEX IF NOT EXISTS problem_by_evidence ON problem (evidence_id);
CREATE INDEX IF NOT EXISTS capture_note_by_evidence ON capture_note (evidence_id);
CREATE INDEX IF NOT EXISTS flow_by_evidence ON flow (evidence_id);
CREATE INDEX IF NOT EXISTS flow_by_start ON flow (start_ns);
CREATE INDEX IF NOT EXISTS flow_by_orig_ip ON flow (orig_ip);
CREATE INDEX IF NOT EXISTS flow_by_resp_ip ON flow (resp_ip);
CREATE INDEX IF NOT EXISTS flow_by_community_id ON flow (community_id) WHERE community_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS flow_by_server_name ON flow (server_name) WHERE server_name IS NOT NULL;
