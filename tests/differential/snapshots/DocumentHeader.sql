SELECT (SELECT marked::text FROM (
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
     WHERE token.hospital_id = $1::INTEGER AND token.token_hash = $2::BYTEA
       AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    ) AS marked) AS proof, (SELECT string_agg(marked::text, ' ') FROM (
    WITH RECURSIVE held AS (
        
    SELECT DISTINCT role, scope_kind, scope_id
      FROM role_assignment
     WHERE hospital_id = $1::INTEGER AND staff_id = $3::UUID
       AND valid_from <= $4::DATE AND (valid_to IS NULL OR valid_to > $4::DATE)
     ORDER BY role, scope_kind, scope_id
    
    ), below (root, id) AS (
        SELECT scope_id, scope_id FROM held WHERE scope_kind = 'department'
        UNION
        SELECT below.root, department.id
          FROM department JOIN below ON department.parent_id = below.id
         WHERE department.hospital_id = $1::INTEGER
    ), covered (root, id) AS (
        SELECT root, id FROM below
        UNION
        SELECT department.campus_id, department.id
          FROM department
          JOIN held ON held.scope_kind = 'campus' AND held.scope_id = department.campus_id
         WHERE department.hospital_id = $1::INTEGER
    )
    SELECT held.role, held.scope_kind, held.scope_id,
           array_remove(array_agg(covered.id ORDER BY covered.id), NULL) AS departments
      FROM held LEFT JOIN covered ON covered.root = held.scope_id
     GROUP BY held.role, held.scope_kind, held.scope_id
     ORDER BY held.role, held.scope_kind, held.scope_id
    ) AS marked) AS roles,
