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
(SELECT textsend(concat('{"inbox":', coalesce((SELECT concat('{"edges":[', whole_3.part_0, '],"pageInfo":{"hasNextPage":', CAST(whole_3.has_next AS TEXT), ',"endCursor":', coalesce('"' || encode(timestamptz_send(whole_3.end_0) || uuid_send(whole_3.end_1), 'base64') || '"', 'null'), '}}') AS concat_1 
FROM (SELECT string_agg(concat('{"cursor":"', encode(timestamptz_send(numbered_2.created_at) || uuid_send(numbered_2.id), 'base64'), '","node":{"id":"Notification:', numbered_2.id, '","kind":', to_json(CAST(numbered_2.kind AS TEXT)), ',"category":', to_json(CAST(numbered_2.category AS TEXT)), ',"urgency":"', upper(CAST(numbered_2.urgency AS TEXT) COLLATE "C"), '","subjectType":', coalesce(to_json(CAST(CASE CAST(numbered_2.subject_type AS TEXT) WHEN 'approval_task' THEN 'Task' ELSE replace(initcap(replace(numbered_2.subject_type, '_', ' ')), ' ', '') END AS TEXT)), 'null'::json), ',"subjectId":', coalesce(to_json(CAST(CAST(CASE CAST(numbered_2.subject_type AS TEXT) WHEN 'approval_task' THEN 'Task' ELSE replace(initcap(replace(numbered_2.subject_type, '_', ' ')), ' ', '') END AS TEXT) || ':' || CAST(numbered_2.subject_id AS TEXT) AS TEXT)), 'null'::json), ',"deepLink":', coalesce(to_json(CAST('n/' || numbered_2.public_id AS TEXT)), 'null'::json), ',"ordinal":', numbered_2.ordinal, ',"state":"', upper(CAST(numbered_2.state AS TEXT) COLLATE "C"), '","createdAt":"', replace(to_char(numbered_2.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', ''), '","readAt":', coalesce('"' || replace(to_char(numbered_2.read_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '') || '"', 'null'), '}}'), ',' ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7) AS part_0, count(*) > caller.place_7 AS has_next, 1 AS one, (array_agg(numbered_2.created_at ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7))[CAST(least(count(*), caller.place_7) AS INTEGER)] AS end_0, (array_agg(numbered_2.id ORDER BY numbered_2.page_place) FILTER (WHERE numbered_2.page_place <= caller.place_7))[CAST(least(count(*), caller.place_7) AS INTEGER)] AS end_1 
FROM (SELECT page_1.hospital_id AS hospital_id, page_1.id AS id, page_1.event_id AS event_id, page_1.recipient_id AS recipient_id, page_1.kind AS kind, page_1.category AS category, page_1.urgency AS urgency, page_1.subject_type AS subject_type, page_1.subject_id AS subject_id, page_1.public_id AS public_id, page_1.params AS params, page_1.dedupe_key AS dedupe_key, page_1.collapse_key AS collapse_key, page_1.ordinal AS ordinal, page_1.state AS state, page_1.created_at AS created_at, page_1.expires_at AS expires_at, page_1.read_at AS read_at, page_1.acted_at AS acted_at, row_number() OVER (ORDER BY page_1.created_at DESC, page_1.id DESC) AS page_place 
FROM (SELECT notification.hospital_id AS hospital_id, notification.id AS id, notification.event_id AS event_id, notification.recipient_id AS recipient_id, notification.kind AS kind, notification.category AS category, notification.urgency AS urgency, notification.subject_type AS subject_type, notification.subject_id AS subject_id, notification.public_id AS public_id, notification.params AS params, notification.dedupe_key AS dedupe_key, notification.collapse_key AS collapse_key, notification.ordinal AS ordinal, notification.state AS state, notification.created_at AS created_at, notification.expires_at AS expires_at, notification.read_at AS read_at, notification.acted_at AS acted_at 
FROM notification 
WHERE notification.hospital_id = caller.place_1 AND notification.recipient_id = caller.place_2 AND notification.hospital_id = caller.place_1 ORDER BY notification.created_at DESC, notification.id DESC 
 LIMIT caller.place_7 + 1) AS page_1) AS numbered_2) AS whole_3 
WHERE whole_3.one = 1), 'null'), ',"unreadCount":', coalesce(CAST((SELECT count(*) AS count_1 
FROM notification 
WHERE notification.hospital_id = caller.place_1 AND notification.recipient_id = caller.place_2 AND notification.state = 'live') AS TEXT), 'null'), ',"inboxVersion":', coalesce('"' || to_hex(hashint8extended((SELECT count(*) AS count_2 
FROM notification 
WHERE notification.hospital_id = caller.place_1 AND notification.recipient_id = caller.place_2 AND notification.state = 'live'), 0) # (SELECT coalesce(bit_xor(newest.word), 0) AS coalesce_1 
FROM (SELECT uuid_hash_extended(notification.id, CAST(hashtext(CAST(notification.state AS TEXT)) AS BIGINT)) AS word 
FROM notification 
WHERE notification.hospital_id = caller.place_1 AND notification.recipient_id = caller.place_2 ORDER BY notification.created_at DESC, notification.id DESC 
 LIMIT 50) AS newest)) || '"', 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $1::TEXT, true), set_config('app.staff_id', '', true) OFFSET 0) AS scope,
 unnest($2::INTEGER[], $3::UUID[], $4::INTEGER[], $5::BYTEA[], $6::UUID[], $7::DATE[], $8::BIGINT[]) WITH ORDINALITY AS caller(place_1, place_2, place_3, place_4, place_5, place_6, place_7, number)
