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
     WHERE token.hospital_id = $4::INTEGER AND token.token_hash = $5::BYTEA
       AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    ) AS marked) AS proof, (SELECT string_agg(marked::text, ' ') FROM (
    SELECT DISTINCT role, scope_kind, scope_id
      FROM role_assignment
     WHERE hospital_id = $4::INTEGER AND staff_id = $6::UUID
       AND valid_from <= $7::DATE AND (valid_to IS NULL OR valid_to > $7::DATE)
     ORDER BY role, scope_kind, scope_id
    ) AS marked) AS roles,
(SELECT textsend(concat('{"myDocuments":', coalesce((SELECT concat('{"edges":[', whole_3.part_0, '],"pageInfo":{"hasNextPage":', CAST(whole_3.has_next AS TEXT), ',"endCursor":', coalesce('"' || encode(timestamptz_send(whole_3.end_0) || uuid_send(whole_3.end_1), 'base64') || '"', 'null'), '}}') AS concat_1 
FROM (SELECT string_agg(concat('{"cursor":"', encode(timestamptz_send(numbered_2.created_at) || uuid_send(numbered_2.id), 'base64'), '","node":{"id":"Document:', numbered_2.id, '","number":', to_json(CAST(numbered_2.number AS TEXT)), ',"title":', to_json(CAST(numbered_2.title AS TEXT)), ',"status":"', upper(CAST(numbered_2.status AS TEXT) COLLATE "C"), '","amount":"', numbered_2.amount_fen * 0.01, '","createdAt":"', replace(to_char(numbered_2.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', ''), '"}}'), ',' ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= $8::BIGINT) AS part_0, count(*) > $8::BIGINT AS has_next, 1 AS one, (array_agg(numbered_2.created_at ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= $8::BIGINT))[CAST(least(count(*), $8::BIGINT) AS INTEGER)] AS end_0, (array_agg(numbered_2.id ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= $8::BIGINT))[CAST(least(count(*), $8::BIGINT) AS INTEGER)] AS end_1 
FROM (SELECT page_1.hospital_id AS hospital_id, page_1.id AS id, page_1.number AS number, page_1.scenario_code AS scenario_code, page_1.scenario_version AS scenario_version, page_1.title AS title, page_1.requester_id AS requester_id, page_1.department_id AS department_id, page_1.campus_id AS campus_id, page_1.status AS status, page_1.amount_fen AS amount_fen, page_1.values AS values, page_1.deductions AS deductions, page_1.version AS version, page_1.snapshot_hash AS snapshot_hash, page_1.created_at AS created_at, page_1.submitted_at AS submitted_at, page_1.finished_at AS finished_at, row_number() OVER (ORDER BY page_1.created_at DESC, page_1.id DESC) AS page_place 
FROM (SELECT document.hospital_id AS hospital_id, document.id AS id, document.number AS number, document.scenario_code AS scenario_code, document.scenario_version AS scenario_version, document.title AS title, document.requester_id AS requester_id, document.department_id AS department_id, document.campus_id AS campus_id, document.status AS status, document.amount_fen AS amount_fen, document.values AS values, document.deductions AS deductions, document.version AS version, document.snapshot_hash AS snapshot_hash, document.created_at AS created_at, document.submitted_at AS submitted_at, document.finished_at AS finished_at 
FROM document 
WHERE document.hospital_id = $1::INTEGER AND document.requester_id = $2::UUID AND document.status = ANY ($3::TEXT[]) AND document.hospital_id = $1::INTEGER ORDER BY document.created_at DESC, document.id DESC 
 LIMIT $8::BIGINT + 1) AS page_1) AS numbered_2) AS whole_3 
WHERE whole_3.one = 1), 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $9::TEXT, true), set_config('app.staff_id', $10::TEXT, true) OFFSET 0) AS scope
