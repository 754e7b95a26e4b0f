#!/bin/sh
# Speak to a running server with the clients that front ends use: Apollo, urql, graphql-request,
# graphql-sse, graphql-ws; queries, trusted documents, subscriptions, refusals.
# The packages are installed into a folder of their own that is removed afterwards.
#
#   scripts/prove_clients.sh http://127.0.0.1:8000/graphql TOKEN
#
# TOKEN is an access token (the answer of Login). The server must run ad-hoc operations, as the demo does.
set -eu
url="${1:?usage: scripts/prove_clients.sh http://127.0.0.1:8000/graphql TOKEN}"
token="${2:?an access token is needed}"
manifest="$(cd "$(dirname "$0")/.." && pwd)/src/mobile_hrp/mobile_contract/manifest.json"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" graphql@16.15.0 @apollo/client@4.3.8 \
    rxjs@7.8.2 @urql/core@6.0.3 @urql/exchange-persisted@5.0.1 graphql-request@7.4.0 \
    graphql-sse@2.6.1 graphql-ws@6.4.2 ws@8.23.0 >/dev/null
cat >clients.mjs <<'SCRIPT'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { cacheExchange, createClient as createUrql, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { parse } from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';

const [, , url, token, manifest] = process.argv;
const trusted = new Map(JSON.parse(readFileSync(manifest, 'utf8')).operations.map((one) => [one.name, one]));
const headers = { authorization: `Bearer ${token}` };
const ME = 'query Who { me { id name } }';
const WRONG = 'query Wrong { me { nickname } }';
const TODO = 'subscription { todoChanged { total } }';
const nameOf = (document) => document.definitions.find((one) => one.kind === 'OperationDefinition').name.value;
const idOf = (document) => trusted.get(nameOf(document)).id;
const text = (name) => trusted.get(name).body;

/** Requests as they left, to see that a trusted document went by its hash alone. */
const sent = [];
const watched = (input, init) => {
  sent.push(String(init.body));
  return fetch(input, init);
};
const byHashAlone = (id) => {
  const body = JSON.parse(sent.at(-1));
  assert.equal(body.query, undefined);
  assert.equal(body.extensions.persistedQuery.sha256Hash, id);
};

const apollo = (...links) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([...links, new HttpLink({ uri: url, headers, fetch: watched })]),
    defaultOptions: { query: { fetchPolicy: 'network-only' } },
  });
const urql = (...exchanges) =>
  createUrql({
    url,
    preferGetMethod: false,
    exchanges: [...exchanges, fetchExchange],
    fetchOptions: { headers },
    fetch: watched,
  });
const first = (subscribe) =>
  new Promise((resolve, reject) => {
    const stop = subscribe({
      next: (value) => {
        resolve(value);
        setTimeout(() => stop());
      },
      error: reject,
      complete: () => {},
    });
  });

const checks = {
  async 'Apollo: a query'() {
    const { data } = await apollo().query({ query: gql(ME) });
    assert.ok(data.me.name);
  },
  async 'Apollo: a document that is not valid'() {
    const error = await apollo().query({ query: gql(WRONG) }).catch((problem) => problem);
    assert.equal(error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  },
  async 'Apollo: a persisted query, unknown at first, then sent with its text'() {
    const link = new PersistedQueryLink({ sha256: async (document) => (await import('node:crypto')).createHash('sha256').update(document).digest('hex') });
    const before = sent.length;
    const { data } = await apollo(link).query({ query: gql(ME) });
    assert.ok(data.me.name);
    assert.equal(sent.length - before, 2);
  },
  async 'Apollo: a trusted document by its hash'() {
    const link = new PersistedQueryLink({ generateHash: idOf });
    // Trusted documents hold no __typename, without which Apollo's cache reads no fragments.
    const { data } = await apollo(link).query({ query: parse(text('TodoCounts')), fetchPolicy: 'no-cache' });
    assert.equal(typeof data.todoCounts.total, 'number');
    byHashAlone(trusted.get('TodoCounts').id);
  },
  async 'urql: a query'() {
    const { data, error } = await urql(cacheExchange).query(ME, {}).toPromise();
    assert.equal(error, undefined);
    assert.ok(data.me.name);
  },
  async 'urql: a document that is not valid'() {
    const { error } = await urql().query(WRONG, {}).toPromise();
    assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  },
  async 'urql: a trusted document by its hash'() {
    const exchange = persistedExchange({
      enforcePersistedQueries: true,
      preferGetForPersistedQueries: false,
      generateHash: async (_, document) => idOf(document),
    });
    const { data, error } = await urql(exchange).query(parse(text('InboxVersion')), {}).toPromise();
    assert.equal(error, undefined);
    assert.ok(data.inboxVersion);
    byHashAlone(trusted.get('InboxVersion').id);
  },
  async 'graphql-request: a query, and a refusal'() {
    const client = new GraphQLClient(url, { headers });
    assert.ok((await client.request(ME)).me.name);
    const refused = await new GraphQLClient(url).request(ME).catch((problem) => problem);
    assert.equal(refused.response.errors[0].extensions.code, 'UNAUTHENTICATED');
  },
  async 'graphql-sse: a subscription and a query, distinct connections'() {
    const client = createSse({ url, headers, retryAttempts: 0 });
    const event = await first((sink) => client.subscribe({ query: TODO }, sink));
    assert.equal(typeof event.data.todoChanged.total, 'number');
    const answer = await first((sink) => client.subscribe({ query: ME }, sink));
    assert.ok(answer.data.me.name);
    client.dispose();
  },
  async 'graphql-ws: subscriptions side by side, a query, a refusal'() {
    const client = createWs({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: 0,
      keepAlive: 1000,
    });
    const events = await Promise.all([1, 2, 3].map(() => first((sink) => client.subscribe({ query: TODO }, sink))));
    assert.ok(events.every((event) => typeof event.data.todoChanged.total === 'number'));
    const answer = await first((sink) => client.subscribe({ query: ME }, sink));
    assert.ok(answer.data.me.name);
    const errors = await first((sink) => client.subscribe({ query: WRONG }, sink)).catch((problem) => problem);
    assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    await client.dispose();
  },
  async 'graphql-ws: a token that is none'() {
    const client = createWs({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: 'Bearer none' },
      retryAttempts: 0,
    });
    const closed = await first((sink) => client.subscribe({ query: TODO }, sink)).catch((problem) => problem);
    assert.equal(closed.code, 4403);
  },
};

let broken = 0;
for (const [name, check] of Object.entries(checks)) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('took too long')), 60_000).unref());
  try {
    await Promise.race([check(), late]);
    console.log('ok', name);
  } catch (problem) {
    broken++;
    console.log('BROKEN', name, '-', problem);
  }
}
console.log(`${Object.keys(checks).length - broken} of ${Object.keys(checks).length} ok`);
process.exit(broken ? 1 : 0);
SCRIPT
node clients.mjs "$url" "$token" "$manifest"
