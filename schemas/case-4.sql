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

-- Status and folders of evidence ------------------------------------------------------------------------------------------

-- A status more: what is known to hold no packets. SQLite changes a CHECK of a table that others refer to only in the schema's
-- own text (https://www.sqlite.org/lang_altertable.html#otheralter); the view after it makes other connections read it anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''rejected'', ''duplicate'')', '''rejected'', ''duplicate'', ''ignored'')')
WHERE type = 'table' AND name = 'evidence_item';
PRAGMA writable_schema = RESET;

-- The folder of a file is its path up to the last slash; what is in an archive lies in the archive's folder.
CREATE VIEW evidence_folder AS
WITH RECURSIVE placed (evidence_id, folder) AS (
  SELECT evidence_id,
    CASE WHEN path NOT LIKE '%/%' THEN '.' ELSE coalesce(nullif(rtrim(rtrim(path, replace(path, '/', '')), '/'), ''), '/') END
  FROM evidence_item WHERE parent_id IS NULL
  UNION ALL
  SELECT e.evidence_id, p.folder FROM placed AS p JOIN evidence_item AS e ON e.parent_id = p.evidence_id)
SELECT evidence_id, folder FROM placed;

CREATE VIEW evidence_by_folder AS
SELECT
  p.folder,
  sum(e.parent_id IS NULL) AS files,
  sum(json_array_length(e.link_types) > 0) AS captures,
  sum(e.packets_read) AS packets,
  sum(e.flow_count) AS flows,
  sum(CASE WHEN e.parent_id IS NULL THEN e.container_bytes ELSE 0 END) AS size,
  sum(e.status = 'partial') AS partial,
  sum(e.status = 'rejected') AS rejected,
  sum(e.status = 'duplicate') AS duplicates,
  sum(e.status = 'ignored') AS ignored,
  sum(e.problem_count) AS problems,
  sum(e.bytes_lost) AS bytes_lost,
  strftime('%Y-%m-%dT%H:%M:%S', min(e.first_packet_ns) / 1000000000 - (min(e.first_packet_ns) % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (min(e.first_packet_ns) % 1000000000 + 1000000000) % 1000000000) AS first_packet_time,
  strftime('%Y-%m-%dT%H:%M:%S', max(e.last_packet_ns) / 1000000000 - (max(e.last_packet_ns) % 1000000000 < 0), 'unixepoch')
    || printf('.%09dZ', (max(e.last_packet_ns) % 1000000000 + 1000000000) % 1000000000) AS last_packet_time
FROM evidence_folder AS p
JOIN evidence_item AS e ON e.evidence_id = p.evidence_id
GROUP BY p.folder;

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
  r.error_rate_new_captures
FROM evidence_label AS l
JOIN evidence_folder AS p ON p.evidence_id = l.evidence_id
LEFT JOIN model AS m ON m.model_id = l.model_id
LEFT JOIN label_error_rates AS r ON r.model_id = l.model_id AND r.label = l.label AND l.label_source = 'model'
GROUP BY l.model_id, p.folder, l.label, l.label_source;

UPDATE case_info SET value = '4' WHERE name = 'schema_version';
