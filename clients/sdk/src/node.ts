// Node 22 or newer: scripts, and servers that speak for a person.

import type { Host } from './core.ts';
import { fetchHost } from './fetching.ts';

export * from './core.ts';

/** `store` keeps queued operations; without one they last as long as the process. */
export function nodeHost(store?: Pick<Host<Blob>, 'load' | 'save'>): Host<Blob> {
  const memory = new Map<string, string>();
  return fetchHost(
    store || { load: (key) => memory.get(key), save: (key, text) => void memory.set(key, text) },
    () => {},
  );
}
