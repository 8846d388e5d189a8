-- The case database, version 5: what changes from version 4. A flow is given a full label, or only the class that it stands
-- under; it is said from where the recording saw it; and three rates stand beside every count.

-- Labels under classes ----------------------------------------------------------------------------------------------------

CREATE TABLE model_class (
  model_id INTEGER NOT NULL REFERENCES model (model_id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (model_id, position),
  UNIQUE (model_id, name)
) STRICT, WITHOUT ROWID;

-- A model of before has no classes: each of its labels is one of its own.
ALTER TABLE model_label ADD COLUMN class_position INTEGER;
UPDATE model_label SET class_position = position;
INSERT INTO model_class (model_id, position, name) SELECT model_id, position, name FROM model_label;

ALTER TABLE prediction ADD COLUMN class_position INTEGER;
ALTER TABLE prediction ADD COLUMN label_level TEXT CHECK (label_level IN ('full', 'class'));
ALTER TABLE prediction ADD COLUMN class_set TEXT CHECK (class_set IS NULL OR json_valid(class_set));
ALTER TABLE prediction ADD COLUMN contributions TEXT CHECK (contributions IS NULL OR json_valid(contributions));
UPDATE prediction SET class_position = label_position, label_level = CASE WHEN is_abstained = 0 THEN 'full' END
WHERE label_position IS NOT NULL;

-- Where the recording stood -----------------------------------------------------------------------------------------------

ALTER TABLE flow ADD COLUMN vantage TEXT CHECK (vantage IN ('tunnel-interface', 'opened-tunnel'));
ALTER TABLE flow ADD COLUMN vantage_reason TEXT;

-- The public face ---------------------------------------------------------------------------------------------------------

DROP VIEW flows;
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
    WHEN p.label_level = 'full' THEN l.name
    WHEN p.label_level = 'class' THEN c.name
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
  fm.resolved_names,
  f.service,
  fm.server_name_raw,
  fm.other_names,
  CASE
    WHEN p.label_position IS NULL THEN NULL
    WHEN p.label_level = 'full' THEN l.name
    WHEN p.label_level = 'class' THEN c.name
    ELSE 'unknown'
  END AS model_label,
  p.label_level,
  CASE WHEN p.class_set IS NOT NULL THEN (
    SELECT json_group_array(name) FROM (
      SELECT sc.name AS name
      FROM json_each(p.class_set) AS sv
      JOIN model_class AS sc ON sc.model_id = p.model_id AND sc.position = sv.value
      ORDER BY sv.key)
  ) END AS label_set,
  f.vantage,
  f.vantage_reason,
  p.contributions AS packet_contributions
FROM flow AS f
JOIN evidence_item AS e ON e.evidence_id = f.evidence_id
JOIN evidence_item AS le ON le.evidence_id = coalesce(f.last_evidence_id, f.evidence_id)
LEFT JOIN flow_metadata AS fm ON fm.flow_id = f.flow_id
LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
  AND p.model_id = (SELECT max(q.model_id) FROM prediction AS q WHERE q.flow_id = f.flow_id)
LEFT JOIN model AS m ON m.model_id = p.model_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
LEFT JOIN model_class AS c ON c.model_id = p.model_id AND c.position = p.class_position;

DROP VIEW concentrated_attention;
CREATE VIEW concentrated_attention AS
SELECT
  p.attention_peak AS largest_weight,
  (SELECT w.key + 1 FROM json_each(p.attention) AS w ORDER BY w.value DESC, w.key LIMIT 1) AS packet,
  json_array_length(p.attention) AS packets_seen,
  s.flow_uid, s.flow_start, s.proto, s.orig_ip, s.orig_port, s.resp_ip, s.resp_port, s.server_name,
  CASE p.label_level WHEN 'full' THEN l.name WHEN 'class' THEN c.name ELSE 'unknown' END AS label, p.confidence, m.sha256 AS model_sha256,
  s.evidence_path, s.flow_id
FROM prediction AS p
JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position
LEFT JOIN model_class AS c ON c.model_id = p.model_id AND c.position = p.class_position
JOIN model AS m ON m.model_id = p.model_id
JOIN flows AS s ON s.flow_id = p.flow_id
WHERE p.attention_peak >= 0.9 AND p.attention_peak < 1
ORDER BY p.attention_peak DESC, p.flow_id DESC;

-- One row a name that the model can give: of a label, of a class, or of both. What was given to no test flow has not been measured.
DROP VIEW label_error_rates;
CREATE VIEW label_error_rates AS
WITH given AS (
  SELECT model_id, name AS label FROM model_label UNION SELECT model_id, name FROM model_class
),
measured AS (
  SELECT
    m.model_id,
    r.value ->> '$.split' AS split,
    r.value ->> '$.flows' AS flows,
    CASE WHEN r.value -> '$.labels' IS NULL THEN r.value ->> '$.error_rate' END AS error_rate,
    CASE WHEN r.value -> '$.labels' IS NULL
      THEN CAST(round((r.value ->> '$.coverage') * (r.value ->> '$.flows')) AS INTEGER) END AS flows_tested,
    r.value -> '$.labels' AS labels
  FROM model AS m, json_each(m.metadata ->> '$."flowcase.error_rates"') AS r
),
by_label AS (
  SELECT
    g.model_id,
    g.label,
    e.split,
    coalesce(e.error_rate, (
      SELECT (j.value ->> '$.wrong') * 1.0 / nullif(j.value ->> '$.given', 0) FROM json_each(e.labels) AS j
      WHERE j.value ->> '$.label' = g.label LIMIT 1)) AS error_rate,
    coalesce(e.flows_tested, (
      SELECT j.value ->> '$.given' FROM json_each(e.labels) AS j
      WHERE j.value ->> '$.label' = g.label LIMIT 1)) AS flows_tested,
    (SELECT (j.value ->> '$.given') * 1.0 / nullif(e.flows, 0) FROM json_each(e.labels) AS j
      WHERE j.value ->> '$.label' = g.label LIMIT 1) AS given_share,
    e.flows
  FROM given AS g
  JOIN measured AS e ON e.model_id = g.model_id
)
SELECT
  g.label,
  max(CASE WHEN b.split = 'grouped' THEN b.error_rate END) AS error_rate_new_captures,
  max(CASE WHEN b.split = 'grouped' THEN b.flows_tested END) AS flows_tested_new_captures,
  max(CASE WHEN b.split = 'random' THEN b.error_rate END) AS error_rate_known_captures,
  max(CASE WHEN b.split = 'random' THEN b.flows_tested END) AS flows_tested_known_captures,
  m.sha256 AS model_sha256,
  g.model_id,
  max(CASE WHEN b.split = 'laboratory' THEN b.error_rate END) AS error_rate_new_laboratories,
  max(CASE WHEN b.split = 'laboratory' THEN b.flows_tested END) AS flows_tested_new_laboratories,
  max(CASE WHEN b.split = 'no_class' THEN b.given_share END) AS no_class_rate,
  max(CASE WHEN b.split = 'no_class' AND b.given_share IS NOT NULL THEN b.flows END) AS flows_tested_no_class
FROM given AS g
JOIN model AS m ON m.model_id = g.model_id
LEFT JOIN by_label AS b ON b.model_id = g.model_id AND b.label = g.label
GROUP BY g.model_id, g.label;

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
  e.error_rate_new_captures,
  e.flows_tested_new_captures,
  e.error_rate_known_captures,
  e.flows_tested_known_captures,
  e.error_rate_new_laboratories,
  e.flows_tested_new_laboratories,
  e.no_class_rate,
  e.flows_tested_no_class,
  CASE WHEN h.label_source = 'model' THEN (
    SELECT count(*) FROM prediction AS p
    JOIN model_class AS c ON c.model_id = p.model_id AND c.position = p.class_position
    WHERE p.model_id = h.model_id AND p.label_level = 'class' AND c.name = h.label) END AS flows_given_class
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
LEFT JOIN label_error_rates AS e ON e.model_id = h.model_id AND e.label = h.label AND h.label_source = 'model'
GROUP BY h.model_id, h.label, h.label_source;

DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%SZ', h.hour * 3600, 'unixepoch') AS hour,
  h.label,
  h.label_source,
  h.flows,
  h.packets,
  h.bytes,
  m.sha256 AS model_sha256,
  e.error_rate_new_captures,
  e.flows_tested_new_captures,
  e.error_rate_new_laboratories,
  e.flows_tested_new_laboratories,
  e.no_class_rate,
  e.flows_tested_no_class
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
LEFT JOIN label_error_rates AS e ON e.model_id = h.model_id AND e.label = h.label AND h.label_source = 'model';

DROP VIEW labels_by_host;
CREATE VIEW labels_by_host AS
SELECT
  h.ip, h.label, h.label_source, h.flows, h.packets, h.bytes, m.sha256 AS model_sha256, e.error_rate_new_captures,
  e.flows_tested_new_captures,
  e.error_rate_new_laboratories,
  e.flows_tested_new_laboratories,
  e.no_class_rate,
  e.flows_tested_no_class
FROM host_label AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
LEFT JOIN label_error_rates AS e ON e.model_id = h.model_id AND e.label = h.label AND h.label_source = 'model';

DROP VIEW labels_by_evidence;
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
  l.evidence_id,
  r.error_rate_new_captures,
  r.flows_tested_new_captures,
  r.error_rate_new_laboratories,
  r.flows_tested_new_laboratories,
  r.no_class_rate,
  r.flows_tested_no_class
FROM evidence_label AS l
JOIN evidence_item AS e ON e.evidence_id = l.evidence_id
LEFT JOIN model AS m ON m.model_id = l.model_id
LEFT JOIN label_error_rates AS r ON r.model_id = l.model_id AND r.label = l.label AND l.label_source = 'model';

DROP VIEW labels_by_folder;
CREATE VIEW labels_by_folder AS
SELECT
  p.folder,
  l.label,
  l.label_source,
  sum(l.flows) AS flows,
  sum(l.packets) AS packets,
  sum(l.bytes) AS bytes,
  CASE WHEN l.label_source = 'model' THEN sum(l.confidence_sum) / 1e8 / sum(l.flows) END AS mean_confidence,
  count(*) AS captures,
  m.sha256 AS model_sha256,
  r.error_rate_new_captures,
  r.flows_tested_new_captures,
  r.error_rate_new_laboratories,
  r.flows_tested_new_laboratories,
  r.no_class_rate,
  r.flows_tested_no_class
FROM evidence_label AS l
JOIN evidence_folder AS p ON p.evidence_id = l.evidence_id
LEFT JOIN model AS m ON m.model_id = l.model_id
LEFT JOIN label_error_rates AS r ON r.model_id = l.model_id AND r.label = l.label AND l.label_source = 'model'
GROUP BY l.model_id, p.folder, l.label, l.label_source;

UPDATE case_info SET value = '5' WHERE name = 'schema_version';

-- @indexes: built when a run finishes.

CREATE INDEX IF NOT EXISTS prediction_by_class ON prediction (model_id, class_position) WHERE label_level = 'class';
