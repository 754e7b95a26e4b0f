// A way to the server that loses answers: the request arrives, has its effect, and nobody hears of it.

import net from 'node:net';

/** Listens on a port of its own; `cut(text, times)` loses the answers of requests that hold `text`. */
export async function cuttingProxy(target) {
  const { hostname, port } = new URL(target);
  const wanted = [];
  let lost = 0;
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    let request = '';
    let losing = false;
    near.on('data', (piece) => {
      request += piece.toString('latin1');
      const found = wanted.find((one) => one.times > 0 && request.includes(one.text));
      if (found && !losing) {
        found.times--;
        losing = true;
      }
      far.write(piece);
    });
    far.on('data', (piece) => {
      if (!losing) near.write(piece);
    });
    far.on('end', () => {
      if (losing) lost++;
      near.destroy();
    });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut: (text, times) => wanted.push({ text, times }),
    lost: () => lost,
    close: () => server.close(),
  };
}
