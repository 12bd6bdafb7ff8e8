// A headless Chromium for a scenario: DIRECTORY. Each line to it is a command of the DevTools
// protocol, {id, method, params}, for its one page; it says {event: "answer", id, result} and
// {event: "request", url} for whatever the page asks of anybody.
const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');
const out = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const fail = (why) => { console.error(why); process.exit(1); };

const [directory] = process.argv.slice(2);
const home = fs.mkdtempSync(path.join(directory, 'chromium-'));
const browser = spawn('chromium', [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--hide-scrollbars',
  // The authority of the scenario is nobody's.
  '--ignore-certificate-errors',
  `--user-data-dir=${home}`, '--remote-debugging-pipe', 'about:blank',
], { stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'], env: { ...process.env, HOME: home } });
browser.on('error', fail);
browser.on('exit', (code) => process.exit(code || 0));

const waiting = new Map();
let held = '', asked = 0, session;

function ask(method, params = {}, within) {
  asked += 1;
  browser.stdio[3].write(JSON.stringify({ id: asked, method, params, sessionId: within }) + '\0');
  return new Promise((resolve) => waiting.set(asked, resolve));
}

browser.stdio[4].on('data', (octets) => {
  held += octets;
  const whole = held.split('\0');
  held = whole.pop();
  for (const text of whole) {
    const message = JSON.parse(text);
    if (message.id) {
      waiting.get(message.id)(message.error ? { error: message.error.message } : message.result);
      waiting.delete(message.id);
    } else if (message.method === 'Network.requestWillBeSent') {
      out({ event: 'request', url: message.params.request.url });
    }
  }
});

async function begin() {
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  ({ sessionId: session } = await ask('Target.attachToTarget', { targetId, flatten: true }));
  for (const domain of ['Page', 'Network', 'Runtime']) await ask(`${domain}.enable`, {}, session);
  out({ event: 'ready' });
}
begin();

const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  out({ event: 'answer', id, result: await ask(method, params, session) });
});
lines.on('close', () => browser.kill('SIGKILL'));
