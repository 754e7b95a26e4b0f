// node drive.mjs, with a configuration as JSON on its input (tests/web/sdk/driving.py writes it).
// Prints a line of JSON per run of a scenario: its host and name, and what went wrong or null.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { cuttingProxy } from './cutting.mjs';
import { realm } from './realm.mjs';
import { phone, wxShim, ddShim } from './shims.mjs';
import * as scenarios from './scenarios.mjs';

const config = JSON.parse(readFileSync(0, 'utf8'));
const proxy = await cuttingProxy(config.url);
// A proxy on the way that has lost the server.
const portal = http.createServer((_, response) => response.writeHead(404).end('<html>Not Found</html>'));
await new Promise((done) => portal.listen(0, '127.0.0.1', done));
config.page = `http://127.0.0.1:${portal.address().port}`;

function stage(host, faults) {
  const state = phone([config.url, proxy.url, config.page]);
  for (const [name, path] of Object.entries(config.files)) state.files.set(`tmp://${name}.jpg`, path);
  const shim = host === 'wx' ? { wx: wxShim(state) } : { dd: ddShim(state) };
  const { load } = realm(shim, { built: !faults, faults });
  const sdk = load(host);
  return {
    config,
    proxy,
    sdk,
    load,
    shim,
    phone: state,
    docs: load('documents'),
    app: host === 'wx' ? 'wechat' : 'dingtalk',
    photo: (name) => (host === 'wx' ? `tmp://${name}.jpg` : { filePath: `tmp://${name}.jpg`, fileType: 'image' }),
    client(more = {}) {
      const made = host === 'wx' ? sdk.wxHost(shim.wx) : sdk.ddHost(shim.dd);
      return sdk.connect(made, {
        url: config.url,
        client: host === 'wx' ? 'wechat/1.4.0' : 'dingtalk/1.4.0',
        session: () => ({ token: config.token, account: 'a' }),
        pause: 10,
        ...more,
      });
    },
  };
}

// A planted fault may end in a promise that nobody waits for.
process.on('unhandledRejection', () => {});

for (const { host, only, faults } of config.runs) {
  for (const [name, run] of Object.entries(scenarios[host])) {
    if (only && !only.includes(name)) continue;
    let problem = null;
    try {
      const late = new Promise((_, fail) => {
        setTimeout(() => fail(new Error('took too long')), config.seconds * 1000).unref();
      });
      await Promise.race([run(stage(host, faults)), late]);
    } catch (error) {
      problem = String(error.stack || error);
    }
    console.log(JSON.stringify({ host, name, problem }));
  }
}
process.exit(0);
