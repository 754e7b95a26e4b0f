// `wx` and `dd` as their typings say they behave (miniprogram-api-typings 5.2.3, dingtalk-jsapi 3.2.9
// and DingTalk's pages of August 2025), over Node's own HTTP. What the typings do not name is refused.

import { readFileSync } from 'node:fs';
import http from 'node:http';

const REQUEST_MAX = 10;
const SOCKETS_MAX = 5;
const KEY_CHARACTERS_MAX = 1024 * 1024;

class Unnamed extends Error {}

function only(given, known, api) {
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length) throw new Unnamed(`${api} has no option ${unknown}`);
  for (const [key, value] of Object.entries(given.header || given.headers || {})) {
    if (typeof value !== 'string') throw new Unnamed(`header ${key} is no text`);
  }
}

/** What all APIs of a phone share: the network, the files, the store, who listens. */
export function phone(domains) {
  const state = {
    online: true,
    running: 0,
    most: 0,
    refused: 0,
    sent: [],
    sockets: [],
    files: new Map(),
    store: new Map(),
    room: Infinity,
    fileFirst: false,
    listeners: [],
    connect(online) {
      state.online = online;
      for (const listener of state.listeners) listener({ isConnected: online, networkType: online ? 'wifi' : 'none' });
    },
    allows: (url) => domains.some((domain) => url.startsWith(domain)),
  };
  return state;
}

function exchange(state, { url, method, headers, body, timeout }, done) {
  const [head, ...rest] = [url, { method, headers, timeout, agent: false }];
  let over = false;
  const finish = (...result) => {
    if (over) return;
    over = true;
    done(...result);
  };
  const request = http.request(head, ...rest, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', (error) => finish(error));
    response.on('end', () => finish(null, response.statusCode, Buffer.concat(chunks).toString('utf8'), response.headers));
  });
  request.on('timeout', () => {
    finish(new Error('timeout'));
    request.destroy();
  });
  request.on('error', (error) => finish(error));
  request.end(body);
}

