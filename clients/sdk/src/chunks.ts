// Files over weak networks: in chunks, each with its hash. Call it again after anything, even after
// the app was killed: what has come is not sent again.

import type { Client } from './core.ts';

/** A file that can be read in parts. */
export interface PartedFile {
  name: string;
  size: number;
  read(start: number, end: number): Promise<ArrayBuffer>;
}

/** Where the receipt goes: a capture that was announced, or an id made by `newId('Receipt')`. */
export interface Target {
  captureId?: string;
  receiptId?: string;
  qrText?: string;
}

export interface UploadProgress {
  uploadId: string;
  size: number;
  /** Ranges of bytes, each up to but without its second number. */
  received: Array<[number, number]>;
  chunkBytes: number;
  expiresAt: string;
  ended: boolean;
  receiptId: string | null;
  problem: string | null;
  replayed: boolean;
}

interface WxFiles {
  getFileSystemManager(): {
    getFileInfo(option: {
      filePath: string;
      success(result: { size: number }): void;
      fail(failure: { errMsg: string }): void;
    }): void;
    readFile(option: {
      filePath: string;
      position: number;
      length: number;
      success(result: { data: any }): void;
      fail(failure: { errMsg: string }): void;
    }): void;
  };
}

/** In the shape of the client's own errors, without loading them here. */
const unreadable = (cause: unknown): Error =>
  Object.assign(new Error('读不到所选的文件，请重新选择'), { code: 'FILE_UNREADABLE', cause });

/** A file of WeChat, by the path that `wx.chooseMedia` gave. */
export function wxFile(wx: WxFiles, filePath: string, name = 'receipt'): Promise<PartedFile> {
  const files = wx.getFileSystemManager();
  const read = (start: number, end: number): Promise<ArrayBuffer> =>
    new Promise((resolve, reject) => {
      files.readFile({
        filePath,
        position: start,
        length: end - start,
        success: ({ data }) => resolve(data),
        fail: (failure) => reject(unreadable(failure)),
      });
    });
  return new Promise((resolve, reject) => {
    files.getFileInfo({
      filePath,
      success: ({ size }) => resolve({ name, size, read }),
      fail: (failure) => reject(unreadable(failure)),
    });
  });
}

/** A file of a browser or of Node. */
export function blobFile(
  blob: { size: number; slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } },
  name = 'receipt',
): PartedFile {
  return { name, size: blob.size, read: (start, end) => blob.slice(start, end).arrayBuffer() };
}

/** Sends what is missing and has the receipt read; `tell` hears how many bytes have come. */
export async function uploadInChunks(
  client: Pick<Client<any>, 'send'>,
  file: PartedFile,
  target: Target,
  tell: (bytes: number) => void = () => {},
): Promise<UploadProgress> {
  const whole = new Sha256();
  const step = 1 << 18;
  for (let at = 0; at < file.size; at += step) {
    whole.add(new Uint8Array(await file.read(at, Math.min(at + step, file.size))));
  }
  const given = { kind: 'receipt', size: file.size, sha256: whole.hex(), name: file.name, ...target };
  let progress = await client.send<UploadProgress>('POST', '/uploads', JSON.stringify(given));
  const place = `/uploads/${progress.uploadId}`;
  for (let next = gap(progress); next; next = gap(progress)) {
    const [start, end] = next;
    const bytes = await file.read(start, end);
    const hash = new Sha256();
    hash.add(new Uint8Array(bytes));
    progress = await client.send('PUT', `${place}/chunks/${start}?sha256=${hash.hex()}`, bytes);
    tell(progress.received.reduce((sum, [from, to]) => sum + to - from, 0));
  }
  return client.send('POST', `${place}/finish`, '{}');
}

/** The next bytes that are missing. */
function gap({ received, size, chunkBytes }: UploadProgress): [number, number] | undefined {
  let start = 0;
  let end = size;
  for (const [from, to] of received) {
    if (from > start) {
      end = from;
      break;
    }
    start = to;
  }
  if (start >= size) return undefined;
  // A rest that would be too small for a chunk of its own goes with this one.
  return [start, end - start < chunkBytes * 2 ? end : start + chunkBytes];
}

/** SHA-256 (FIPS 180-4): mini-programs have no crypto. */
export class Sha256 {
  private state = new Int32Array(8);
  private block = new Uint8Array(64);
  private words = new Int32Array(64);
  private length = 0;

  constructor() {
    this.state.set(STARTS);
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const held = this.length % 64;
      const taken = Math.min(64 - held, bytes.length - at);
      this.block.set(bytes.subarray(at, at + taken), held);
      this.length += taken;
      at += taken;
      if (this.length % 64 === 0) this.mix();
    }
  }

  /** The hash; nothing may be added afterwards. */
  hex(): string {
    const bits = this.length * 8;
    const padding = new Uint8Array(72 - ((this.length + 8) % 64));
    padding[0] = 128;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits % 2 ** 32);
    this.add(padding);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private mix(): void {
    const { state, words } = this;
    const view = new DataView(this.block.buffer);
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(i * 4);
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15]!;
      const b = words[i - 2]!;
      const small = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const large = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      words[i] = words[i - 16]! + small + words[i - 7]! + large;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i]! + words[i]!;
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i]! += word));
  }
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The first 32 bits of the fractional parts of roots of primes, as the standard defines them. */
const [STARTS, ROUNDS] = ((): [number[], number[]] => {
  const starts: number[] = [];
  const rounds: number[] = [];
  const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
  for (let number = 2; rounds.length < 64; number++) {
    let prime = true;
    for (let by = 2; by * by <= number; by++) prime = prime && number % by !== 0;
    if (!prime) continue;
    if (starts.length < 8) starts.push(fraction(Math.sqrt(number)));
    rounds.push(fraction(Math.cbrt(number)));
  }
  return [starts, rounds];
})();
