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
     WHERE token.hospital_id = caller.place_1 AND token.token_hash = caller.place_2
       AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    ) AS marked) AS proof, (SELECT string_agg(marked::text, ' ') FROM (
    SELECT DISTINCT role, scope_kind, scope_id
      FROM role_assignment
     WHERE hospital_id = caller.place_1 AND staff_id = caller.place_3
       AND valid_from <= caller.place_4 AND (valid_to IS NULL OR valid_to > caller.place_4)
     ORDER BY role, scope_kind, scope_id
    ) AS marked) AS roles,
(SELECT textsend(concat('{"todoCounts":', coalesce((SELECT concat('{"total":', coalesce(CAST(waiting.total AS TEXT), 'null'), ',"overdue":', coalesce(CAST(waiting.overdue AS TEXT), 'null'), ',"byKind":', (SELECT concat('[', string_agg(made_2.told, ','), ']') AS concat_1 
FROM (SELECT concat('{"kind":', coalesce('"' || upper(CAST(waiting_1.value AS TEXT) COLLATE "C") || '"', 'null'), ',"number":', coalesce(CAST(waiting_1.number AS TEXT), 'null'), '}') AS told 
FROM (SELECT approval_task.kind AS value, count(*) AS number 
FROM approval_task 
WHERE approval_task.hospital_id = caller.place_5 AND approval_task.assignee_id = caller.place_6 AND approval_task.status = 'pending' AND approval_task.kind != 'copy' GROUP BY approval_task.kind) AS waiting_1 ORDER BY CAST(waiting_1.value AS TEXT) COLLATE "C") AS made_2), ',"byScenario":', (SELECT concat('[', string_agg(made_4.told, ','), ']') AS concat_2 
FROM (SELECT concat('{"scenarioCode":', coalesce(to_json(CAST(waiting_3.value AS TEXT)), 'null'::json), ',"number":', coalesce(CAST(waiting_3.number AS TEXT), 'null'), '}') AS told 
FROM (SELECT approval_instance.flow_code AS value, count(*) AS number 
FROM approval_task JOIN approval_instance ON approval_instance.hospital_id = approval_task.hospital_id AND approval_instance.id = approval_task.instance_id 
WHERE approval_task.hospital_id = caller.place_5 AND approval_task.assignee_id = caller.place_6 AND approval_task.status = 'pending' AND approval_task.kind != 'copy' GROUP BY approval_instance.flow_code) AS waiting_3 ORDER BY CAST(waiting_3.value AS TEXT) COLLATE "C") AS made_4), '}') AS told 
FROM (SELECT count(*) AS total, count(*) FILTER (WHERE approval_task.due_at < caller.place_7) AS overdue 
FROM approval_task 
WHERE approval_task.hospital_id = caller.place_5 AND approval_task.assignee_id = caller.place_6 AND approval_task.status = 'pending' AND approval_task.kind != 'copy') AS waiting), 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $1::TEXT, true), set_config('app.staff_id', '', true) OFFSET 0) AS scope,
 unnest($2::INTEGER[], $3::BYTEA[], $4::UUID[], $5::DATE[], $6::INTEGER[], $7::UUID[], $8::TIMESTAMP WITH TIME ZONE[]) WITH ORDINALITY AS caller(place_1, place_2, place_3, place_4, place_5, place_6, place_7, number)
