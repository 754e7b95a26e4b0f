// PostGraphile 5 with its Amber preset over our tables and a schema `peer` of three functions, the
// predicates of the inbox. The token is proven by one statement; `pgSettings` sets what row-level
// security reads for each transaction.

import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { poolOf, port, proven } from './shared.mjs';

const pool = poolOf();
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ['public', 'peer'] })],
  grafast: {
    async context({ node }) {
      const { hospitalId, staffId } = await proven(pool, node.req.headers);
      return { pgSettings: { 'app.hospital_id': String(hospitalId), 'app.staff_id': staffId } };
    },
  },
  grafserv: { graphqlPath: '/graphql', watch: false, graphiql: false },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(port, '127.0.0.1');
