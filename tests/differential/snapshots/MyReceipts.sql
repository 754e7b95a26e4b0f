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
(SELECT convert_to(row_to_json(data) :: text, 'UTF8') AS body 
FROM (SELECT (SELECT row_to_json(connection_7) AS row_to_json_1 
FROM (SELECT whole_5.part_0 AS "edges", (SELECT row_to_json(info_6) AS row_to_json_2 
FROM (SELECT whole_5.has_next AS "hasNextPage", split_part(replace(encode(convert_to('["' || replace(to_char(whole_5.end_0, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '","' || replace(CAST(whole_5.end_1 AS TEXT), '-', '') || '"]', 'UTF8'), 'base64'), chr(10), ''), '=', 1) AS "endCursor") AS info_6) AS "pageInfo" 
FROM (SELECT coalesce(json_agg((SELECT row_to_json(edge_4) AS row_to_json_3 
FROM (SELECT split_part(replace(encode(convert_to('["' || replace(to_char(numbered_2.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '","' || replace(CAST(numbered_2.id AS TEXT), '-', '') || '"]', 'UTF8'), 'base64'), chr(10), ''), '=', 1) AS "cursor", (SELECT row_to_json(node_3) AS row_to_json_4 
FROM (SELECT split_part(encode(convert_to('Receipt:' || CAST(numbered_2.id AS TEXT), 'UTF8'), 'base64'), '=', 1) AS "id", upper(CAST(numbered_2.status AS TEXT) COLLATE "C") AS "status", CASE CAST(numbered_2.kind AS TEXT) WHEN 'digital_normal' THEN 'DIGITAL_NORMAL' WHEN 'digital_special' THEN 'DIGITAL_SPECIAL' WHEN 'vat_e_normal' THEN 'VAT_E_NORMAL' WHEN 'vat_e_special' THEN 'VAT_E_SPECIAL' WHEN 'vat_normal' THEN 'VAT_NORMAL' WHEN 'vat_special' THEN 'VAT_SPECIAL' WHEN 'vat_roll' THEN 'VAT_ROLL' WHEN 'rail_paper' THEN 'RAIL_PAPER' WHEN 'rail_e' THEN 'RAIL_E' WHEN 'taxi' THEN 'TAXI' WHEN 'toll' THEN 'TOLL' WHEN 'toll_e' THEN 'TOLL_E' WHEN 'quota' THEN 'QUOTA' WHEN 'machine_printed' THEN 'MACHINE_PRINTED' WHEN 'itinerary' THEN 'ITINERARY' WHEN 'bus' THEN 'BUS' WHEN 'medical_e' THEN 'MEDICAL_E' WHEN 'medical' THEN 'MEDICAL' WHEN 'nontax_e' THEN 'NONTAX_E' WHEN 'receipt' THEN 'SHOP' WHEN 'unknown' THEN 'UNKNOWN' ELSE NULL END AS "kind", CASE CAST(numbered_2.kind AS TEXT) WHEN 'digital_normal' THEN '数电发票（普通发票）' WHEN 'digital_special' THEN '数电发票（增值税专用发票）' WHEN 'vat_e_normal' THEN '增值税电子普通发票' WHEN 'vat_e_special' THEN '增值税电子专用发票' WHEN 'vat_normal' THEN '增值税普通发票' WHEN 'vat_special' THEN '增值税专用发票' WHEN 'vat_roll' THEN '增值税普通发票（卷票）' WHEN 'rail_paper' THEN '火车票' WHEN 'rail_e' THEN '铁路电子客票' WHEN 'taxi' THEN '出租车发票' WHEN 'toll' THEN '通行费票据' WHEN 'toll_e' THEN '通行费电子发票' WHEN 'quota' THEN '定额发票' WHEN 'machine_printed' THEN '通用机打发票' WHEN 'itinerary' THEN '航空运输电子客票行程单' WHEN 'bus' THEN '汽车客票' WHEN 'medical_e' THEN '医疗收费电子票据' WHEN 'medical' THEN '医疗收费票据' WHEN 'nontax_e' THEN '非税收入电子票据' WHEN 'receipt' THEN '购物小票' WHEN 'unknown' THEN '未识别的票据' ELSE NULL END AS "kindLabel", numbered_2.original_name AS "originalName", CASE WHEN (numbered_2.working_key IS NOT NULL AND numbered_2.working_key != '') THEN '/downloads/receipts/' || split_part(encode(convert_to('Receipt:' || CAST(numbered_2.id AS TEXT), 'UTF8'), 'base64'), '=', 1) || '/picture' ELSE NULL END AS "pictureUrl", EXISTS (SELECT receipt_use.id 
FROM receipt_use 
WHERE receipt_use.hospital_id = numbered_2.hospital_id AND receipt_use.receipt_id = numbered_2.id AND receipt_use.state != 'released') AS "used", replace(to_char(numbered_2.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') AS "createdAt") AS node_3) AS "node") AS edge_4) ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= $8::BIGINT), '[]'::json) AS part_0, count(*) > $8::BIGINT AS has_next, 1 AS one, (array_agg(numbered_2.created_at ORDER BY numbered_2.page_place DESC) FILTER (WHERE numbered_2.page_place <= $8::BIGINT))[1] AS end_0, (array_agg(numbered_2.id ORDER BY numbered_2.page_place DESC) FILTER (WHERE numbered_2.page_place <= $8::BIGINT))[1] AS end_1 
FROM (SELECT page_1.hospital_id AS hospital_id, page_1.id AS id, page_1.sha256 AS sha256, page_1.size_bytes AS size_bytes, page_1.content_type AS content_type, page_1.original_name AS original_name, page_1.storage_key AS storage_key, page_1.working_key AS working_key, page_1.uploaded_by AS uploaded_by, page_1.split_from AS split_from, page_1.part AS part, page_1.region AS region, page_1.cut_at AS cut_at, page_1.status AS status, page_1.failure_code AS failure_code, page_1.kind AS kind, page_1.reading AS reading, page_1.identity_key AS identity_key, page_1.fact_key AS fact_key, page_1.perceptual_hash AS perceptual_hash, page_1.qr_hint AS qr_hint, page_1.created_at AS created_at, page_1.queued_at AS queued_at, page_1.reading_attempts AS reading_attempts, page_1.read_at AS read_at, page_1.confirmed_at AS confirmed_at, page_1.discarded_at AS discarded_at, page_1.original_removed_at AS original_removed_at, row_number() OVER (ORDER BY page_1.created_at DESC, page_1.id DESC) AS page_place 
FROM (SELECT receipt.hospital_id AS hospital_id, receipt.id AS id, receipt.sha256 AS sha256, receipt.size_bytes AS size_bytes, receipt.content_type AS content_type, receipt.original_name AS original_name, receipt.storage_key AS storage_key, receipt.working_key AS working_key, receipt.uploaded_by AS uploaded_by, receipt.split_from AS split_from, receipt.part AS part, receipt.region AS region, receipt.cut_at AS cut_at, receipt.status AS status, receipt.failure_code AS failure_code, receipt.kind AS kind, receipt.reading AS reading, receipt.identity_key AS identity_key, receipt.fact_key AS fact_key, receipt.perceptual_hash AS perceptual_hash, receipt.qr_hint AS qr_hint, receipt.created_at AS created_at, receipt.queued_at AS queued_at, receipt.reading_attempts AS reading_attempts, receipt.read_at AS read_at, receipt.confirmed_at AS confirmed_at, receipt.discarded_at AS discarded_at, receipt.original_removed_at AS original_removed_at 
FROM receipt 
WHERE receipt.hospital_id = $1::INTEGER AND receipt.uploaded_by = $2::UUID AND receipt.cut_at IS NULL AND receipt.discarded_at IS NULL AND receipt.kind = ANY ($3::TEXT[]) AND NOT (EXISTS (SELECT receipt_use.id 
FROM receipt_use 
WHERE receipt_use.hospital_id = receipt.hospital_id AND receipt_use.receipt_id = receipt.id AND receipt_use.state != 'released')) AND receipt.hospital_id = $1::INTEGER ORDER BY receipt.created_at DESC, receipt.id DESC 
 LIMIT $8::BIGINT + 1) AS page_1) AS numbered_2) AS whole_5 
WHERE whole_5.one = 1) AS connection_7) AS "myReceipts") AS data) AS body
FROM (SELECT set_config('app.hospital_id', $9::TEXT, true), set_config('app.staff_id', $10::TEXT, true) OFFSET 0) AS scope
