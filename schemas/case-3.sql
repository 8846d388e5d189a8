-- The case database, version 3: what changes from version 2. What was measured of each label stands beside every count by label,
-- where the model's file says it.

-- One row a label of each model. A label that was given to no test flow has not been measured.
CREATE VIEW label_error_rates AS
WITH measured AS (
  SELECT
    m.model_id,
    r.value ->> '$.split' AS split,
    CASE WHEN r.value -> '$.labels' IS NULL THEN r.value ->> '$.error_rate' END AS error_rate,
    CASE WHEN r.value -> '$.labels' IS NULL
      THEN CAST(round((r.value ->> '$.coverage') * (r.value ->> '$.flows')) AS INTEGER) END AS flows_tested,
    r.value -> '$.labels' AS labels
  FROM model AS m, json_each(m.metadata ->> '$."flowcase.error_rates"') AS r
),
by_label AS (
  SELECT
    l.model_id,
    l.name AS label,
    e.split,
    coalesce(e.error_rate, (
      SELECT (j.value ->> '$.wrong') * 1.0 / nullif(j.value ->> '$.given', 0) FROM json_each(e.labels) AS j
      WHERE j.value ->> '$.label' = l.name LIMIT 1)) AS error_rate,
    coalesce(e.flows_tested, (
      SELECT j.value ->> '$.given' FROM json_each(e.labels) AS j
      WHERE j.value ->> '$.label' = l.name LIMIT 1)) AS flows_tested
  FROM model_label AS l
  JOIN measured AS e ON e.model_id = l.model_id
)
SELECT
  l.name AS label,
  max(CASE WHEN b.split = 'grouped' THEN b.error_rate END) AS error_rate_new_captures,
  max(CASE WHEN b.split = 'grouped' THEN b.flows_tested END) AS flows_tested_new_captures,
  max(CASE WHEN b.split = 'random' THEN b.error_rate END) AS error_rate_known_captures,
  max(CASE WHEN b.split = 'random' THEN b.flows_tested END) AS flows_tested_known_captures,
  m.sha256 AS model_sha256,
  l.model_id
FROM model_label AS l
JOIN model AS m ON m.model_id = l.model_id
LEFT JOIN by_label AS b ON b.model_id = l.model_id AND b.label = l.name
GROUP BY l.model_id, l.name;

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
  e.flows_tested_known_captures
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
  e.error_rate_new_captures
FROM label_hour AS h
LEFT JOIN model AS m ON m.model_id = h.model_id
LEFT JOIN label_error_rates AS e ON e.model_id = h.model_id AND e.label = h.label AND h.label_source = 'model';

DROP VIEW labels_by_host;
CREATE VIEW labels_by_host AS
SELECT
  h.ip, h.label, h.label_source, h.flows, h.packets, h.bytes, m.sha256 AS model_sha256, e.error_rate_new_captures
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
  r.error_rate_new_captures
FROM evidence_label AS l
JOIN evidence_item AS e ON e.evidence_id = l.evidence_id
LEFT JOIN model AS m ON m.model_id = l.model_id
LEFT JOIN label_error_rates AS r ON r.model_id = l.model_id AND r.label = l.label AND l.label_source = 'model';

UPDATE case_info SET value = '3' WHERE name = 'schema_version';
