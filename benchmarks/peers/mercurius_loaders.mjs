// Mercurius with graphql-jit and loaders, each one statement over all its keys. One transaction per
// request: the token is proven in it, and what row-level security reads is set for all that follows.

import Fastify from 'fastify';
import mercurius from 'mercurius';
import { SDL, globalId, iso, poolOf, port, proven, yuan } from './shared.mjs';

const pool = poolOf();

const WAITING = `hospital_id = $1 AND assignee_id = $2 AND status = 'pending' AND kind <> 'copy'`;
const TODO = `
SELECT task.id, task.kind, task.status, task.node_key, task.claimed, task.verdict, task.opened_at,
       task.due_at, instance.document_id,
       encode(timestamptz_send(task.opened_at) || uuid_send(task.id), 'base64') AS cursor
  FROM (SELECT * FROM approval_task WHERE ${WAITING} ORDER BY opened_at DESC, id DESC LIMIT $3) task
  JOIN approval_instance instance
    ON instance.hospital_id = task.hospital_id AND instance.id = task.instance_id
 ORDER BY task.opened_at DESC, task.id DESC`;
const COUNTS = `
SELECT count(*)::int AS total, (count(*) FILTER (WHERE due_at < now()))::int AS overdue
  FROM approval_task WHERE ${WAITING}`;
const UNREAD = `
SELECT count(*)::int AS number FROM notification
 WHERE hospital_id = $1 AND recipient_id = $2 AND state = 'live'`;
const DOCUMENTS = `
SELECT id, number, scenario_code, title, status, amount_fen, snapshot_hash, submitted_at,
       requester_id, department_id
  FROM document WHERE hospital_id = $1 AND id = ANY($2)`;
const STAFF = `
SELECT id, employee_number, name, department_id FROM staff WHERE hospital_id = $1 AND id = ANY($2)`;
const DEPARTMENTS = `SELECT id, name FROM department WHERE hospital_id = $1 AND id = ANY($2)`;
const LINES = `
SELECT id, document_id, position, description, expense_type, amount_fen
  FROM document_line WHERE hospital_id = $1 AND document_id = ANY($2) ORDER BY position`;

const ask = async (context, name, text, ...values) =>
  (await context.client.query({ name, text, values: [context.hospitalId, ...values] })).rows;

/** A loader over rows by their id. */
const byId = (name, text, keyOf, shaped) => async (queries, context) => {
  const keys = [...new Set(queries.map(({ obj }) => keyOf(obj)))];
  const rows = await ask(context, name, text, keys);
  const found = new Map(rows.map((row) => [row.id, shaped(row)]));
  return queries.map(({ obj }) => found.get(keyOf(obj)) ?? null);
};

const department = (row) => ({ id: globalId('Department', row.id), name: row.name });
const staff = (row) => ({
  id: globalId('Staff', row.id),
  employeeNumber: row.employee_number,
  name: row.name,
  departmentKey: row.department_id,
});
const document = (row) => ({
  key: row.id,
  id: globalId('Document', row.id),
  number: row.number,
  scenarioCode: row.scenario_code,
  title: row.title,
  status: row.status.toUpperCase(),
  amount: yuan(row.amount_fen),
  snapshotHash: row.snapshot_hash,
  submittedAt: iso(row.submitted_at),
  requesterKey: row.requester_id,
  departmentKey: row.department_id,
});
const task = (row) => ({
  id: globalId('Task', row.id),
  kind: row.kind.toUpperCase(),
  status: row.status.toUpperCase(),
  nodeKey: row.node_key,
  claimed: row.claimed,
  verdict: row.verdict?.toUpperCase() ?? null,
  openedAt: iso(row.opened_at),
  dueAt: iso(row.due_at),
  documentKey: row.document_id,
});
const line = (row) => ({
  id: globalId('DocumentLine', row.id),
  position: Number(row.position),
  description: row.description,
  expenseType: row.expense_type,
  amount: yuan(row.amount_fen),
});

const resolvers = {
  Query: {
    async todo(_, { first }, context) {
      const rows = await ask(context, 'todo', TODO, context.staffId, first + 1);
      const page = rows.slice(0, first);
      const edges = page.map((row) => ({ cursor: row.cursor, node: task(row) }));
      return {
        edges,
        pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null },
      };
    },
    async todoCounts(_, __, context) {
      return (await ask(context, 'counts', COUNTS, context.staffId))[0];
    },
    async unreadCount(_, __, context) {
      return (await ask(context, 'unread', UNREAD, context.staffId))[0].number;
    },
  },
};

const loaders = {
  Task: { document: byId('documents', DOCUMENTS, (one) => one.documentKey, document) },
  Staff: { department: byId('departments', DEPARTMENTS, (one) => one.departmentKey, department) },
  Document: {
    requester: byId('staff', STAFF, (one) => one.requesterKey, staff),
    department: byId('departments', DEPARTMENTS, (one) => one.departmentKey, department),
    async lines(queries, context) {
      const found = new Map(queries.map(({ obj }) => [obj.key, []]));
      for (const row of await ask(context, 'lines', LINES, [...found.keys()])) {
        found.get(row.document_id).push(line(row));
      }
      return queries.map(({ obj }) => found.get(obj.key));
    },
  },
};

const app = Fastify();
app.register(mercurius, {
  schema: SDL,
  resolvers,
  loaders,
  jit: 1,
  async context(request) {
    const client = await pool.connect();
    request.client = client;
    await client.query('BEGIN');
    return { client, ...(await proven(client, request.headers)) };
  },
});
app.addHook('onResponse', async (request) => {
  if (!request.client) return;
  await request.client.query('COMMIT');
  request.client.release();
});
await app.listen({ port, host: '127.0.0.1' });
