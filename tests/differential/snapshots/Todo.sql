SELECT caller.number AS caller, (SELECT marked::text FROM (
    SELECT token.expires_at, family.id AS session_id, family.device_id, family.staff_id,
           family.method, credential.must_change, hospital.timezone
      FROM access_token token
      JOIN session_family family
        ON (family.hospital_id, family.id) = (token.hospital_id, token.family_id)
      JOIN device ON (device.hospital_id, device.id) = (family.hospital_id, family.device_id)
      JOIN staff ON (staff.hospital_id, staff.id) = (family.hospital_id, family.staff_id)
      JOIN hospital ON hospital.id = token.hospital_id
      LEFT JOIN credential
        ON (credential.hospital_id, credential.staff_id) = (staff.hospital_id, staff.id)
     WHERE token.hospital_id = caller.place_3 AND token.token_hash = caller.place_4
       AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    ) AS marked) AS proof, (SELECT string_agg(marked::text, ' ') FROM (
    SELECT DISTINCT role, scope_kind, scope_id
      FROM role_assignment
     WHERE hospital_id = caller.place_3 AND staff_id = caller.place_5
       AND valid_from <= caller.place_6 AND (valid_to IS NULL OR valid_to > caller.place_6)
     ORDER BY role, scope_kind, scope_id
    ) AS marked) AS roles,
