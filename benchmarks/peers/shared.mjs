// What the servers of the peers have in common: connections, the proof of a token, words.

import { createHash } from 'node:crypto';
import pg from 'pg';

const TIMESTAMPTZ = 1184;
// Microseconds stay: a JavaScript Date would lose them.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => text);

export const port = Number(process.argv[2]);

/** Ten connections, as each server of the benchmark has. PGHOST, PGUSER, PGDATABASE say where. */
export const poolOf = (options = '') =>
  new pg.Pool({ max: 10, idleTimeoutMillis: 0, options: `-c timezone=UTC ${options}` });

// Who is behind a token, if a role lets them decide. In a transaction it leaves what row-level
// security reads set for the statements that follow.
const PROOF = `
SELECT (
 SELECT set_config('app.staff_id', family.staff_id::text, true)
   FROM access_token token
   JOIN session_family family ON family.hospital_id = $2 AND family.id = token.family_id
   JOIN device ON device.hospital_id = $2 AND device.id = family.device_id
   JOIN staff ON staff.hospital_id = $2 AND staff.id = family.staff_id
  WHERE token.hospital_id = $2 AND token.token_hash = $3 AND token.expires_at > now()
    AND family.ended_at IS NULL AND device.revoked_at IS NULL AND staff.active
    AND EXISTS (
     SELECT 1 FROM role_assignment held
      WHERE held.hospital_id = $2 AND held.staff_id = family.staff_id
        AND held.role IN ('employee', 'dept_head')
        AND held.valid_from <= current_date
        AND (held.valid_to IS NULL OR held.valid_to > current_date))
) AS "staffId"
FROM (SELECT set_config('app.hospital_id', $1, true) OFFSET 0) scope`;

/** Hospital and hash of the token of a request. */
export function tokenOf(headers) {
  const token = (headers.authorization ?? '').replace(/^Bearer /, '');
  const hospitalId = Number.parseInt(token.split('.')[0], 36);
  return { hospitalId, hash: createHash('sha256').update(token).digest() };
}

/** The person behind the token; `client` may be a pool. Throws where there is none. */
export async function proven(client, headers) {
  const { hospitalId, hash } = tokenOf(headers);
  const values = [String(hospitalId), hospitalId, hash];
  const { rows } = await client.query({ name: 'proof', text: PROOF, values });
  const staffId = rows[0].staffId;
  if (!staffId) throw new Error('UNAUTHENTICATED');
  return { hospitalId, staffId };
}

export const globalId = (kind, key) => `${kind}:${key}`;

export const keyOf = (id) => id.split(':')[1];

/** PostgreSQL's text of a moment in UTC as ISO 8601, with six digits where there is a fraction. */
export function iso(text) {
  if (text === null) return null;
  const [seconds, fraction] = text.replace(' ', 'T').replace('+00', '').split('.');
  return fraction ? `${seconds}.${fraction.padEnd(6, '0')}+00:00` : `${seconds}+00:00`;
}

/** Fen as a bigint's text to yuan with two decimals. */
export function yuan(fen) {
  const digits = fen.padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The part of our schema that the benchmark asks for; enums are texts here, which is cheaper. */
export const SDL = `
type Department { id: ID! name: String! }
type Staff { id: ID! employeeNumber: String! name: String! department: Department }
type DocumentLine { id: ID! position: Int! description: String! expenseType: String! amount: String! }
type Document { id: ID! number: String! scenarioCode: String! title: String! status: String!
  amount: String! snapshotHash: String submittedAt: String requester: Staff department: Department
  lines: [DocumentLine!]! }
type Task { id: ID! kind: String! status: String! nodeKey: String! claimed: Boolean! verdict: String
  openedAt: String dueAt: String document: Document }
type TaskEdge { cursor: String! node: Task! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type TaskConnection { edges: [TaskEdge!]! pageInfo: PageInfo! }
type TodoCounts { total: Int! overdue: Int! }
type Query { todo(first: Int!): TaskConnection! todoCounts: TodoCounts! unreadCount: Int! }
`;
