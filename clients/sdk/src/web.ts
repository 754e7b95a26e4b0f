// Browsers, and the web views of DingTalk, WeCom and WeChat.

import type { Host } from './core.ts';
import { fetchHost } from './fetching.ts';

export * from './core.ts';

export function webHost(): Host<Blob> {
  return fetchHost(
    {
      load: (key) => localStorage.getItem(key),
      save: (key, text) => localStorage.setItem(key, text),
    },
    (run) => addEventListener('online', run),
  );
}
