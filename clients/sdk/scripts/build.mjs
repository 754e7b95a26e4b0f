// Writes lib/: one minified file per host, and what they were made from, for the tests to compare.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, version as bundler } from 'esbuild';
import { minify } from 'terser';

const root = new URL('../', import.meta.url);
const MADE_BY_HRP = 'documents.ts'; // its JavaScript is written by `mobile-hrp contract sdk`
const targets = { wx: 'js', dd: 'js', chunks: 'js', web: 'mjs', node: 'mjs' };

/** Mini-programs load CommonJS; the helpers that bundlers add for it would be a twentieth of a file. */
const asCommonJs = (code) =>
  code.replace(/export\{([^}]*)\};?\s*$/, (_, names) => {
    const pairs = names.split(',').map((name) => name.split(' as ').reverse().join(':'));
    return `module.exports={${pairs}};`;
  });

const bytes = {};
for (const [name, kind] of Object.entries(targets)) {
  const bundle = await build({
    entryPoints: [new URL(`src/${name}.ts`, root).pathname],
    format: 'esm',
    bundle: true,
    charset: 'utf8',
    target: 'es2018',
    write: false,
  });
  const { code } = await minify(bundle.outputFiles[0].text, {
    module: true,
    ecma: 2018,
    compress: { passes: 3, unsafe_arrows: true, pure_getters: true },
  });
  const text = `${kind === 'js' ? asCommonJs(code) : code}\n`;
  writeFileSync(new URL(`lib/${name}.${kind}`, root), text);
  bytes[`${name}.${kind}`] = Buffer.byteLength(text);
}

const hash = createHash('sha256');
for (const name of readdirSync(new URL('src/', root)).sort()) {
  if (name !== MADE_BY_HRP) hash.update(`${name}\0`).update(readFileSync(new URL(`src/${name}`, root)));
}
const record = { esbuild: bundler, sources: hash.digest('hex'), bytes };
writeFileSync(new URL('lib/build.json', root), `${JSON.stringify(record, null, 1)}\n`);
console.log(bytes);
