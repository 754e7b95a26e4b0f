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
(SELECT textsend(concat('{"inboxVersion":', coalesce('"' || to_hex(hashint8extended((SELECT count(*) AS count_1 
FROM notification 
WHERE notification.hospital_id = caller.place_5 AND notification.recipient_id = caller.place_6 AND notification.state = 'live'), 0) # (SELECT coalesce(bit_xor(newest.word), 0) AS coalesce_1 
FROM (SELECT uuid_hash_extended(notification.id, CAST(hashtext(CAST(notification.state AS TEXT)) AS BIGINT)) AS word 
FROM notification 
WHERE notification.hospital_id = caller.place_5 AND notification.recipient_id = caller.place_6 ORDER BY notification.created_at DESC, notification.id DESC 
 LIMIT 50) AS newest)) || '"', 'null'), ',"unreadCount":', coalesce(CAST((SELECT count(*) AS count_2 
FROM notification 
WHERE notification.hospital_id = caller.place_5 AND notification.recipient_id = caller.place_6 AND notification.state = 'live') AS TEXT), 'null'), '}')) AS body) AS body
FROM (SELECT set_config('app.hospital_id', $1::TEXT, true), set_config('app.staff_id', '', true) OFFSET 0) AS scope,
 unnest($2::INTEGER[], $3::BYTEA[], $4::UUID[], $5::DATE[], $6::INTEGER[], $7::UUID[]) WITH ORDINALITY AS caller(place_1, place_2, place_3, place_4, place_5, place_6, number)
