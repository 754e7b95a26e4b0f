// A JavaScript realm as bare as the logic layer of a mini-program: ECMAScript, timers, and the one
// object of the host. No fetch, no URL, no crypto, no TextEncoder; eval and new Function throw.

import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import vm from 'node:vm';

const root = new URL('../', import.meta.url);
const text = (path) => readFileSync(new URL(path, root), 'utf8');

/** The source of a host as one CommonJS text, with faults planted: file, text, what is there instead. */
function fromSource(name, faults) {
  const files = { wx: ['core', 'wx'], dd: ['core', 'dd'], chunks: ['chunks'] }[name];
  let code = files.map((file) => stripTypeScriptTypes(text(`src/${file}.ts`))).join('\n');
  code = code.replace(/^import .*$/gm, '').replace(/^export \* .*$/gm, '');
  const names = [...code.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(([, one]) => one);
  code = code.replace(/^export (type .*$|interface |)/gm, '');
  for (const [, from, to] of faults.filter(([file]) => files.includes(file))) {
    if (code.split(from).length !== 2) throw new Error(`the fault does not fit: ${from}`);
    code = code.replace(from, () => to);
  }
  return `${code}\nmodule.exports = { ${names} };`;
}

/** `load(name)` gives the exports of a file of the SDK, run inside the realm. */
export function realm(host, { built = true, faults = [] } = {}) {
  const context = vm.createContext(
    { ...host, setTimeout, clearTimeout },
    { codeGeneration: { strings: false, wasm: false } },
  );
  const before = vm.runInContext('Object.getOwnPropertyNames(globalThis).join()', context);
  const load = (name) => {
    const code = built || name === 'documents' ? text(`lib/${name}.js`) : fromSource(name, faults);
    const module = { exports: {} };
    const run = vm.runInContext(`(function (module, exports, require) {${code}\n})`, context, { filename: `${name}.js` });
    run(module, module.exports, () => {
      throw new Error('nothing to require');
    });
    if (vm.runInContext('Object.getOwnPropertyNames(globalThis).join()', context) !== before) {
      throw new Error(`${name} leaves something in the global object`);
    }
    return module.exports;
  };
  return { context, load };
}
