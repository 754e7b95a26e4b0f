// The part that every host shares. It uses ECMAScript and nothing else: no fetch, no URL, no crypto,
// no eval; what a phone can do comes in through `Host`.

/** An operation of the contract. `keyed`: its input carries an idempotency key. */
export interface Operation<Data, Variables> {
  readonly id: string;
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly keyed?: boolean;
  /** Only for the compiler. */
  readonly types?: (variables: Variables) => Data;
}

/** The variables as an app gives them: the idempotency key may be left to the client. */
export type Given<Variables> = Variables extends { input: infer Input extends { idempotencyKey: string } }
  ? Omit<Variables, 'input'> & { input: Omit<Input, 'idempotencyKey'> & { idempotencyKey?: string } }
  : Variables;

/** A request; its parts are called as WeChat calls them. */
export interface Call {
  url: string;
  method: 'GET' | 'POST' | 'PUT';
  header: Record<string, string>;
  data?: string | ArrayBuffer;
  timeout: number;
}

export interface UploadCall<File> {
  url: string;
  header: Record<string, string>;
  /** Name of the part of the form that holds the file. */
  name: string;
  file: File;
  formData: Record<string, string>;
  timeout: number;
}

export interface Answer {
  status: number;
  text: string;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  open(): void;
  message(text: string): void;
  close(code: number): void;
}

/** What a phone, a browser or a process can do. Its promises are rejected with `HrpError`. */
export interface Host<File> {
  /** How many requests may run at once. */
  readonly limit: number;
  request(call: Call): Promise<Answer>;
  upload(call: UploadCall<File>): Promise<Answer>;
  socket?(url: string, protocol: string, on: SocketEvents): Socket;
  load(key: string): string | null | undefined;
  /** Throws when there is no room. */
  save(key: string, text: string): void;
  /** Runs something later; the answer calls it off. */
  after(milliseconds: number, run: () => void): () => void;
  /** Runs something whenever the network is back. */
  online(run: () => void): void;
}

const TEXTS = {
  NETWORK: '网络不通，请稍后重试',
  TIMEOUT: '服务器没有及时应答，请稍后重试',
  ILLEGAL_DOMAIN: '小程序未登记服务器域名，请联系信息科添加',
  BAD_ANSWER: '服务器的应答无法识别，请联系信息科',
  FILE_UNREADABLE: '读不到所选的文件，请重新选择',
  QUEUE_FULL: '待同步的操作过多，请联网后再试',
  STORAGE_FULL: '手机存储已满，操作没有保存',
  UNAUTHENTICATED: '登录已失效，请重新登录',
};
export type LocalCode = keyof typeof TEXTS;

interface Details {
  code: string;
  retryable?: boolean;
  [name: string]: unknown;
}

/** Why something did not work, with all that the server said of it. */
export class HrpError extends Error {
  /** Of the contract, or one of the client's own. */
  declare code: string;
  /** Whether the same may work later. */
  declare retryable?: boolean;
  declare nextStep?: string;
  declare traceId?: string;
  /** With CLIENT_TOO_OLD. */
  declare minimumVersion?: string;
  declare upgradeUrl?: string;
  constructor(message: string, details: Details) {
    super(message);
    Object.assign(this, details);
  }
}

/** An error that the client found by itself. `cause` is what the host said. */
export function fault(code: LocalCode, cause?: unknown, retryable?: boolean): HrpError {
  return new HrpError(TEXTS[code], { code, retryable, cause });
}

/** A stored operation that waits for the network. */
export interface Queued {
  id: string;
  name: string;
  variables: unknown;
}

export interface Options {
  /** Address of the server, without a path. */
  url: string;
  /** App and version, as `wechat/1.4.0`. */
  client: string;
  /** Who is signed in now. What is queued belongs to the account and is sent for nobody else. */
  session(): { token?: string; account?: string };
  /** Gets a new access token when the old one expired; asked once for all requests that wait. */
  renew?(): Promise<void>;
  /** The app is too old for the server: show it and stop. Called once. */
  onUpgrade?(error: HrpError): void;
  /** A queued operation had its effect; `data` is its answer. */
  onSynced?(queued: Queued, data: unknown): void;
  /** A queued operation was refused for good and left the queue. */
  onRefused?(queued: Queued, error: HrpError): void;
  timeout?: number;
  /** Tries after the first one; 4. */
  retries?: number;
  /** Milliseconds before the first retry; doubles up to 60 times as long. */
  pause?: number;
}

