-- The questions that `flowcase query CASE --name NAME` answers. Each begins with a line `-- name: title`; words that begin with a
-- colon are filled in by `--param`. Any SQLite tool runs them as they stand.

-- labels: flows, packets and bytes by label, with how often the label was wrong and how often it was given to flows of no class
SELECT label, label_source, flows, flows_given_class, packets, bytes, round(mean_confidence, 3) AS mean_confidence,
  round(error_rate_new_captures, 3) AS error_rate_new_captures,
  round(error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(no_class_rate, 3) AS no_class_rate
FROM label_summary ORDER BY flows DESC, label;

-- labels-by-host: flows and bytes of each host by label, the busiest first
SELECT h.ip, l.label, l.label_source, l.flows, l.packets, l.bytes,
  round(l.error_rate_new_captures, 3) AS error_rate_new_captures,
  round(l.error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(l.no_class_rate, 3) AS no_class_rate
FROM (SELECT ip, bytes_sent + bytes_received AS total FROM hosts ORDER BY total DESC, ip LIMIT 50) AS h
JOIN labels_by_host AS l ON l.ip = h.ip
ORDER BY h.total DESC, h.ip, l.bytes DESC, l.label;

-- labels-of-host: what one address did, by label (--param ip=ADDRESS)
SELECT label, label_source, flows, packets, bytes,
  round(error_rate_new_captures, 3) AS error_rate_new_captures,
  round(error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(no_class_rate, 3) AS no_class_rate
FROM labels_by_host WHERE ip = :ip ORDER BY bytes DESC, label;

-- labels-by-hour: flows and bytes by the hour in which they began and by label
SELECT hour, label, label_source, flows, packets, bytes,
  round(error_rate_new_captures, 3) AS error_rate_new_captures,
  round(error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(no_class_rate, 3) AS no_class_rate
FROM timeline ORDER BY hour, flows DESC, label;

-- labels-by-evidence: flows and bytes of each capture by label
SELECT evidence_path, label, label_source, flows, packets, bytes, round(mean_confidence, 3) AS mean_confidence,
  round(error_rate_new_captures, 3) AS error_rate_new_captures,
  round(error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(no_class_rate, 3) AS no_class_rate
FROM labels_by_evidence ORDER BY evidence_id, flows DESC, label;

-- labels-by-folder: flows and bytes of each folder of evidence by label
SELECT folder, label, label_source, flows, packets, bytes, round(mean_confidence, 3) AS mean_confidence, captures,
  round(error_rate_new_captures, 3) AS error_rate_new_captures,
  round(error_rate_new_laboratories, 3) AS error_rate_new_laboratories, round(no_class_rate, 3) AS no_class_rate
FROM labels_by_folder ORDER BY folder, flows DESC, label;

-- evidence-by-folder: what lies in each folder of evidence, and what of it could not be read
SELECT folder, files, captures, packets, flows, size, partial, rejected, duplicates, ignored, problems, bytes_lost
FROM evidence_by_folder ORDER BY folder;

-- longest: the flows that lasted longest
SELECT round(duration_s, 3) AS duration_s, flow_uid, flow_start, proto, orig_ip, orig_port, resp_ip, resp_port, label
FROM longest_flows LIMIT 50;

-- largest: the flows with most bytes
SELECT bytes, packets, flow_uid, flow_start, proto, orig_ip, orig_port, resp_ip, resp_port, server_name, label
FROM largest_flows LIMIT 50;

-- least-certain: the flows of whose label the model was least sure
SELECT round(confidence, 3) AS confidence, predicted_label, is_abstained, flow_uid, flow_start, proto, orig_ip, resp_ip,
  resp_port, server_name
FROM least_certain_flows LIMIT 50;

-- conversation: flows between two addresses, in both directions (--param a=ADDRESS --param b=ADDRESS)
SELECT flow_start, flow_uid, proto, orig_ip, orig_port, resp_ip, resp_port, orig_bytes, resp_bytes, label, confidence
FROM flows
WHERE flow_id IN (
  SELECT flow_id FROM flow WHERE orig_ip = :a AND resp_ip = :b
  UNION ALL
  SELECT flow_id FROM flow WHERE orig_ip = :b AND resp_ip = :a)
ORDER BY start_ns, flow_id;

-- conversations: the pairs of addresses that exchanged most bytes
SELECT orig_ip, resp_ip, proto, resp_port, flows, orig_bytes + resp_bytes AS bytes, first_seen, last_seen
FROM conversations ORDER BY bytes DESC, orig_ip, resp_ip, proto, resp_port LIMIT 50;

-- names: names that had been looked up for a flow's responder before it began
SELECT names, flow_start, flow_uid, proto, orig_ip, resp_ip, resp_port, server_name, label
FROM resolved_names LIMIT 100;

-- odd-ports: flows whose content is not what their port stands for
SELECT flow_start, flow_uid, proto, orig_ip, orig_port, resp_ip, resp_port, port_service, service, server_name, label
FROM port_mismatch ORDER BY flow_start, flow_id LIMIT 100;

-- tunnels: tunnels that were opened, with what is inside them
SELECT tunnel, flows, packets, bytes, first_seen, last_seen FROM tunnels ORDER BY bytes DESC, tunnel;

-- inside-tunnels: flows found inside tunnels
SELECT tunnel, flow_uid, flow_start, proto, orig_ip, orig_port, resp_ip, resp_port, server_name, label
FROM flows WHERE flow_id IN (SELECT flow_id FROM flow WHERE tunnel IS NOT NULL) ORDER BY tunnel, start_ns, flow_id;

-- vantage: from where flows were recorded that were seen inside a tunnel, and what shows it
SELECT vantage, vantage_reason, count(*) AS flows FROM flow WHERE vantage IS NOT NULL
GROUP BY vantage, vantage_reason ORDER BY flows DESC, vantage_reason LIMIT 100;

-- vpn: flows that carry a VPN by their protocol, port or label, and are not opened
SELECT flow_uid, flow_start, round(duration_s, 1) AS duration_s, proto, orig_ip, resp_ip, resp_port,
  orig_bytes + resp_bytes AS bytes, label, confidence
FROM flows
WHERE proto IN ('esp', 'ah', 'gre', 'l2tp')
  OR resp_port IN (500, 1194, 1701, 1723, 4500, 51820)
  OR lower(predicted_label) LIKE 'vpn%' OR lower(label) = 'tunnel'
ORDER BY flow_id;

-- classes: flows that were given the class alone, or nothing, with the classes they may be of, the most bytes first
SELECT s.label, s.label_level, s.predicted_label, round(s.confidence, 3) AS confidence, s.label_set, s.flow_uid, s.flow_start,
  s.proto, s.orig_ip, s.resp_ip, s.resp_port, s.server_name
FROM flow AS f JOIN flows AS s ON s.flow_id = f.flow_id
WHERE s.label_source = 'model' AND s.label_level IS NOT 'full'
ORDER BY f.orig_bytes + f.resp_bytes DESC, f.flow_id DESC LIMIT 50;

-- concentrated-attention: flows whose label rests on one packet, with its place in the flow
SELECT round(largest_weight, 3) AS largest_weight, packet, packets_seen, label, flow_uid, flow_start, proto, orig_ip,
  resp_ip, resp_port, server_name
FROM concentrated_attention LIMIT 100;

-- problems: what could not be read as it should be
SELECT evidence_path, offset, code, bytes_lost, message FROM problems ORDER BY problem_id;

-- problems-by-file: evidence with problems, and what became of it
SELECT evidence_path, status, problems, bytes_lost, codes FROM problems_by_file ORDER BY bytes_lost DESC, evidence_path;

-- evidence: every file and member with its digests and its ledger
SELECT path, format, status, sha256, stream_sha256, packets, packets_in_flows, packets_not_ip, packets_undecodable,
  packets_filtered, bytes_lost, flows
FROM evidence ORDER BY evidence_id;

-- runs: who ran what on this case, and when
SELECT run_id, started_at, finished_at, exit_status, tool_version, examiner, case_number, notes, files_read,
  files_already_known
FROM runs ORDER BY run_id;

-- changes: what the last run added, and what it found unchanged
SELECT change, evidence_path, status, packets, flows, problems
FROM run_changes WHERE run_id = (SELECT max(run_id) FROM run_changes) ORDER BY change, evidence_id;

-- attention: mean weight of the packets at each position, by label
SELECT label, packet, flows, round(mean, 4) AS mean, round(stddev, 4) AS stddev
FROM attention ORDER BY label, packet;

-- attention-of-flow: weight of each packet of one flow, and what it adds in the trees (--param uid=FLOW_UID)
SELECT s.flow_uid, w.key + 1 AS packet, w.value AS weight, s.packet_contributions ->> w.key AS contribution
FROM flows AS s, json_each(s.attention) AS w
WHERE s.evidence_id IN (SELECT evidence_id FROM evidence_item WHERE stream_sha256 LIKE substr(:uid, 2, 12) || '%')
  AND s.flow_uid = :uid
ORDER BY w.key;

-- model-agreement: labels of every two models side by side, for flows that both were asked about
SELECT substr(first_model_sha256, 1, 12) AS first_model, substr(second_model_sha256, 1, 12) AS second_model, first_label,
  second_label, flows
FROM model_agreement ORDER BY first_model_sha256, second_model_sha256, flows DESC, first_label, second_label;
