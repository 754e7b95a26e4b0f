// Approving, by Mercurius with graphql-jit and one PostgreSQL transaction written by hand. It leaves
// the same rows as our decideTask at a first step: the key, the decision, seven entries of the
// timeline, the seats of the next step with their notifications, three events, the audit row. It
// knows one flow: no route is asked again, no controls run, no calendar says when the next is due.

import Fastify from 'fastify';
import mercurius from 'mercurius';
import { globalId, keyOf, poolOf, port, proven, yuan } from './shared.mjs';

const pool = poolOf();

const SCHEMA = `
enum Verdict { APPROVED REJECTED ABSTAINED SENT_BACK }
input DecideTaskInput { idempotencyKey: String! taskId: ID! snapshotHash: String! verdict: Verdict!
  comment: String }
type Document { id: ID! number: String! status: String! amount: String! }
type UserError { code: String! message: String! }
type DocumentPayload { document: Document userErrors: [UserError!]! replayed: Boolean! }
type Query { ready: Boolean! }
type Mutation { decideTask(input: DecideTaskInput!): DocumentPayload! }
`;

const CLAIM = `
INSERT INTO idempotency_record (hospital_id, staff_id, key, operation, request_hash, created_at)
VALUES ($1, $2, $3, 'decideTask', md5($4), now()) ON CONFLICT DO NOTHING RETURNING key`;
const LOCK = `
SELECT task.assignee_id, task.status AS task_status, task.run, task.node_key, instance.id AS instance_id,
       instance.version, instance.round, instance.snapshot_hash, document.id AS document_id,
       document.number, document.title, document.status, document.amount_fen, node.position
  FROM approval_task task
  JOIN approval_instance instance
    ON instance.hospital_id = task.hospital_id AND instance.id = task.instance_id
  JOIN document ON document.hospital_id = instance.hospital_id AND document.id = instance.document_id
  JOIN approval_node node ON node.hospital_id = instance.hospital_id
   AND node.instance_id = instance.id AND node.node_key = task.node_key
 WHERE task.hospital_id = $1 AND task.id = $2
   FOR UPDATE OF document, instance`;
const TASK = `
UPDATE approval_task SET status = 'decided', verdict = 'approved', decided_at = now()
 WHERE hospital_id = $1 AND id = $2`;
const DECISION = `
INSERT INTO approval_decision (hospital_id, id, instance_id, task_id, node_key, run, round, seq,
  actor_id, verdict, binding, automatic, comment, evidence, snapshot_hash, decided_at)
VALUES ($1, uuidv7(), $2, $3, $4, $5, $6, $7, $8, 'approved', true, false, '', '{}', $9, now())`;
const NODES = `
UPDATE approval_node SET
  status = CASE WHEN node_key = $3 THEN 'done' ELSE 'active' END,
  opened_at = coalesce(opened_at, now()),
  closed_at = CASE WHEN node_key = $3 THEN now() END
 WHERE hospital_id = $1 AND instance_id = $2 AND node_key IN ($3, 'finance_review')`;
const HOLDERS = `
SELECT staff_id FROM role_assignment
 WHERE hospital_id = $1 AND role = 'finance_review' AND valid_from <= current_date
   AND (valid_to IS NULL OR valid_to > current_date) ORDER BY staff_id`;
const SEATS = `
INSERT INTO approval_task (hospital_id, id, instance_id, node_key, run, seat, seq, kind, role, status,
  assignee_id, claimed, opened_at, due_at)
SELECT $1, uuidv7(), $2, 'finance_review', 1, place, $3 + 6 + place, 'decide', 'main', 'pending', one,
       false, now(), now() + interval '3 days'
  FROM unnest($4::uuid[]) WITH ORDINALITY AS holder (one, place) RETURNING id, assignee_id`;
const ENTRIES = `
INSERT INTO approval_entry (hospital_id, id, instance_id, seq, round, kind, actor_id, node_key, task_id,
  staff_ids, data, happened_at)
SELECT $1, uuidv7(), $2, $3 + place, $4, kind, $5, node_key, task_id, '[]', '{}', now()
  FROM unnest($6::text[], $7::text[], $8::uuid[]) WITH ORDINALITY
    AS entry (kind, node_key, task_id, place)`;
const INSTANCE = `
UPDATE approval_instance SET version = $3, state = state || jsonb_build_object('version', $3::bigint)
 WHERE hospital_id = $1 AND id = $2`;
const TOLD = `
UPDATE notification SET state = 'acted', acted_at = now()
 WHERE hospital_id = $1 AND subject_type = 'task' AND subject_id = $2 AND state = 'live'`;