export interface Listener<Data> {
  next(data: Data): void;
  error?(error: HrpError): void;
}

/** Either way of learning of changes; hosts with sockets take the first, others the second. */
export interface LiveWays<A, AV, B, BV> {
  socket: [Operation<A, AV>, AV];
  poll: [Operation<B, BV>, BV];
  /** Milliseconds between two polls; 15,000. */
  every?: number;
}

export interface Client<File> {
  /** Runs a query or a mutation; a mutation is repeated with the same idempotency key only. */
  run<D, V>(document: Operation<D, V>, variables: Given<V>): Promise<D>;
  /** Sends one file with a mutation. */
  upload<D, V extends { file: unknown }>(
    document: Operation<D, V>,
    variables: Given<Omit<V, 'file'>>,
    file: File,
  ): Promise<D>;
  /** Stores a mutation and sends it when it can; resolves with its key once it is stored. */
  later<D, V>(document: Operation<D, V>, variables: Given<V>): Promise<string>;
  /** Sends what waits, in its order. */
  flush(): Promise<void>;
  /** What waits. */
  queued(): Queued[];
  subscribe<D, V>(document: Operation<D, V>, variables: V, listener: Listener<D>): () => void;
  /** Asks again and again; tells only of answers that differ from the last. */
  poll<D, V>(document: Operation<D, V>, variables: V, listener: Listener<D>, every?: number): () => void;
  live<A, AV, B, BV>(ways: LiveWays<A, AV, B, BV>, listener: Listener<A | B>): () => void;
  /** One request beside GraphQL, with the same headers, retries and errors; a text is JSON. */
  send<D>(method: Call['method'], path: string, data?: string | ArrayBuffer): Promise<D>;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PAUSES_MAX = 60;
const QUEUE_MAX = 100;
const QUEUE_CHARACTERS_MAX = 300_000; // a storage key of WeChat holds 1 MB
const KEEPALIVE = 30_000;

/** A UUIDv7. */
export function newUuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7xxx-yxxx-xxxxxxxxxxxx`.replace(/[xy]/g, (letter) =>
    Math.floor(letter < 'y' ? Math.random() * 16 : 8 + Math.random() * 4).toString(16),
  );
}

/** The id of a new thing, made on the phone: saving twice is saving once. */
export function newId(type: string): string {
  return `${type}:${newUuid()}`.replace(/.{1,3}/g, (part) => {
    const bits = (part.charCodeAt(0) << 16) | (part.charCodeAt(1) << 8) | part.charCodeAt(2);
    return [18, 12, 6, 0]
      .slice(0, part.length + 1)
      .map((shift) => LETTERS[(bits >> shift) & 63])
      .join('');
  });
}

/** The refusals in the answer of a mutation. */
const refusals = (data: any): any[] => {
  const [payload] = Object.values<any>(data);
  return (payload && payload.userErrors) || [];
};

const toldBy = ({ message, extensions = {} }: any): HrpError => new HrpError(message, extensions);

const nothing = (): void => {};

export function connect<File>(host: Host<File>, options: Options): Client<File> {
  const { onUpgrade = nothing, onSynced = nothing, onRefused = nothing } = options;
  const { session, renew, retries = 4, pause = 1000, timeout = 30_000 } = options;
  const url = `${options.url}/graphql`;
  const waiting: Array<() => void> = [];
  let running = 0;
  let tooOld: HrpError | undefined;
  let renewing: Promise<void> | undefined;

  const headers = (data?: Call['data']): Record<string, string> => {
    const { token } = session();
    const sent: Record<string, string> = {
      'x-hrp-client': options.client,
      'x-hrp-transport': 'mini', // always 200: some hosts hide the body of anything else
    };
    if (data) sent['Content-Type'] = `application/${typeof data === 'string' ? 'json' : 'octet-stream'}`;
    if (token) sent.authorization = `Bearer ${token}`;
    return sent;
  };

  const wait = (tries: number, run: () => void): (() => void) =>
    host.after(pause * Math.min(2 ** tries, PAUSES_MAX) * (0.5 + Math.random() / 2), run);

  /** No more at once than the host can take: WeChat fails the eleventh. */
  const turn = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const run = (): void => {
        running++;
        const free = (): void => {
          running--;
          const next = waiting.shift();
          if (next) next();
        };
        work().then(resolve, reject).then(free);
      };
      if (running < host.limit) run();
      else waiting.push(run);
    });

  const renewed = (): Promise<void> => {
    const forget = (): void => {
      renewing = undefined;
    };
    renewing = renewing || renew!().finally(forget);
    return renewing;
  };

  const read = ({ status, text }: Answer): any => {
    let body: any;
    try {
      body = JSON.parse(text);
    } catch {
      // a proxy's page: told below
    }
    if (body && body.errors) {
      const error = toldBy(body.errors[0]);
      if (error.code === 'CLIENT_TOO_OLD' && !tooOld) {
        tooOld = error;
        onUpgrade(error);
      }
      throw error;
    }
    if (!body || !body.data) throw fault('BAD_ANSWER', status, status < 400 || status > 428);
    const busy = refusals(body.data).find((one) => one.code === 'BUSY');
    if (busy) throw new HrpError(busy.message, busy);
    return body.data;
  };

  const attempt = async (send: () => Promise<Answer>, tries: number): Promise<any> => {
    const who = session().account;
    for (let done = 0, fresh = false; ; done++) {
      if (tooOld) throw tooOld;
      try {
        return read(await send());
      } catch (problem) {
        const error = problem as HrpError;
        if (error.code === 'TOKEN_EXPIRED' && renew && !fresh) {
          fresh = true;
          done--;
          await renewed();
          if (session().account !== who) throw error; // somebody else has signed in
        } else if (!error.retryable || done >= tries) throw error;
        else await new Promise<void>((go) => wait(done, go));
      }
    }
  };

  const send = (
    method: Call['method'],
    to: string,
    data?: Call['data'],
    tries = retries,
  ): Promise<any> =>
    attempt(() => {
      const header = headers(data); // of who is signed in now, not when its turn has come
      return turn(() => host.request({ url: to, method, header, data, timeout }));
    }, tries);

  const asked = (id: string, variables: unknown): unknown => ({ documentId: `sha256:${id}`, variables });

  const post = (id: string, variables: unknown, tries: number): Promise<any> =>
    send('POST', url, JSON.stringify(asked(id, variables)), tries);

  /** The variables, with a key that stays the same for as long as they are sent. */
  const keyed = ({ keyed }: Operation<any, any>, variables: any): any =>
    keyed ? { ...variables, input: { idempotencyKey: newUuid(), ...variables.input } } : variables;

  // What waits for the network, of one account.

  let account: string | undefined;
  let queue: Queued[] = [];
  let flushing: Promise<void> | undefined;
  let failed = 0;
  let unschedule = nothing;

  const place = (): string => `hrp.queue.${account}`;

  const mine = (): Queued[] => {
    const now = session().account || '';
    if (now !== account) {
      account = now;
      try {
        queue = JSON.parse(host.load(place()) || '[]');
      } catch {
        queue = []; // half a text, from a full disk
      }
    }
    return queue;
  };

  const store = (): void => {
    const text = JSON.stringify(queue);
    if (queue.length > QUEUE_MAX || text.length > QUEUE_CHARACTERS_MAX) throw fault('QUEUE_FULL');
    host.save(place(), text);
  };

  const drain = async (): Promise<void> => {
    const list = mine();
    while (list[0] && list === mine()) {
      const first = list[0];
      let data: any;
      let refused: HrpError | undefined;
      try {
        data = await post(first.id, first.variables, 0);
        const [said] = refusals(data);
        if (said) refused = new HrpError(said.message, said);
      } catch (problem) {
        refused = problem as HrpError;
        if (refused.retryable || /^(UNAUTH|TOKEN_E|CLIENT_T|ILLEGAL|BAD_A)/.test(refused.code)) {
          // These are about the phone or the way to the server, not about what was asked: it waits.
          unschedule = wait(failed++, flush);
          return;
        }
      }
      failed = 0;
      if (list !== mine()) return;
      list.shift();
      store();
      if (refused) onRefused(first, refused);
      else onSynced(first, data);
    }
  };

  const flush = (): Promise<void> => {
    unschedule();
    const end = (): void => {
      flushing = undefined;
    };
    flushing = flushing || drain().then(end, end);
    return flushing;
  };

  host.online(flush);

  // graphql-transport-ws: one socket for all subscriptions.

  const listeners = new Map<string, [payload: unknown, on: Listener<any>]>();
  let socket: Socket | undefined;
  let numbers = 0;
  let ready = false;
  let denied = false;
  let drops = 0;

  const tell = (message: unknown): void => socket!.send(JSON.stringify(message));

  const begin = (id: string): void => tell({ id, type: 'subscribe', payload: listeners.get(id)![0] });

  const end = (id: string, error?: HrpError): void => {
    const [, on] = listeners.get(id) || [];
    listeners.delete(id);
    if (on && error && on.error) on.error(error);
    if (!listeners.size && socket) socket.close();
  };

  const lost = (error: HrpError): void => {
    for (const id of listeners.keys()) end(id, error);
  };

  const open = (): void => {
    if (socket || !listeners.size) return;
    let heard = true;
    let quiet = nothing;
    const watch = (): void => {
      quiet = host.after(KEEPALIVE, () => {
        if (!heard) return socket!.close();
        heard = false;
        if (ready) tell({ type: 'ping' });
        watch();
      });
    };
    socket = host.socket!(url.replace('http', 'ws'), 'graphql-transport-ws', {
      open: () => tell({ type: 'connection_init', payload: { authorization: headers().authorization } }),
      message: (text) => {
        const { type, id, payload } = JSON.parse(text);
        heard = true;
        if (type === 'connection_ack') {
          ready = true;
          denied = false;
          drops = 0;
          for (const one of listeners.keys()) begin(one);
        } else if (type === 'ping') tell({ type: 'pong' });
        else if (type === 'next') {
          const [, on] = listeners.get(id) || [];
          if (payload.errors) end(id, toldBy(payload.errors[0]));
          else if (on) on.next(payload.data);
        } else if (type === 'error') end(id, toldBy(payload[0]));
        else if (type === 'complete') end(id);
      },
      close: (code) => {
        quiet();
        ready = false;
        socket = undefined;
        if (code !== 4403) wait(drops++, open);
        else if (denied || !renew) lost(fault('UNAUTHENTICATED'));
        else {
          denied = true;
          renewed().then(open, lost);
        }
      },
    });
    watch();
  };

  const client: Client<File> = {
    run: (document, variables) =>
      post(
        document.id,
        keyed(document, variables),
        document.keyed || document.kind === 'query' ? retries : 0, // twice may be once too often
      ),
    upload: (document, variables, file) => {
      const operations = asked(document.id, { ...keyed(document, variables), file: null });
      const formData = { operations: JSON.stringify(operations), map: '{"0":["variables.file"]}' };
      return attempt(() => {
        const header = headers();
        return turn(() => host.upload({ url, header, name: '0', file, formData, timeout: timeout * 4 }));
      }, retries);
    },
    later: async (document, variables) => {
      const list = mine();
      const full = keyed(document, variables);
      list.push({ id: document.id, name: document.name, variables: full });
      try {
        store();
      } catch (problem) {
        list.pop();
        throw problem instanceof HrpError ? problem : fault('STORAGE_FULL', problem);
      }
      flush();
      return full.input.idempotencyKey;
    },
    flush,
    queued: () => [...mine()],
    subscribe: (document, variables, on) => {
      const id = `${++numbers}`;
      listeners.set(id, [asked(document.id, variables), on]);
      if (ready) begin(id);
      else open();
      return () => {
        if (ready && listeners.has(id)) tell({ id, type: 'complete' });
        end(id);
      };
    },
    poll: (document, variables, on, every = 15_000) => {
      let last: string | undefined;
      let stopped = false;
      let call = nothing;
      const ask = (): void => {
        post(document.id, variables, 0)
          .then(
            (data) => {
              const text = JSON.stringify(data);
              if (!stopped && text !== last) on.next(data);
              last = text;
            },
            (error) => {
              if (!error.retryable) stopped = true;
              if (on.error) on.error(error);
            },
          )
          .then(() => {
            if (!stopped) call = host.after(every, ask);
          });
      };
      ask();
      return () => {
        stopped = true;
        call();
      };
    },
    live: (ways, on) =>
      host.socket ? client.subscribe(...ways.socket, on) : client.poll(...ways.poll, on, ways.every),
    send: (method, path, data) => send(method, options.url + path, data),
  };
  return client;
}
