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
(SELECT textsend(concat('{"todo":', coalesce((SELECT concat('{"edges":[', whole_7.part_0, '],"pageInfo":{"hasNextPage":', CAST(whole_7.has_next AS TEXT), ',"endCursor":', coalesce('"' || encode(timestamptz_send(whole_7.end_0) || uuid_send(whole_7.end_1), 'base64') || '"', 'null'), '}}') AS concat_1 
FROM (SELECT string_agg(concat('{"cursor":"', encode(timestamptz_send(numbered_2.opened_at) || uuid_send(numbered_2.id), 'base64'), '","node":{"id":"Task:', numbered_2.id, '","kind":"', upper(CAST(numbered_2.kind AS TEXT) COLLATE "C"), '","status":"', upper(CAST(numbered_2.status AS TEXT) COLLATE "C"), '","nodeKey":', to_json(CAST(numbered_2.node_key AS TEXT)), ',"claimed":', CAST(numbered_2.claimed AS TEXT), ',"verdict":', coalesce('"' || upper(CAST(numbered_2.verdict AS TEXT) COLLATE "C") || '"', 'null'), ',"openedAt":', coalesce('"' || replace(to_char(numbered_2.opened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), ',"dueAt":', coalesce('"' || replace(to_char(numbered_2.due_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), ',"decidedAt":', coalesce('"' || replace(to_char(numbered_2.decided_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), ',"principal":', coalesce((SELECT concat('{"id":"Staff:', staff_3.id, '","name":', to_json(CAST(staff_3.name AS TEXT)), '}') AS told 
FROM staff AS staff_3 
WHERE staff_3.hospital_id = caller.place_1 AND staff_3.id = numbered_2.principal_id), 'null'), ',"document":', coalesce((SELECT concat('{"id":"Document:', document_4.id, '","number":', to_json(CAST(document_4.number AS TEXT)), ',"scenarioCode":', to_json(CAST(document_4.scenario_code AS TEXT)), ',"title":', to_json(CAST(document_4.title AS TEXT)), ',"status":"', upper(CAST(document_4.status AS TEXT) COLLATE "C"), '","amount":"', document_4.amount_fen * 0.01, '","submittedAt":', coalesce('"' || replace(to_char(document_4.submitted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), ',"requester":', coalesce((SELECT concat('{"id":"Staff:', staff_5.id, '","name":', to_json(CAST(staff_5.name AS TEXT)), '}') AS told 
FROM staff AS staff_5 
WHERE staff_5.hospital_id = caller.place_1 AND staff_5.id = document_4.requester_id), 'null'), ',"department":', coalesce((SELECT concat('{"id":"Department:', department_6.id, '","name":', to_json(CAST(department_6.name AS TEXT)), '}') AS told 
FROM department AS department_6 
WHERE department_6.hospital_id = caller.place_1 AND department_6.id = document_4.department_id), 'null'), '}') AS told 
FROM document AS document_4 
WHERE document_4.hospital_id = caller.place_1 AND document_4.id = numbered_2.document_id), 'null'), '}}'), ',' ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7) AS part_0, count(*) > caller.place_7 AS has_next, 1 / CAST(count(*) FILTER (WHERE numbered_2.page_place <= caller.place_7 AND numbered_2.opened_at IS NULL) = 0 AS INTEGER) AS one, (array_agg(numbered_2.opened_at ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7))[CAST(least(count(*), caller.place_7) AS INTEGER)] AS end_0, (array_agg(numbered_2.id ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7))[CAST(least(count(*), caller.place_7) AS INTEGER)] AS end_1 
FROM (SELECT page_1.hospital_id AS hospital_id, page_1.id AS id, page_1.instance_id AS instance_id, page_1.node_key AS node_key, page_1.run AS run, page_1.seat AS seat, page_1.seq AS seq, page_1.kind AS kind, page_1.role AS role, page_1.status AS status, page_1.assignee_id AS assignee_id, page_1.principal_id AS principal_id, page_1.added_by_id AS added_by_id, page_1.claimed AS claimed, page_1.verdict AS verdict, page_1.close_reason AS close_reason, page_1.opened_at AS opened_at, page_1.decided_at AS decided_at, page_1.closed_at AS closed_at, page_1.due_at AS due_at, page_1.document_id AS document_id, row_number() OVER (ORDER BY page_1.opened_at DESC, page_1.id DESC) AS page_place 
FROM (SELECT approval_task.hospital_id AS hospital_id, approval_task.id AS id, approval_task.instance_id AS instance_id, approval_task.node_key AS node_key, approval_task.run AS run, approval_task.seat AS seat, approval_task.seq AS seq, approval_task.kind AS kind, approval_task.role AS role, approval_task.status AS status, approval_task.assignee_id AS assignee_id, approval_task.principal_id AS principal_id, approval_task.added_by_id AS added_by_id, approval_task.claimed AS claimed, approval_task.verdict AS verdict, approval_task.close_reason AS close_reason, approval_task.opened_at AS opened_at, approval_task.decided_at AS decided_at, approval_task.closed_at AS closed_at, approval_task.due_at AS due_at, approval_instance.document_id AS document_id 
FROM approval_task JOIN approval_instance ON approval_instance.hospital_id = approval_task.hospital_id AND approval_instance.id = approval_task.instance_id 
WHERE approval_task.hospital_id = caller.place_1 AND approval_task.assignee_id = caller.place_2 AND approval_task.status = 'pending' AND approval_task.kind != 'copy' AND approval_task.hospital_id = caller.place_1 AND approval_instance.hospital_id = caller.place_1 ORDER BY approval_task.opened_at DESC, approval_task.id DESC 
 LIMIT caller.place_7 + 1) AS page_1) AS numbered_2) AS whole_7 
WHERE whole_7.one = 1), 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $1::TEXT, true), set_config('app.staff_id', '', true) OFFSET 0) AS scope,
 unnest($2::INTEGER[], $3::UUID[], $4::INTEGER[], $5::BYTEA[], $6::UUID[], $7::DATE[], $8::BIGINT[]) WITH ORDINALITY AS caller(place_1, place_2, place_3, place_4, place_5, place_6, place_7, number)
