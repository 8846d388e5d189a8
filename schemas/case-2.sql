-- The case database, version 2: what changes from version 1. A new case is made of both files, an older one is brought here
-- by `flowcase upgrade`. Statements that fill new tables from rows do nothing in a new case.

-- Who asked, and with which settings the rows can be made again -----------------------------------------------------------

ALTER TABLE run ADD COLUMN settings TEXT CHECK (settings IS NULL OR json_valid(settings));
ALTER TABLE run ADD COLUMN examiner TEXT;
ALTER TABLE run ADD COLUMN case_number TEXT;
ALTER TABLE run ADD COLUMN notes TEXT;

-- A digest over the rows of the evidence's flows, as they were written; the audit chain holds it too.
ALTER TABLE evidence_item ADD COLUMN flows_sha256 TEXT;

-- The largest of a flow's attention weights, so that concentrated attention is found without opening every array.
ALTER TABLE prediction ADD COLUMN attention_peak REAL;
UPDATE prediction SET attention_peak = (SELECT max(w.value) FROM json_each(attention) AS w) WHERE attention IS NOT NULL;

-- Sums of attention become whole numbers, so that no order of addition shows in them: weights in steps of 10^-8, their squares
-- in steps of 10^-10.
DROP VIEW attention;
ALTER TABLE attention_sum RENAME TO attention_sum_1;
CREATE TABLE attention_sum (
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  label TEXT NOT NULL,
  packet_position INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  weight_sum INTEGER NOT NULL,
  weight_square_sum INTEGER NOT NULL,
  stddev REAL NOT NULL,
  PRIMARY KEY (model_id, label, packet_position)
) STRICT, WITHOUT ROWID;
INSERT INTO attention_sum
SELECT model_id, label, packet_position, flows, CAST(round(weight_sum * 1e8) AS INTEGER),
  CAST(round(weight_square_sum * 1e10) AS INTEGER), stddev
FROM attention_sum_1;
DROP TABLE attention_sum_1;
CREATE VIEW attention AS
SELECT
  s.label,
  s.packet_position AS packet,
  s.flows,
  s.weight_sum / 1e8 / s.flows AS mean,
  s.stddev,
  m.sha256 AS model_sha256
FROM attention_sum AS s
JOIN model AS m ON m.model_id = s.model_id;

-- What the models saw, where a scan was told to keep it -------------------------------------------------------------------

