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
(SELECT textsend(concat('{"document":', coalesce((SELECT concat('{"id":"Document:', document_seen.id, '","number":', to_json(CAST(document_seen.number AS TEXT)), ',"title":', to_json(CAST(document_seen.title AS TEXT)), ',"status":"', upper(CAST(document_seen.status AS TEXT) COLLATE "C"), '","amount":"', document_seen.amount_fen * 0.01, '","version":', document_seen.version, ',"snapshotHash":', coalesce(to_json(CAST(document_seen.snapshot_hash AS TEXT)), 'null'::json), ',"createdAt":"', replace(to_char(document_seen.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', ''), '","submittedAt":', coalesce('"' || replace(to_char(document_seen.submitted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), ',"requester":', coalesce((SELECT concat('{"id":"Staff:', staff_1.id, '","name":', to_json(CAST(staff_1.name AS TEXT)), ',"department":', coalesce((SELECT concat('{"name":', to_json(CAST(department_2.name AS TEXT)), '}') AS told 
FROM department AS department_2 
WHERE department_2.hospital_id = $5::INTEGER AND department_2.id = staff_1.department_id), 'null'), '}') AS told 
FROM staff AS staff_1 
WHERE staff_1.hospital_id = $5::INTEGER AND staff_1.id = document_seen.requester_id), 'null'), ',"department":', coalesce((SELECT concat('{"id":"Department:', department_3.id, '","name":', to_json(CAST(department_3.name AS TEXT)), '}') AS told 
FROM department AS department_3 
WHERE department_3.hospital_id = $5::INTEGER AND department_3.id = document_seen.department_id), 'null'), ',"lines":', (SELECT concat('[', string_agg(made_5.told, ','), ']') AS concat_1 
FROM (SELECT concat('{"id":"DocumentLine:', document_line_4.id, '","description":', to_json(CAST(document_line_4.description AS TEXT)), ',"amount":"', document_line_4.amount_fen * 0.01, '","budgetLineId":', coalesce('"' || 'BudgetLine:' || CAST(document_line_4.budget_line_id AS TEXT) || '"', 'null'), ',"receiptIds":', coalesce(to_json((SELECT coalesce(json_agg(told.id ORDER BY told.place), '[]'::json) AS coalesce_1 
FROM (SELECT 'Receipt:' || CAST(CAST(receipt_key.value AS UUID) AS TEXT) AS id, receipt_key.place AS place 
FROM jsonb_array_elements_text(document_line_4.receipt_ids) WITH ORDINALITY AS receipt_key(value, place)) AS told)), 'null'::json), '}') AS told 
FROM document_line AS document_line_4 
WHERE document_line_4.hospital_id = $5::INTEGER AND document_line_4.document_id = document_seen.id ORDER BY document_line_4.position) AS made_5), ',"route":', (SELECT concat('[', string_agg(made_8.told, ','), ']') AS concat_2 
FROM (SELECT concat('{"key":', to_json(CAST(approval_node_6.node_key AS TEXT)), ',"name":', to_json(CAST(approval_node_6.name AS TEXT)), ',"status":"', upper(CAST(approval_node_6.status AS TEXT) COLLATE "C"), '"}') AS told 
FROM approval_instance AS approval_instance_7 JOIN approval_node AS approval_node_6 ON approval_node_6.hospital_id = approval_instance_7.hospital_id AND approval_node_6.instance_id = approval_instance_7.id 
WHERE approval_instance_7.hospital_id = $5::INTEGER AND approval_node_6.hospital_id = $5::INTEGER AND approval_instance_7.document_id = document_seen.id AND approval_node_6.position IS NOT NULL ORDER BY approval_node_6.position) AS made_8), ',"pendingTasks":', (SELECT concat('[', string_agg(made_12.told, ','), ']') AS concat_3 
FROM (SELECT concat('{"id":"Task:', approval_task_9.id, '","assignee":', coalesce((SELECT concat('{"name":', to_json(CAST(staff_11.name AS TEXT)), '}') AS told 
FROM staff AS staff_11 
WHERE staff_11.hospital_id = $5::INTEGER AND staff_11.id = approval_task_9.assignee_id), 'null'), '}') AS told 
FROM approval_instance AS approval_instance_10 JOIN approval_task AS approval_task_9 ON approval_task_9.hospital_id = approval_instance_10.hospital_id AND approval_task_9.instance_id = approval_instance_10.id 
WHERE approval_instance_10.hospital_id = $5::INTEGER AND approval_task_9.hospital_id = $5::INTEGER AND approval_instance_10.document_id = document_seen.id AND approval_task_9.status = 'pending' ORDER BY approval_task_9.seq) AS made_12), ',"timeline":', (SELECT concat('[', string_agg(made_16.told, ','), ']') AS concat_4 
FROM (SELECT concat('{"seq":', approval_entry_13.seq, ',"kind":"', upper(CAST(approval_entry_13.kind AS TEXT) COLLATE "C"), '","happenedAt":"', replace(to_char(approval_entry_13.happened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', ''), '","actor":', coalesce((SELECT concat('{"name":', to_json(CAST(staff_15.name AS TEXT)), '}') AS told 
FROM staff AS staff_15 
WHERE staff_15.hospital_id = $5::INTEGER AND staff_15.id = approval_entry_13.actor_id), 'null'), '}') AS told 
FROM approval_instance AS approval_instance_14 JOIN approval_entry AS approval_entry_13 ON approval_entry_13.hospital_id = approval_instance_14.hospital_id AND approval_entry_13.instance_id = approval_instance_14.id 
WHERE approval_instance_14.hospital_id = $5::INTEGER AND approval_entry_13.hospital_id = $5::INTEGER AND approval_instance_14.document_id = document_seen.id ORDER BY approval_entry_13.seq) AS made_16), '}') AS told 
FROM (SELECT document.hospital_id AS hospital_id, document.id AS id, document.number AS number, document.scenario_code AS scenario_code, document.scenario_version AS scenario_version, document.title AS title, document.requester_id AS requester_id, document.department_id AS department_id, document.campus_id AS campus_id, document.status AS status, document.amount_fen AS amount_fen, document.values AS values, document.deductions AS deductions, document.version AS version, document.snapshot_hash AS snapshot_hash, document.created_at AS created_at, document.submitted_at AS submitted_at, document.finished_at AS finished_at 
FROM document 
WHERE document.id = $6::UUID AND document.hospital_id = $5::INTEGER AND (document.requester_id = $7::UUID OR (EXISTS (SELECT approval_task.id 
FROM approval_task JOIN approval_instance ON approval_instance.hospital_id = approval_task.hospital_id AND approval_instance.id = approval_task.instance_id 
WHERE approval_instance.hospital_id = $5::INTEGER AND approval_instance.document_id = document.id AND (approval_task.assignee_id = $7::UUID OR approval_task.principal_id = $7::UUID))) OR document.department_id = ANY ($8::UUID[]))) AS document_seen), 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $9::TEXT, true), set_config('app.staff_id', $10::TEXT, true) OFFSET 0) AS scope