/** The body of a form. Neither platform promises an order of its parts. */
function multipart(fields, name, filename, bytes, fileFirst) {
  const boundary = `----phone${Math.random().toString(36).slice(2)}`;
  const texts = Object.entries(fields || {}).map(([key, value]) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`),
  );
  const file = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  const parts = fileFirst ? [file, ...texts] : [...texts, file];
  return { body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), type: `multipart/form-data; boundary=${boundary}` };
}

const later = (run) => setTimeout(run, 0);

function bounded(state, fail, run) {
  if (state.running >= REQUEST_MAX) {
    state.refused++;
    return later(fail);
  }
  state.running++;
  state.most = Math.max(state.most, state.running);
  run(() => state.running--);
}

const REQUEST_OPTIONS = ['url', 'data', 'header', 'timeout', 'method', 'dataType', 'responseType', 'success', 'fail', 'complete'];
const UPLOAD_OPTIONS = ['url', 'filePath', 'name', 'header', 'formData', 'timeout', 'success', 'fail', 'complete'];
const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'];

export function wxShim(state) {
  const fails = (api, option, reason, errno) => later(() => option.fail && option.fail({ errMsg: `${api}:fail ${reason}`, errno }));
  return {
    request(option) {
      only(option, REQUEST_OPTIONS, 'wx.request');
      const method = option.method || 'GET';
      if (!METHODS.includes(method)) throw new Unnamed(`wx.request does not know ${method}`);
      if (!state.allows(option.url)) return fails('request', option, 'url not in domain list', 600002);
      bounded(state, () => fails('request', option, 'exceed max concurrent requests'), (free) => {
        state.sent.push(option);
        if (!state.online) {
          free();
          return fails('request', option, 'errcode:-106 cronet_error_code:-106 error_msg:net::ERR_INTERNET_DISCONNECTED', 5);
        }
        const body = typeof option.data === 'object' ? Buffer.from(option.data) : option.data;
        exchange(state, { url: option.url, method, headers: option.header, body, timeout: option.timeout }, (error, status, text, header) => {
          free();
          if (error) {
            const reason = error.message === 'timeout' ? 'timeout' : `errcode:-100 cronet_error_code:-100 error_msg:${error.message}`;
            return option.fail && option.fail({ errMsg: `request:fail ${reason}`, errno: 5 });
          }
          let data = text;
          if ((option.dataType || 'json') === 'json') {
            try {
              data = JSON.parse(text);
            } catch {
              // stays a text
            }
          }
          option.success({ data, statusCode: status, header, cookies: [], errMsg: 'request:ok' });
        });
      });
    },
    uploadFile(option) {
      only(option, UPLOAD_OPTIONS, 'wx.uploadFile');
      if (!state.allows(option.url)) return fails('uploadFile', option, 'url not in domain list', 600002);
      const path = state.files.get(option.filePath);
      if (!path) return fails('uploadFile', option, `file not exist: ${option.filePath}`);
      bounded(state, () => fails('uploadFile', option, 'exceed max concurrent requests'), (free) => {
        const form = multipart(option.formData, option.name, option.filePath.split('/').at(-1), readFileSync(path), state.fileFirst);
        const headers = { ...option.header, 'content-type': form.type };
        exchange(state, { url: option.url, method: 'POST', headers, body: form.body, timeout: option.timeout }, (error, status, text) => {
          free();
          if (error) return option.fail && option.fail({ errMsg: `uploadFile:fail ${error.message}` });
          option.success({ data: text, statusCode: status, errMsg: 'uploadFile:ok' });
        });
      });
    },
    connectSocket(option) {
      only(option, ['url', 'header', 'protocols', 'timeout', 'success', 'fail', 'complete'], 'wx.connectSocket');
      if (state.sockets.filter((one) => one.open).length >= SOCKETS_MAX) throw new Unnamed('a sixth socket');
      const socket = new WebSocket(option.url, option.protocols);
      const held = { open: true, cut: () => socket.close() };
      state.sockets.push(held);
      return {
        send({ data }) {
          socket.send(data);
        },
        close({ code = 1000 }) {
          socket.close(code);
        },
        onOpen: (listener) => socket.addEventListener('open', () => listener({ header: {} })),
        onMessage: (listener) => socket.addEventListener('message', ({ data }) => listener({ data })),
        onError: (listener) => socket.addEventListener('error', () => listener({ errMsg: 'fail' })),
        onClose: (listener) =>
          socket.addEventListener('close', ({ code, reason }) => {
            held.open = false;
            listener({ code, reason });
          }),
      };
    },
    getStorageSync: (key) => (state.store.has(key) ? structuredClone(state.store.get(key)) : ''),
    setStorageSync(key, data) {
      const size = JSON.stringify(data).length;
      if (size > KEY_CHARACTERS_MAX || size > state.room) throw new Error('setStorageSync:fail exceed storage max size 10Mb');
      state.store.set(key, structuredClone(data));
    },
    onNetworkStatusChange: (listener) => state.listeners.push(listener),
    getFileSystemManager: () => ({
      readFile({ filePath, position = 0, length, success, fail }) {
        const path = state.files.get(filePath);
        if (!path) return later(() => fail({ errMsg: `readFile:fail no such file or directory, open '${filePath}'` }));
        const bytes = readFileSync(path).subarray(position, length === undefined ? undefined : position + length);
        later(() => success({ data: Uint8Array.from(bytes).buffer, errMsg: 'readFile:ok' }));
      },
      getFileInfo({ filePath, success, fail }) {
        const path = state.files.get(filePath);
        if (!path) return later(() => fail({ errMsg: 'getFileInfo:fail file not exist' }));
        later(() => success({ size: readFileSync(path).length, errMsg: 'getFileInfo:ok' }));
      },
    }),
  };
}

const DD_REQUEST = ['url', 'headers', 'method', 'data', 'timeout', 'dataType', 'success', 'fail', 'complete'];
const DD_UPLOAD = ['url', 'filePath', 'fileName', 'fileType', 'header', 'formData', 'timeout', 'success', 'fail', 'complete'];

export function ddShim(state) {
  const fails = (option, error, errorMessage) => later(() => option.fail && option.fail({ error, errorMessage }));
  return {
    httpRequest(option) {
      only(option, DD_REQUEST, 'dd.httpRequest');
      const method = option.method || 'GET';
      if (!['GET', 'POST'].includes(method)) throw new Unnamed(`dd.httpRequest does not know ${method}`);
      if (!state.allows(option.url)) return fails(option, 11, '无权跨域');
      bounded(state, () => fails(option, 12, 'network error'), (free) => {
        state.sent.push(option);
        if (!state.online) {
          free();
          return fails(option, 12, '网络出错');
        }
        // A form by default, whatever the data look like.
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...option.headers };
        exchange(state, { url: option.url, method, headers, body: option.data, timeout: option.timeout || 30000 }, (error, status, text, header) => {
          free();
          if (error) return option.fail && option.fail({ error: error.message === 'timeout' ? 13 : 12, errorMessage: error.message });
          // The body of an error is lost here, and so is its status on iOS.
          if (status < 200 || status > 299) return option.fail && option.fail({ error: 19, errorMessage: 'http status error' });
          let data = text;
          if ((option.dataType || 'json') === 'json') {
            try {
              data = JSON.parse(text);
            } catch {
              return option.fail && option.fail({ error: 14, errorMessage: 'JSON parse error' });
            }
          }
          option.success({ data, status, headers: header });
        });
      });
    },
    uploadFile(option) {
      only(option, DD_UPLOAD, 'dd.uploadFile');
      if (!['image', 'video', 'audio'].includes(option.fileType)) return fails(option, 2, 'fileType');
      if (!state.allows(option.url)) return fails(option, 13, '没有权限');
      const path = state.files.get(option.filePath);
      if (!path) return fails(option, 11, '文件不存在');
      bounded(state, () => fails(option, 12, '上传文件失败'), (free) => {
        const form = multipart(option.formData, option.fileName, 'image.jpg', readFileSync(path), state.fileFirst);
        const headers = { ...option.header, 'content-type': form.type };
        exchange(state, { url: option.url, method: 'POST', headers, body: form.body, timeout: option.timeout }, (error, status, text) => {
          free();
          if (error) return option.fail && option.fail({ error: 12, errorMessage: error.message });
          option.success({ data: text, statusCode: String(status), header: {} });
        });
      });
    },
    getStorageSync: ({ key }) => ({ data: state.store.has(key) ? structuredClone(state.store.get(key)) : null }),
    setStorageSync({ key, data }) {
      if (JSON.stringify(data).length > state.room) throw new Error('out of storage');
      state.store.set(key, structuredClone(data));
    },
    onNetworkStatusChange: (listener) => state.listeners.push(listener),
  };
}