const TELL = `
INSERT INTO notification (hospital_id, id, recipient_id, kind, category, urgency, subject_type,
  subject_id, public_id, params, dedupe_key, collapse_key, state, created_at, expires_at)
SELECT $1, uuidv7(), recipient, 'approver_todo', 'todo', 'normal', 'task', task_id,
       replace(gen_random_uuid()::text, '-', ''), $4, 'approver_todo:' || task_id,
       left(md5(task_id::text), 22), 'live', now(), now() + interval '90 days'
  FROM unnest($2::uuid[], $3::uuid[]) AS told (recipient, task_id)`;
const EVENTS = `
INSERT INTO event (hospital_id, id, kind, dedupe_key, subject_type, subject_id, occurred_at)
SELECT $1, uuidv7(), kind, kind || ':' || subject_id, 'task', subject_id, now()
  FROM unnest($2::text[], $3::uuid[]) AS happened (kind, subject_id)`;
const AUDIT = `
INSERT INTO audit_event (hospital_id, id, actor_id, action, subject_type, subject_id, detail, occurred_at)
VALUES ($1, uuidv7(), $2, 'approval.decided', 'document', $3, $4, now())`;
const RESULT = `
UPDATE idempotency_record SET result = $4 WHERE hospital_id = $1 AND staff_id = $2 AND key = $3`;

const refused = (code) => ({ document: null, userErrors: [{ code, message: code }], replayed: false });

async function decide(client, headers, input) {
  const { hospitalId, staffId } = await proven(client, headers);
  const ask = async (name, text, ...values) =>
    (await client.query({ name, text, values: [hospitalId, ...values] })).rows;
  const taskId = keyOf(input.taskId);
  const claimed = await ask('claim', CLAIM, staffId, input.idempotencyKey, JSON.stringify(input));
  if (!claimed.length) return refused('REPLAYED');
  const [row] = await ask('lock', LOCK, taskId);
  if (!row || row.assignee_id !== staffId) return refused('TASK_NOT_FOUND');
  if (row.task_status !== 'pending') return refused('TASK_NOT_OPEN');
  if (row.snapshot_hash !== input.snapshotHash) return refused('SNAPSHOT_STALE');
  const { instance_id: instance, node_key: node, document_id: document } = row;
  const seq = Number(row.version);
  await ask('task', TASK, taskId);
  await ask('decision', DECISION, instance, taskId, node, row.run, row.round, seq + 1, staffId, row.snapshot_hash);
  await ask('nodes', NODES, instance, node);
  const holders = (await ask('holders', HOLDERS)).map((one) => one.staff_id);
  const seats = await ask('seats', SEATS, instance, seq - 1, holders);
  const tasks = seats.map((one) => one.id);
  const kinds = ['decided', 'node_done', 'node_skipped', 'node_skipped', 'node_opened', ...tasks.map(() => 'task_opened')];
  const nodes = [node, node, 'functional_dept_head', 'special_approval', ...Array(1 + tasks.length).fill('finance_review')];
  await ask('entries', ENTRIES, instance, seq, row.round, staffId, kinds, nodes, [taskId, null, null, null, null, ...tasks]);
  await ask('instance', INSTANCE, instance, seq + kinds.length);
  await ask('told', TOLD, taskId);
  const params = JSON.stringify({ title: row.title, number: row.number, result: 'task_opened' });
  await ask('tell', TELL, seats.map((one) => one.assignee_id), tasks, params);
  await ask('events', EVENTS, ['inbox.withdrawn', ...tasks.map(() => 'approver_todo')], [taskId, ...tasks]);
  await ask('audit', AUDIT, staffId, document, JSON.stringify({ task: taskId, verdict: 'approved' }));
  await ask('result', RESULT, staffId, input.idempotencyKey, JSON.stringify({ document_id: document }));
  return {
    document: {
      id: globalId('Document', document),
      number: row.number,
      status: row.status.toUpperCase(),
      amount: yuan(row.amount_fen),
    },
    userErrors: [],
    replayed: false,
  };
}

const resolvers = {
  Query: { ready: () => true },
  Mutation: {
    async decideTask(_, { input }, { headers }) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const payload = await decide(client, headers, input);
        await client.query(payload.userErrors.length ? 'ROLLBACK' : 'COMMIT');
        return payload;
      } catch (problem) {
        await client.query('ROLLBACK');
        throw problem;
      } finally {
        client.release();
      }
    },
  },
};

const app = Fastify();
app.register(mercurius, {
  schema: SCHEMA,
  resolvers,
  jit: 1,
  context: (request) => ({ headers: request.headers }),
});
await app.listen({ port, host: '127.0.0.1' });