(SELECT convert_to(row_to_json(data) :: text, 'UTF8') AS body 
FROM (SELECT (SELECT row_to_json(connection_15) AS row_to_json_1 
FROM (SELECT whole_13.part_0 AS "edges", (SELECT row_to_json(info_14) AS row_to_json_2 
FROM (SELECT whole_13.has_next AS "hasNextPage", split_part(replace(encode(convert_to('["' || replace(to_char(whole_13.end_0, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '","' || replace(CAST(whole_13.end_1 AS TEXT), '-', '') || '"]', 'UTF8'), 'base64'), chr(10), ''), '=', 1) AS "endCursor") AS info_14) AS "pageInfo" 
FROM (SELECT coalesce(json_agg((SELECT row_to_json(edge_12) AS row_to_json_3 
FROM (SELECT split_part(replace(encode(convert_to('["' || replace(to_char(numbered_2.opened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '","' || replace(CAST(numbered_2.id AS TEXT), '-', '') || '"]', 'UTF8'), 'base64'), chr(10), ''), '=', 1) AS "cursor", (SELECT row_to_json(node_11) AS row_to_json_4 
FROM (SELECT split_part(encode(convert_to('Task:' || CAST(numbered_2.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", upper(CAST(numbered_2.kind AS TEXT) COLLATE "C") AS "kind", upper(CAST(numbered_2.status AS TEXT) COLLATE "C") AS "status", numbered_2.node_key AS "nodeKey", numbered_2.claimed AS "claimed", upper(CAST(numbered_2.verdict AS TEXT) COLLATE "C") AS "verdict", replace(to_char(numbered_2.opened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "openedAt", replace(to_char(numbered_2.due_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "dueAt", replace(to_char(numbered_2.decided_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "decidedAt", (SELECT row_to_json(made_4) AS row_to_json_5 
FROM (SELECT split_part(encode(convert_to('Staff:' || CAST(staff_3.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", staff_3.name AS "name" 
FROM staff AS staff_3 
WHERE staff_3.hospital_id = caller.place_1 AND staff_3.id = numbered_2.principal_id) AS made_4) AS "principal", (SELECT row_to_json(made_10) AS row_to_json_6 
FROM (SELECT split_part(encode(convert_to('Document:' || CAST(document_5.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", document_5.number AS "number", document_5.scenario_code AS "scenarioCode", document_5.title AS "title", upper(CAST(document_5.status AS TEXT) COLLATE "C") AS "status", CAST(document_5.amount_fen * 0.01 AS TEXT) AS "amount", replace(to_char(document_5.submitted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "submittedAt", (SELECT row_to_json(made_7) AS row_to_json_7 
FROM (SELECT split_part(encode(convert_to('Staff:' || CAST(staff_6.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", staff_6.name AS "name" 
FROM staff AS staff_6 
WHERE staff_6.hospital_id = caller.place_1 AND staff_6.id = document_5.requester_id) AS made_7) AS "requester", (SELECT row_to_json(made_9) AS row_to_json_8 
FROM (SELECT split_part(encode(convert_to('Department:' || CAST(department_8.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", department_8.name AS "name" 
FROM department AS department_8 
WHERE department_8.hospital_id = caller.place_1 AND department_8.id = document_5.department_id) AS made_9) AS "department" 
FROM document AS document_5 
WHERE document_5.hospital_id = caller.place_1 AND document_5.id = numbered_2.document_id) AS made_10) AS "document") AS node_11) AS "node") AS edge_12) ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7), '[]'::json) AS part_0, count(*) > caller.place_7 AS has_next, 1 / CAST(count(*) FILTER (WHERE numbered_2.page_place <= caller.place_7 AND numbered_2.opened_at IS NULL) = 0 AS INTEGER) AS one, (array_agg(numbered_2.opened_at ORDER BY numbered_2.page_place DESC) FILTER (WHERE numbered_2.page_place <= caller.place_7))[1] AS end_0, (array_agg(numbered_2.id ORDER BY numbered_2.page_place DESC) FILTER (WHERE numbered_2.page_place <= caller.place_7))[1] AS end_1 
FROM (SELECT page_1.hospital_id AS hospital_id, page_1.id AS id, page_1.instance_id AS instance_id, page_1.node_key AS node_key, page_1.run AS run, page_1.seat AS seat, page_1.seq AS seq, page_1.kind AS kind, page_1.role AS role, page_1.status AS status, page_1.assignee_id AS assignee_id, page_1.principal_id AS principal_id, page_1.added_by_id AS added_by_id, page_1.claimed AS claimed, page_1.verdict AS verdict, page_1.close_reason AS close_reason, page_1.opened_at AS opened_at, page_1.decided_at AS decided_at, page_1.closed_at AS closed_at, page_1.due_at AS due_at, page_1.document_id AS document_id, row_number() OVER (ORDER BY page_1.opened_at DESC, page_1.id DESC) AS page_place 
FROM (SELECT approval_task.hospital_id AS hospital_id, approval_task.id AS id, approval_task.instance_id AS instance_id, approval_task.node_key AS node_key, approval_task.run AS run, approval_task.seat AS seat, approval_task.seq AS seq, approval_task.kind AS kind, approval_task.role AS role, approval_task.status AS status, approval_task.assignee_id AS assignee_id, approval_task.principal_id AS principal_id, approval_task.added_by_id AS added_by_id, approval_task.claimed AS claimed, approval_task.verdict AS verdict, approval_task.close_reason AS close_reason, approval_task.opened_at AS opened_at, approval_task.decided_at AS decided_at, approval_task.closed_at AS closed_at, approval_task.due_at AS due_at, approval_instance.document_id AS document_id 
FROM approval_task JOIN approval_instance ON approval_instance.hospital_id = approval_task.hospital_id AND approval_instance.id = approval_task.instance_id 
WHERE approval_task.hospital_id = caller.place_1 AND approval_task.assignee_id = caller.place_2 AND approval_task.status = 'pending' AND approval_task.kind != 'copy' AND approval_task.hospital_id = caller.place_1 AND approval_instance.hospital_id = caller.place_1 ORDER BY approval_task.opened_at DESC, approval_task.id DESC 
 LIMIT caller.place_7 + 1) AS page_1) AS numbered_2) AS whole_13 
WHERE whole_13.one = 1) AS connection_15) AS "todo") AS data) AS body
FROM (SELECT set_config('app.hospital_id', $1::TEXT, true), set_config('app.staff_id', '', true) OFFSET 0) AS scope,
 unnest($2::INTEGER[], $3::UUID[], $4::INTEGER[], $5::BYTEA[], $6::UUID[], $7::DATE[], $8::BIGINT[]) WITH ORDINALITY AS caller(place_1, place_2, place_3, place_4, place_5, place_6, place_7, number)