CREATE TABLE kept_packet (
  flow_id INTEGER NOT NULL REFERENCES flow (flow_id) ON DELETE CASCADE ON UPDATE CASCADE,
  position INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  is_from_originator INTEGER NOT NULL CHECK (is_from_originator IN (0, 1)),
  ip_length INTEGER NOT NULL,
  transport_offset INTEGER NOT NULL,
  payload_offset INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (flow_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_features (
  flow_id INTEGER PRIMARY KEY REFERENCES flow (flow_id) ON DELETE CASCADE ON UPDATE CASCADE,
  time_features TEXT NOT NULL CHECK (json_valid(time_features))
) STRICT;

-- More sums, so that no overview scans ten million flows ------------------------------------------------------------------

CREATE TABLE host_label (
  ip TEXT NOT NULL,
  model_id INTEGER NOT NULL,
  label TEXT NOT NULL,
  label_source TEXT NOT NULL CHECK (label_source IN ('model', 'protocol', 'none')),
  flows INTEGER NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (ip, model_id, label, label_source)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence_label (
  evidence_id INTEGER NOT NULL REFERENCES evidence_item (evidence_id),
  model_id INTEGER NOT NULL,
  label TEXT NOT NULL,
  label_source TEXT NOT NULL CHECK (label_source IN ('model', 'protocol', 'none')),
  flows INTEGER NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  confidence_sum INTEGER NOT NULL,
  PRIMARY KEY (evidence_id, model_id, label, label_source)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
  orig_ip TEXT NOT NULL,
  resp_ip TEXT NOT NULL,
  proto TEXT NOT NULL,
  resp_port INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  orig_packets INTEGER NOT NULL,
  resp_packets INTEGER NOT NULL,
  orig_bytes INTEGER NOT NULL,
  resp_bytes INTEGER NOT NULL,
  first_ns INTEGER NOT NULL,
  last_ns INTEGER NOT NULL,
  PRIMARY KEY (orig_ip, resp_ip, proto, resp_port)
) STRICT, WITHOUT ROWID;

-- Labels of every two models side by side, counted when a model is asked about flows that another has labelled.
CREATE TABLE agreement_sum (
  first_id INTEGER NOT NULL REFERENCES model (model_id),
  second_id INTEGER NOT NULL REFERENCES model (model_id),
  first_label TEXT NOT NULL,
  second_label TEXT NOT NULL,
  flows INTEGER NOT NULL,
  PRIMARY KEY (first_id, second_id, first_label, second_label)
) STRICT, WITHOUT ROWID;

-- Rows of the large tables, in the form in which sqlite-utils keeps counts.
CREATE TABLE _counts (
  "table" TEXT PRIMARY KEY,
  count INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO _counts ("table", count)
SELECT 'flow', count(*) FROM flow
UNION ALL SELECT 'prediction', count(*) FROM prediction
UNION ALL SELECT 'flow_metadata', count(*) FROM flow_metadata
UNION ALL SELECT 'evidence_item', count(*) FROM evidence_item
UNION ALL SELECT 'problem', count(*) FROM problem
UNION ALL SELECT 'capture_note', count(*) FROM capture_note;

INSERT INTO conversation (
  orig_ip, resp_ip, proto, resp_port, flows, orig_packets, resp_packets, orig_bytes, resp_bytes, first_ns, last_ns)
SELECT orig_ip, resp_ip, proto, resp_port, count(*), sum(orig_packets), sum(resp_packets), sum(orig_bytes),
  sum(resp_bytes), min(start_ns), max(end_ns)
FROM flow GROUP BY orig_ip, resp_ip, proto, resp_port;

INSERT INTO evidence_label (evidence_id, model_id, label, label_source, flows, packets, bytes, confidence_sum)
SELECT f.evidence_id, coalesce(p.model_id, 0),
  CASE WHEN p.protocol_name IS NOT NULL THEN p.protocol_name WHEN p.is_abstained = 0 THEN l.name ELSE 'unknown' END,
  CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' WHEN p.model_id IS NOT NULL THEN 'model' ELSE 'none' END,
  count(*), sum(f.orig_packets + f.resp_packets), sum(f.orig_bytes + f.resp_bytes),
  sum(CAST(round(coalesce(p.confidence, 0) * 1e8) AS INTEGER))
FROM flow AS f
LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
GROUP BY 1, 2, 3, 4;

INSERT INTO host_label (ip, model_id, label, label_source, flows, packets, bytes)
SELECT h.ip, coalesce(p.model_id, 0),
  CASE WHEN p.protocol_name IS NOT NULL THEN p.protocol_name WHEN p.is_abstained = 0 THEN l.name ELSE 'unknown' END,
  CASE WHEN p.protocol_name IS NOT NULL THEN 'protocol' WHEN p.model_id IS NOT NULL THEN 'model' ELSE 'none' END,
  count(*), sum(h.packets), sum(h.bytes)
FROM (
  SELECT flow_id, orig_ip AS ip, orig_packets + resp_packets AS packets, orig_bytes + resp_bytes AS bytes FROM flow
  UNION ALL
  SELECT flow_id, resp_ip, orig_packets + resp_packets, orig_bytes + resp_bytes FROM flow WHERE resp_ip <> orig_ip
) AS h
LEFT JOIN prediction AS p ON p.flow_id = h.flow_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
GROUP BY 1, 2, 3, 4;

-- The public face -----------------------------------------------------------------------------------------------

DROP VIEW conversations;
CREATE VIEW conversations AS
SELECT
  orig_ip,
  resp_ip,
  proto,
  resp_port,
  flows,
  orig_packets AS orig_pkts,
  resp_packets AS resp_pkts,
  orig_bytes,
  resp_bytes,
  strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000 - (first_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (first_ns % 1000000000 + 1000000000) % 1000000000) AS first_seen,
  strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000 - (last_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (last_ns % 1000000000 + 1000000000) % 1000000000) AS last_seen
FROM conversation;

-- What was measured of the model when it was frozen stands beside every count by its labels.
DROP VIEW label_summary;
CREATE VIEW label_summary AS
SELECT
  h.label,
  h.label_source,
  sum(h.flows) AS flows,
  sum(h.packets) AS packets,
  sum(h.bytes) AS bytes,
  CASE WHEN h.label_source = 'model' THEN sum(h.confidence_sum) / 1e8 / sum(h.flows) END AS mean_confidence,
  m.sha256 AS model_sha256,
  CASE WHEN h.label_source = 'model' AND h.label <> 'unknown' THEN (
    SELECT r.value ->> '$.error_rate' FROM json_each(m.metadata ->> '$."flowcase.error_rates"') AS r
    WHERE r.value ->> '$.split' = 'grouped' LIMIT 1) END AS error_rate_new_captures,
  CASE WHEN h.label_source = 'model' AND h.label <> 'unknown' THEN (
    SELECT r.value ->> '$.error_rate' FROM json_each(m.metadata ->> '$."flowcase.error_rates"') AS r
    WHERE r.value ->> '$.split' = 'random' LIMIT 1) END AS error_rate_known_captures
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
GROUP BY h.model_id, h.label, h.label_source;

CREATE VIEW labels_by_host AS
SELECT h.ip, h.label, h.label_source, h.flows, h.packets, h.bytes, m.sha256 AS model_sha256
FROM host_label AS h
LEFT JOIN model AS m ON m.model_id = h.model_id;

CREATE VIEW labels_by_evidence AS
SELECT
  e.path AS evidence_path,
  l.label,
  l.label_source,
  l.flows,
  l.packets,
  l.bytes,
  CASE WHEN l.label_source = 'model' THEN l.confidence_sum / 1e8 / l.flows END AS mean_confidence,
  m.sha256 AS model_sha256,
  l.evidence_id
FROM evidence_label AS l
JOIN evidence_item AS e ON e.evidence_id = l.evidence_id
LEFT JOIN model AS m ON m.model_id = l.model_id;

CREATE VIEW longest_flows AS
SELECT
  (f.end_ns - f.start_ns) / 1e9 AS duration_s, s.flow_uid, s.flow_start, s.flow_end, s.proto, s.orig_ip, s.orig_port,
  s.resp_ip, s.resp_port, s.orig_bytes, s.resp_bytes, s.server_name, s.label, s.label_source, s.confidence,
  s.evidence_path, s.flow_id
FROM flow AS f
JOIN flows AS s ON s.flow_id = f.flow_id
ORDER BY f.end_ns - f.start_ns DESC, f.flow_id DESC;

CREATE VIEW largest_flows AS
SELECT
  f.orig_bytes + f.resp_bytes AS bytes, f.orig_packets + f.resp_packets AS packets, s.flow_uid, s.flow_start,
  s.duration_s, s.proto, s.orig_ip, s.orig_port, s.resp_ip, s.resp_port, s.server_name, s.label, s.label_source,
  s.confidence, s.evidence_path, s.flow_id
FROM flow AS f
JOIN flows AS s ON s.flow_id = f.flow_id
ORDER BY f.orig_bytes + f.resp_bytes DESC, f.flow_id DESC;

CREATE VIEW least_certain_flows AS
SELECT
  p.confidence, l.name AS predicted_label, p.is_abstained, s.flow_uid, s.flow_start, s.duration_s, s.proto, s.orig_ip,
  s.orig_port, s.resp_ip, s.resp_port, s.server_name, p.probabilities, m.sha256 AS model_sha256, s.evidence_path,
  s.flow_id
FROM prediction AS p
JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
JOIN model AS m ON m.model_id = p.model_id
JOIN flows AS s ON s.flow_id = p.flow_id
WHERE p.confidence IS NOT NULL
ORDER BY p.confidence, p.flow_id;

CREATE VIEW concentrated_attention AS
SELECT
  p.attention_peak AS largest_weight,
  (SELECT w.key + 1 FROM json_each(p.attention) AS w ORDER BY w.value DESC, w.key LIMIT 1) AS packet,
  json_array_length(p.attention) AS packets_seen,
  s.flow_uid, s.flow_start, s.proto, s.orig_ip, s.orig_port, s.resp_ip, s.resp_port, s.server_name,
  CASE WHEN p.is_abstained = 0 THEN l.name ELSE 'unknown' END AS label, p.confidence, m.sha256 AS model_sha256,
  s.evidence_path, s.flow_id
FROM prediction AS p
JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
JOIN model AS m ON m.model_id = p.model_id
JOIN flows AS s ON s.flow_id = p.flow_id
WHERE p.attention_peak >= 0.9 AND p.attention_peak < 1
ORDER BY p.attention_peak DESC, p.flow_id DESC;

CREATE VIEW resolved_names AS
SELECT
  n.resolved_names AS names, s.flow_uid, s.flow_start, s.proto, s.orig_ip, s.resp_ip, s.resp_port, s.server_name,
  s.label, s.label_source, s.evidence_path, s.flow_id
FROM flow_metadata AS n
JOIN flows AS s ON s.flow_id = n.flow_id
WHERE n.resolved_names IS NOT NULL;

CREATE VIEW tunnels AS
SELECT
  t.tunnel, t.flows, t.packets, t.bytes,
  strftime('%Y-%m-%dT%H:%M:%S', t.first_ns / 1000000000 - (t.first_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (t.first_ns % 1000000000 + 1000000000) % 1000000000) AS first_seen,
  strftime('%Y-%m-%dT%H:%M:%S', t.last_ns / 1000000000 - (t.last_ns % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (t.last_ns % 1000000000 + 1000000000) % 1000000000) AS last_seen
FROM (
  SELECT tunnel, count(*) AS flows, sum(orig_packets + resp_packets) AS packets, sum(orig_bytes + resp_bytes) AS bytes,
    min(start_ns) AS first_ns, max(end_ns) AS last_ns
  FROM flow WHERE tunnel IS NOT NULL GROUP BY tunnel) AS t;

CREATE VIEW runs AS
SELECT
  r.run_id,
  r.started_at,
  r.finished_at,
  r.exit_status,
  r.tool_version,
  r.examiner,
  r.case_number,
  r.notes,
  r.host,
  (SELECT count(*) FROM run_evidence AS v WHERE v.run_id = r.run_id AND v.outcome = 'read') AS files_read,
  (SELECT count(*) FROM run_evidence AS v WHERE v.run_id = r.run_id AND v.outcome = 'already_known')
    AS files_already_known,
  r.arguments,
  r.settings,
  r.environment
FROM run AS r;

CREATE VIEW run_changes AS
SELECT
  v.run_id,
  r.started_at,
  CASE v.outcome WHEN 'read' THEN 'added' ELSE 'unchanged' END AS change,
  e.path AS evidence_path,
  e.status,
  e.packets_read AS packets,
  e.flow_count AS flows,
  e.problem_count AS problems,
  e.evidence_id
FROM run_evidence AS v
JOIN run AS r ON r.run_id = v.run_id
JOIN evidence_item AS e ON e.evidence_id = v.evidence_id;

CREATE VIEW model_agreement AS
SELECT
  a.sha256 AS first_model_sha256,
  b.sha256 AS second_model_sha256,
  s.first_label,
  s.second_label,
  s.flows
FROM agreement_sum AS s
JOIN model AS a ON a.model_id = s.first_id
JOIN model AS b ON b.model_id = s.second_id;

UPDATE case_info SET value = '2' WHERE name = 'schema_version';

-- @indexes: built when a run finishes.

CREATE INDEX IF NOT EXISTS flow_by_duration ON flow (end_ns - start_ns);
CREATE INDEX IF NOT EXISTS flow_by_bytes ON flow (orig_bytes + resp_bytes);
CREATE INDEX IF NOT EXISTS flow_by_tunnel ON flow (tunnel) WHERE tunnel IS NOT NULL;
CREATE INDEX IF NOT EXISTS prediction_by_confidence ON prediction (confidence) WHERE confidence IS NOT NULL;
CREATE INDEX IF NOT EXISTS prediction_by_label ON prediction (model_id, label_position) WHERE is_abstained = 0;
CREATE INDEX IF NOT EXISTS prediction_by_attention ON prediction (attention_peak) WHERE attention_peak >= 0.9 AND attention_peak < 1;
