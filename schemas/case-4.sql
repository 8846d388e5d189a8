-- The case database, version 4: what changes from version 3.

-- What a flow is, told by its content; and the name that was asked for as it stood on the wire.

ALTER TABLE flow ADD COLUMN service TEXT;
ALTER TABLE flow_metadata ADD COLUMN server_name_raw TEXT;

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
  fm.resolved_names,
  f.service,
  fm.server_name_raw
FROM flow AS f
JOIN evidence_item AS e ON e.evidence_id = f.evidence_id
JOIN evidence_item AS le ON le.evidence_id = coalesce(f.last_evidence_id, f.evidence_id)
LEFT JOIN flow_metadata AS fm ON fm.flow_id = f.flow_id
LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
  AND p.model_id = (SELECT max(q.model_id) FROM prediction AS q WHERE q.flow_id = f.flow_id)
LEFT JOIN model AS m ON m.model_id = p.model_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position;

UPDATE case_info SET value = '4' WHERE name = 'schema_version';
