// What the SDK promises, tried against a live server. Each scenario throws when a promise is broken.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** By what they say: objects of the realm have prototypes of their own. */
const same = (found, wanted, why) => assert.equal(JSON.stringify(found), JSON.stringify(wanted), why);

const never = () => new Promise(() => {});

/** Waits until `look` gives something; the whole run has a time limit of its own. */
async function until(look) {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Collects what a subscription or a poll says. */
function listening() {
  const heard = [];
  const errors = [];
  return { heard, errors, next: (data) => heard.push(data), error: (error) => errors.push(error) };
}

const draft = (t, more = {}) => ({
  input: {
    documentId: t.sdk.newId('Document'),
    scenarioCode: 'general_claim',
    title: '采购专用材料',
    values: t.config.values,
    ...more,
  },
});

const saved = async (t, client) => {
  const variables = draft(t);
  const { saveDraft } = await client.run(t.docs.SaveDraft, variables);
  same(saveDraft.userErrors, []);
  return variables.input.documentId;
};

const submissions = async (t, id) => {
  const { document } = await t.client().run(t.docs.Timeline, { id });
  return document.timeline.filter((one) => one.kind === 'OPENED').length;
};

export const shared = {
  async 'a query'(t) {
    const { me } = await t.client().run(t.docs.Me, {});
    assert.equal(me.name, t.config.name);
    const [sent] = t.phone.sent;
    const header = sent.header || sent.headers;
    assert.equal(header['x-hrp-transport'], 'mini');
    assert.match(sent.data, /^\{"documentId":"sha256:[0-9a-f]{64}","variables":\{\}\}$/);
  },

  async 'an error of the server'(t) {
    const refused = await t.client({ session: () => ({}) }).run(t.docs.Me, {}).catch((error) => error);
    assert.ok(refused instanceof t.sdk.HrpError);
    assert.equal(refused.code, 'UNAUTHENTICATED');
    assert.match(refused.message, /\p{Script=Han}/u);
    assert.ok(refused.traceId);
    assert.equal(t.phone.sent.length, 1);
  },

  async 'a mutation whose answer is lost'(t) {
    const id = await saved(t, t.client());
    t.proxy.cut(t.docs.SubmitDocument.id, 2);
    const lost = t.proxy.lost();
    const client = t.client({ url: t.proxy.url });
    const { submitDocument } = await client.run(t.docs.SubmitDocument, { input: { documentId: id } });
    same(submitDocument.userErrors, []);
    assert.equal(submitDocument.replayed, true);
    assert.equal(t.proxy.lost() - lost, 2);
    const bodies = t.phone.sent.filter((one) => one.data.includes(t.docs.SubmitDocument.id)).map((one) => one.data);
    assert.equal(bodies.length, 3);
    assert.equal(new Set(bodies).size, 1);
    assert.equal(await submissions(t, id), 1);
  },

  async 'a mutation without a key is not repeated'(t) {
    t.proxy.cut(t.docs.Logout.id, 1);
    const refused = await t.client({ url: t.proxy.url, session: () => ({ token: t.config.spare }) })
      .run(t.docs.Logout, {})
      .catch((error) => error);
    assert.equal(refused.code, 'NETWORK');
    assert.equal(refused.retryable, true);
    assert.equal(t.phone.sent.length, 1);
  },

  async 'twenty-five at once'(t) {
    const client = t.client();
    const answers = await Promise.all(Array.from({ length: 25 }, () => client.run(t.docs.Me, {})));
    assert.equal(answers.length, 25);
    assert.ok(answers.every(({ me }) => me.name === t.config.name));
    assert.equal(t.phone.refused, 0, 'the phone refused some');
    assert.equal(t.phone.most, 10, 'ten ran at once');
  },

  async 'an upload with the file last, then first'(t) {
    const receipts = [];
    for (const fileFirst of [false, true]) {
      t.phone.fileFirst = fileFirst;
      const { uploadReceipt } = await t.client().upload(
        t.docs.UploadReceipt,
        { input: { receiptId: t.sdk.newId('Receipt'), qrText: '01,32,,发票' } },
        t.photo(fileFirst ? 'first' : 'last'),
      );
      same(uploadReceipt.userErrors, []);
      receipts.push(uploadReceipt.receipt.id);
    }
    assert.equal(new Set(receipts).size, 2);
    const { receipt } = await t.client().run(t.docs.Receipt, { id: receipts[1] });
    assert.equal(receipt.contentType, 'image/jpeg');
  },

  async 'a file that is not there'(t) {
    const refused = await t.client()
      .upload(t.docs.UploadReceipt, { input: { receiptId: t.sdk.newId('Receipt') } }, t.photo('gone'))
      .catch((error) => error);
    assert.equal(refused.code, 'FILE_UNREADABLE');
    assert.match(refused.message, /重新选择/);
  },

  async 'an app that is too old'(t) {
    const told = [];
    const client = t.client({ client: `${t.app}/0.0.9`, onUpgrade: (error) => told.push(error) });
    const codes = [];
    for (let times = 0; times < 3; times++) codes.push((await client.run(t.docs.Me, {}).catch((error) => error)).code);
    same(codes, ['CLIENT_TOO_OLD', 'CLIENT_TOO_OLD', 'CLIENT_TOO_OLD']);
    assert.equal(told.length, 1);
    assert.equal(told[0].minimumVersion, '0.1.0');
    assert.match(told[0].upgradeUrl, /^https:/);
    assert.equal(t.phone.sent.length, 1, 'it stops asking');
  },

  async 'a domain that is not registered'(t) {
    const refused = await t.client({ url: 'https://elsewhere.invalid' }).run(t.docs.Me, {}).catch((error) => error);
    assert.ok(refused instanceof t.sdk.HrpError);
    assert.equal(refused.code, 'ILLEGAL_DOMAIN');
    assert.match(refused.message, /域名/);
    assert.ok(!refused.retryable);
    const upload = await t.client({ url: 'https://elsewhere.invalid' })
      .upload(t.docs.UploadReceipt, { input: { receiptId: t.sdk.newId('Receipt') } }, t.photo('last'))
      .catch((error) => error);
    assert.equal(upload.code, 'ILLEGAL_DOMAIN');
    assert.equal(t.phone.sent.length, 0);
  },

  async 'a token that has expired'(t) {
    let token = t.config.expired;
    let renewals = 0;
    const client = t.client({
      session: () => ({ token, account: 'a' }),
      renew: async () => {
        renewals++;
        const { login } = await t.client({ session: () => ({}) }).run(t.docs.Login, { input: t.config.login });
        token = login.session.accessToken;
      },
    });
    const answers = await Promise.all([1, 2, 3].map(() => client.run(t.docs.Me, {})));
    assert.ok(answers.every(({ me }) => me.id));
    assert.equal(renewals, 1);
  },

  async 'what was done offline is sent in its order, with its keys'(t) {
    const synced = [];
    const refused = [];
    const hooks = {
      url: t.proxy.url,
      onSynced: (one, data) => synced.push([one.name, Object.values(data)[0].replayed, one.variables.input.idempotencyKey]),
      onRefused: (one, error) => refused.push([one.name, error.code]),
    };
    t.phone.connect(false);
    const before = t.client({ ...hooks, pause: 60_000 });
    const first = draft(t);
    const keys = [
      await before.later(t.docs.SaveDraft, first),
      await before.later(t.docs.SubmitDocument, { input: { documentId: first.input.documentId } }),
      await before.later(t.docs.SubmitDocument, { input: { documentId: t.sdk.newId('Document') } }),
      await before.later(t.docs.SaveDraft, draft(t)),
    ];
    await until(() => t.phone.sent.length > 0);
    assert.equal(before.queued().length, 4);
    same(synced, []);
    // The app is killed, and started again with what the phone has stored; an answer is lost, too.
    t.phone.listeners.length = 0;
    t.phone.sent.length = 0;
    t.proxy.cut(t.docs.SubmitDocument.id, 1);
    const after = t.client(hooks);
    same(after.queued().map((one) => one.variables.input.idempotencyKey), keys);
    t.phone.connect(true);
    await until(() => after.queued().length === 0 && synced.length + refused.length === 4);
    same(synced, [['SaveDraft', false, keys[0]], ['SubmitDocument', true, keys[1]], ['SaveDraft', false, keys[3]]]);
    same(refused, [['SubmitDocument', 'NOT_FOUND']]);
    const order = t.phone.sent.map((one) => JSON.parse(one.data).variables.input.idempotencyKey);
    same(order, [keys[0], keys[1], keys[1], keys[2], keys[3]]);
    assert.equal(await submissions(t, first.input.documentId), 1);
    same(t.client(hooks).queued(), [], 'nothing is left in the store');
  },

  async 'what somebody else queued is not sent in my name'(t) {
    let account = 'a';
    const client = t.client({ session: () => ({ token: t.config.token, account }), pause: 60_000 });
    t.phone.connect(false);
    await client.later(t.docs.SaveDraft, draft(t));
    await until(() => t.phone.sent.length > 0);
    t.phone.sent.length = 0;
    account = 'b';
    t.phone.connect(true);
    await client.flush();
    assert.equal(client.queued().length, 0);
    assert.equal(t.phone.sent.length, 0);
    account = 'a';
    assert.equal(client.queued().length, 1);
    await client.flush();
    assert.equal(client.queued().length, 0);
    assert.equal(t.phone.sent.length, 1);
  },

  async 'a queue that is full, and a phone that is'(t) {
    t.phone.connect(false);
    const client = t.client({ pause: 60_000 });
    const read = () => client.later(t.docs.MarkRead, { input: { ids: [] } });
    for (let times = 0; times < 100; times++) await read();
    const full = await read().catch((error) => error);
    assert.equal(full.code, 'QUEUE_FULL');
    assert.equal(client.queued().length, 100);
    const other = t.client({ session: () => ({ token: t.config.token, account: 'other' }), pause: 60_000 });
    t.phone.room = 10;
    const stored = await other.later(t.docs.MarkRead, { input: { ids: [] } }).catch((error) => error);
    assert.equal(stored.code, 'STORAGE_FULL');
    assert.equal(other.queued().length, 0);
    assert.match(stored.message, /没有保存/);
  },

  async 'a page of a proxy in the way loses nothing'(t) {
    const client = t.client({ url: t.config.page, pause: 60_000, retries: 0 });
    const refused = await client.run(t.docs.Me, {}).catch((error) => error);
    assert.equal(refused.code, 'BAD_ANSWER');
    const dropped = [];
    const queueing = t.client({ url: t.config.page, pause: 60_000, onRefused: (one) => dropped.push(one) });
    await queueing.later(t.docs.SaveDraft, draft(t));
    await queueing.flush();
    assert.equal(queueing.queued().length, 1);
    same(dropped, []);
  },
};

export const wx = {
  ...shared,

  async 'a subscription, and again after the connection broke'(t) {
    const head = t.client({ session: () => ({ token: t.config.headToken, account: 'head' }) });
    const listener = listening();
    const stop = head.subscribe(t.docs.TodoChanged, {}, listener);
    const inbox = listening();
    const stopInbox = head.subscribe(t.docs.InboxChanged, {}, inbox);
    const { todoChanged } = await until(() => listener.heard.at(-1));
    await until(() => inbox.heard.at(-1));
    assert.equal(t.phone.sockets.length, 1, 'one connection for all');
    const submit = async () =>
      t.client().run(t.docs.SubmitDocument, { input: { documentId: await saved(t, t.client()) } });
    await submit();
    await until(() => listener.heard.at(-1).todoChanged.total === todoChanged.total + 1);
    t.phone.sockets[0].cut();
    await until(() => t.phone.sockets.length === 2);
    await submit();
    await until(() => listener.heard.at(-1).todoChanged.total === todoChanged.total + 2);
    stop();
    stopInbox();
    await until(() => t.phone.sockets.every((one) => !one.open));
    same(listener.errors, []);
    assert.equal(t.phone.sent.some((one) => one.data.includes(t.docs.TodoChanged.id)), false);
  },

  async 'a subscription with a token that has expired'(t) {
    let token = t.config.expired;
    let renewals = 0;
    const listener = listening();
    const client = t.client({
      session: () => ({ token, account: 'a' }),
      renew: async () => {
        renewals++;
        token = t.config.token;
      },
    });
    const stop = client.subscribe(t.docs.TodoChanged, {}, listener);
    await until(() => listener.heard.length);
    assert.equal(renewals, 1);
    stop();
    const denied = listening();
    t.client({ session: () => ({ token: t.config.expired }) }).subscribe(t.docs.TodoChanged, {}, denied);
    await until(() => denied.errors.length);
    assert.equal(denied.errors[0].code, 'UNAUTHENTICATED');
    await until(() => t.phone.sockets.every((one) => !one.open));
  },

  async 'hashes of files of any length'(t) {
    const { Sha256 } = t.load('chunks');
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 256);
      const hash = new Sha256();
      hash.add(bytes.subarray(0, length >> 1));
      hash.add(bytes.subarray(length >> 1));
      assert.equal(hash.hex(), createHash('sha256').update(bytes).digest('hex'), String(length));
    }
  },

  async 'a file in chunks, broken off and resumed'(t) {
    const { uploadInChunks, wxFile } = t.load('chunks');
    const file = await wxFile(t.shim.wx, 'tmp://large.jpg', 'receipt.jpg');
    const chunks = () =>
      t.phone.sent.filter((one) => one.url.includes('/chunks/')).map((one) => Number(/chunks\/(\d+)/.exec(one.url)[1]));
    let told = 0;
    const broken = await uploadInChunks(t.client({ retries: 0 }), file, { receiptId: t.sdk.newId('Receipt') }, () => {
      if (++told === 2) t.phone.connect(false);
    }).catch((error) => error);
    assert.equal(broken.code, 'NETWORK');
    const sent = chunks().slice(0, 2);
    t.phone.connect(true);
    t.phone.sent.length = 0;
    t.proxy.cut('/chunks/', 1);
    const heard = [];
    const client = t.client({ url: t.proxy.url });
    const done = await uploadInChunks(client, file, { receiptId: t.sdk.newId('Receipt') }, (bytes) => heard.push(bytes));
    assert.ok(done.receiptId);
    assert.equal(heard.at(-1), file.size);
    const again = chunks();
    assert.equal(again[0], again[1], 'the chunk whose answer was lost is sent again');
    assert.ok(again.every((start) => !sent.includes(start)), 'what has come is not');
    const { receipt } = await t.client().run(t.docs.Receipt, { id: done.receiptId });
    assert.equal(receipt.sizeBytes, file.size);
    const missing = await wxFile(t.shim.wx, 'tmp://gone.jpg').catch((error) => error);
    assert.equal(missing.code, 'FILE_UNREADABLE');
  },

  async 'live updates take the socket'(t) {
    const listener = listening();
    const stop = t.client().live(
      { socket: [t.docs.InboxChanged, {}], poll: [t.docs.InboxVersion, {}], every: 20 },
      listener,
    );
    await until(() => listener.heard.length);
    assert.ok(listener.heard[0].inboxChanged);
    assert.equal(t.phone.sent.length, 0);
    stop();
  },
};