(SELECT convert_to(row_to_json(data) :: text, 'UTF8') AS body 
FROM (SELECT (SELECT row_to_json(made_22) AS row_to_json_1 
FROM (SELECT split_part(encode(convert_to('Document:' || CAST(document_seen.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", document_seen.number AS "number", document_seen.title AS "title", upper(CAST(document_seen.status AS TEXT) COLLATE "C") AS "status", CAST(document_seen.amount_fen * 0.01 AS TEXT) AS "amount", document_seen.version AS "version", document_seen.snapshot_hash AS "snapshotHash", replace(to_char(document_seen.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "createdAt", replace(to_char(document_seen.submitted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "submittedAt", (SELECT row_to_json(made_4) AS row_to_json_2 
FROM (SELECT split_part(encode(convert_to('Staff:' || CAST(staff_1.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", staff_1.name AS "name", (SELECT row_to_json(made_3) AS row_to_json_3 
FROM (SELECT department_2.name AS "name" 
FROM department AS department_2 
WHERE department_2.hospital_id = $5::INTEGER AND department_2.id = staff_1.department_id) AS made_3) AS "department" 
FROM staff AS staff_1 
WHERE staff_1.hospital_id = $5::INTEGER AND staff_1.id = document_seen.requester_id) AS made_4) AS "requester", (SELECT row_to_json(made_6) AS row_to_json_4 
FROM (SELECT split_part(encode(convert_to('Department:' || CAST(department_5.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", department_5.name AS "name" 
FROM department AS department_5 
WHERE department_5.hospital_id = $5::INTEGER AND department_5.id = document_seen.department_id) AS made_6) AS "department", (SELECT coalesce(json_agg(row_to_json(made_8)), '[]'::json) AS coalesce_1 
FROM (SELECT split_part(encode(convert_to('DocumentLine:' || CAST(document_line_7.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", document_line_7.description AS "description", CAST(document_line_7.amount_fen * 0.01 AS TEXT) AS "amount", split_part(encode(convert_to('BudgetLine:' || CAST(document_line_7.budget_line_id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "budgetLineId", (SELECT coalesce(json_agg(told.id ORDER BY told.place), '[]'::json) AS coalesce_2 
FROM (SELECT split_part(encode(convert_to('Receipt:' || CAST(CAST(receipt_key.value AS UUID) AS TEXT), 'UTF8'), 'base64'), '=', 1) AS id, receipt_key.place AS place 
FROM jsonb_array_elements_text(document_line_7.receipt_ids) WITH ORDINALITY AS receipt_key(value, place)) AS told) AS "receiptIds" 
FROM document_line AS document_line_7 
WHERE document_line_7.hospital_id = $5::INTEGER AND document_line_7.document_id = document_seen.id ORDER BY document_line_7.position) AS made_8) AS "lines", (SELECT coalesce(json_agg(row_to_json(made_11)), '[]'::json) AS coalesce_3 
FROM (SELECT approval_node_9.node_key AS "key", approval_node_9.name AS "name", upper(CAST(approval_node_9.status AS TEXT) COLLATE "C") AS "status" 
FROM approval_instance AS approval_instance_10 JOIN approval_node AS approval_node_9 ON approval_node_9.hospital_id = approval_instance_10.hospital_id AND approval_node_9.instance_id = approval_instance_10.id 
WHERE approval_instance_10.hospital_id = $5::INTEGER AND approval_node_9.hospital_id = $5::INTEGER AND approval_instance_10.document_id = document_seen.id AND approval_node_9.position IS NOT NULL ORDER BY approval_node_9.position) AS made_11) AS "route", (SELECT coalesce(json_agg(row_to_json(made_16)), '[]'::json) AS coalesce_4 
FROM (SELECT split_part(encode(convert_to('Task:' || CAST(approval_task_12.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", (SELECT row_to_json(made_15) AS row_to_json_5 
FROM (SELECT staff_14.name AS "name" 
FROM staff AS staff_14 
WHERE staff_14.hospital_id = $5::INTEGER AND staff_14.id = approval_task_12.assignee_id) AS made_15) AS "assignee" 
FROM approval_instance AS approval_instance_13 JOIN approval_task AS approval_task_12 ON approval_task_12.hospital_id = approval_instance_13.hospital_id AND approval_task_12.instance_id = approval_instance_13.id 
WHERE approval_instance_13.hospital_id = $5::INTEGER AND approval_task_12.hospital_id = $5::INTEGER AND approval_instance_13.document_id = document_seen.id AND approval_task_12.status = 'pending' ORDER BY approval_task_12.seq) AS made_16) AS "pendingTasks", (SELECT coalesce(json_agg(row_to_json(made_21)), '[]'::json) AS coalesce_5 
FROM (SELECT approval_entry_17.seq AS "seq", upper(CAST(approval_entry_17.kind AS TEXT) COLLATE "C") AS "kind", replace(to_char(approval_entry_17.happened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "happenedAt", (SELECT row_to_json(made_20) AS row_to_json_6 
FROM (SELECT staff_19.name AS "name" 
FROM staff AS staff_19 
WHERE staff_19.hospital_id = $5::INTEGER AND staff_19.id = approval_entry_17.actor_id) AS made_20) AS "actor" 
FROM approval_instance AS approval_instance_18 JOIN approval_entry AS approval_entry_17 ON approval_entry_17.hospital_id = approval_instance_18.hospital_id AND approval_entry_17.instance_id = approval_instance_18.id 
WHERE approval_instance_18.hospital_id = $5::INTEGER AND approval_entry_17.hospital_id = $5::INTEGER AND approval_instance_18.document_id = document_seen.id ORDER BY approval_entry_17.seq) AS made_21) AS "timeline" 
FROM (SELECT document.hospital_id AS hospital_id, document.id AS id, document.number AS number, document.scenario_code AS scenario_code, document.scenario_version AS scenario_version, document.title AS title, document.requester_id AS requester_id, document.department_id AS department_id, document.campus_id AS campus_id, document.status AS status, document.amount_fen AS amount_fen, document.values AS values, document.deductions AS deductions, document.version AS version, document.snapshot_hash AS snapshot_hash, document.created_at AS created_at, document.submitted_at AS submitted_at, document.finished_at AS finished_at 
FROM document 
WHERE document.id = $6::UUID AND document.hospital_id = $5::INTEGER AND (document.requester_id = $7::UUID OR (EXISTS (SELECT approval_task.id 
FROM approval_task JOIN approval_instance ON approval_instance.hospital_id = approval_task.hospital_id AND approval_instance.id = approval_task.instance_id 
WHERE approval_instance.hospital_id = $5::INTEGER AND approval_instance.document_id = document.id AND (approval_task.assignee_id = $7::UUID OR approval_task.principal_id = $7::UUID))) OR document.department_id = ANY ($8::UUID[]))) AS document_seen) AS made_22) AS "document") AS data) AS body
FROM (SELECT set_config('app.hospital_id', $9::TEXT, true), set_config('app.staff_id', $10::TEXT, true) OFFSET 0) AS scope
