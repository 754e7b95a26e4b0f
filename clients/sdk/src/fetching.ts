// What browsers and Node have in common.

import { fault, type Answer, type Host } from './core.ts';

async function answered(url: string, init: RequestInit, timeout: number): Promise<Answer> {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), timeout);
  try {
    const response = await fetch(url, { ...init, signal: given.signal });
    return { status: response.status, text: await response.text() };
  } catch (problem) {
    throw fault(given.signal.aborted ? 'TIMEOUT' : 'NETWORK', problem, true);
  } finally {
    clearTimeout(timer);
  }
}

/** A file is a Blob. `store` keeps texts beyond the life of the page or the process. */
export function fetchHost(
  store: Pick<Host<Blob>, 'load' | 'save'>,
  online: (run: () => void) => void,
): Host<Blob> {
  return {
    limit: 10,
    request: ({ url, method, header, data, timeout }) =>
      answered(url, { method, headers: header, body: data }, timeout),
    upload: ({ url, header, name, file, formData, timeout }) => {
      const form = new FormData();
      for (const key in formData) form.append(key, formData[key]!);
      form.append(name, file);
      return answered(url, { method: 'POST', headers: header, body: form }, timeout);
    },
    socket: (url, protocol, on) => {
      const socket = new WebSocket(url, protocol);
      socket.onopen = on.open;
      socket.onmessage = ({ data }) => on.message(data);
      socket.onclose = ({ code }) => on.close(code);
      return socket;
    },
    ...store,
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    online,
  };
}