export const dd = {
  ...shared,

  async 'polling'(t) {
    const head = t.client({ session: () => ({ token: t.config.headToken, account: 'head' }) });
    const listener = listening();
    const stop = head.live({ socket: [t.docs.InboxChanged, {}], poll: [t.docs.InboxVersion, {}], every: 20 }, listener);
    const { inboxVersion } = await until(() => listener.heard.at(-1));
    await until(() => t.phone.sent.length > 3);
    assert.equal(listener.heard.length, 1, 'nothing is told while nothing changes');
    await t.client().run(t.docs.SubmitDocument, { input: { documentId: await saved(t, t.client()) } });
    await until(() => listener.heard.length > 1);
    assert.notEqual(listener.heard.at(-1).inboxVersion, inboxVersion);
    t.phone.connect(false);
    await until(() => listener.errors.length > 1);
    t.phone.connect(true);
    const asked = t.phone.sent.length;
    await until(() => t.phone.sent.length > asked + 1);
    await until(() => t.phone.running > 0); // an answer under way must not ask again
    stop();
    await until(() => t.phone.running === 0);
    const last = t.phone.sent.length;
    await Promise.race([never(), new Promise((done) => setTimeout(done, 60))]);
    assert.equal(t.phone.sent.length, last, 'it stopped');
    assert.ok(listener.errors.every((error) => error.code === 'NETWORK'));
  },
};
