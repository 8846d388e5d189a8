-- The case database, version 4: what changes from version 3.

-- What a flow is, told by its content; and the name that was asked for as it stood on the wire.

ALTER TABLE flow ADD COLUMN service TEXT;
ALTER TABLE flow_metadata ADD COLUMN server_name_raw TEXT;
ALTER TABLE flow_metadata ADD COLUMN other_names TEXT;

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
  fm.server_name_raw,
  fm.other_names
FROM flow AS f
JOIN evidence_item AS e ON e.evidence_id = f.evidence_id
JOIN evidence_item AS le ON le.evidence_id = coalesce(f.last_evidence_id, f.evidence_id)
LEFT JOIN flow_metadata AS fm ON fm.flow_id = f.flow_id
LEFT JOIN prediction AS p ON p.flow_id = f.flow_id
  AND p.model_id = (SELECT max(q.model_id) FROM prediction AS q WHERE q.flow_id = f.flow_id)
LEFT JOIN model AS m ON m.model_id = p.model_id
LEFT JOIN model_label AS l ON l.model_id = p.model_id AND l.position = p.label_position;

-- Flows on a port that stands for a service, whose content is something else. A client's own port says something only below 1024.
CREATE VIEW port_mismatch AS
WITH known (proto, port, port_service, accepted, is_strict) AS (
  VALUES
    ('udp', 53, 'dns', ',dns,mdns,llmnr,', 1), ('tcp', 53, 'dns', ',dns,', 1),
    ('udp', 67, 'dhcp', ',dhcp,', 1), ('udp', 68, 'dhcp', ',dhcp,', 1),
    ('udp', 123, 'ntp', ',ntp,', 1),
    ('udp', 137, 'netbios', ',netbios,', 1), ('udp', 138, 'netbios', ',netbios,', 1),
    ('udp', 546, 'dhcpv6', ',dhcpv6,', 1), ('udp', 547, 'dhcpv6', ',dhcpv6,', 1),
    ('udp', 1900, 'ssdp', ',ssdp,', 1),
    ('udp', 3702, 'ws-discovery', ',ws-discovery,', 1),
    ('udp', 5353, 'mdns', ',mdns,dns,', 1),
    ('udp', 5355, 'llmnr', ',llmnr,dns,', 1),
    ('udp', 17500, 'dropbox-lan', ',dropbox-lan,', 1),
    ('udp', 57621, 'spotify-lan', ',spotify-lan,', 1),
    -- What is encrypted or cut may be what the port says: here only content that is known to be something else counts.
    ('tcp', 22, 'ssh', ',ssh,', 0), ('tcp', 80, 'http', ',http,', 0), ('tcp', 443, 'ssl', ',ssl,', 0),
    ('tcp', 853, 'ssl', ',ssl,', 0), ('udp', 443, 'quic', ',quic,dtls,', 0)
),
found AS (
  SELECT f.flow_id, k.port, k.port_service
  FROM flow AS f
  JOIN known AS k ON k.proto = f.proto AND (k.port = f.resp_port OR k.port = f.orig_port AND k.port < 1024)
  WHERE CASE WHEN f.service IS NULL THEN k.is_strict AND f.history GLOB '*[Dd]*'
    ELSE instr(k.accepted, ',' || f.service || ',') = 0 END
)
SELECT
  v.flow_id, v.flow_uid, v.flow_start, v.proto, v.orig_ip, v.orig_port, v.resp_ip, v.resp_port,
  x.port, x.port_service, v.service, v.server_name, v.label, v.label_source, v.evidence_path
FROM found AS x JOIN flows AS v ON v.flow_id = x.flow_id;

-- How captures of one series of names follow each other, and why each was joined to the one before it or kept apart.

CREATE TABLE capture_join (
  evidence_id INTEGER PRIMARY KEY REFERENCES evidence_item (evidence_id),
  after_path TEXT NOT NULL,
  is_joined INTEGER NOT NULL,
  reason TEXT NOT NULL,
  gap_ns INTEGER,
  shared_hosts INTEGER NOT NULL,
  shared_machines INTEGER NOT NULL,
  connections INTEGER NOT NULL
) STRICT;

CREATE VIEW joins AS
SELECT
  e.path AS evidence_path,
  j.after_path,
  j.is_joined,
  j.reason,
  j.gap_ns / 1e9 AS gap_s,
  j.shared_hosts,
  j.shared_machines,
  j.connections,
  j.evidence_id
FROM capture_join AS j
JOIN evidence_item AS e ON e.evidence_id = j.evidence_id;

UPDATE case_info SET value = '4' WHERE name = 'schema_version';
