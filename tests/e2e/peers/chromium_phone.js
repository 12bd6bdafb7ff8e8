// JsSIP as an app in a headless Chromium: URL USER PASSWORD DOMAIN DIRECTORY. Orders and events
// as those of jssip_phone.js. The browser is driven by its DevTools protocol over a pipe: JSON,
// each message ended by a NUL, on its descriptors 3 and 4.
const { spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const path = require('path');
const lines = require('readline').createInterface({ input: process.stdin });
const out = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const fail = (why) => { console.error(why); process.exit(1); };

const [url, user, password, domain, directory] = process.argv.slice(2);

const bundle = require('esbuild').buildSync({
  stdin: { contents: "module.exports = require('jssip')", resolveDir: process.env.NODE_PATH },
  nodePaths: [process.env.NODE_PATH],
  bundle: true, format: 'iife', globalName: 'JsSIP', write: false,
}).outputFiles[0].text;
const app = fs.readFileSync(path.join(__dirname, 'jssip_app.js'), 'utf8');
const words = JSON.stringify([url, user, password, domain]);
const page = `<!doctype html><meta charset="utf-8"><title>phone</title>
<script src="/jssip.js"></script><script src="/app.js"></script>
<script>const say = (event) => heard(JSON.stringify(event));
say({ event: 'browser', agent: navigator.userAgent });
const app = jssipApp(JsSIP, ${words}, say);</script>`;
const files = {
  '/': ['text/html', page],
  '/jssip.js': ['text/javascript', bundle],
  '/app.js': ['text/javascript', app],
};
const server = http.createServer((request, response) => {
  const [type, text] = files[request.url] || ['text/plain', ''];
  const status = files[request.url] ? 200 : 404;
  response.writeHead(status, { 'Content-Type': `${type};charset=utf-8` });
  response.end(text);
}).listen(0, '127.0.0.1', begin);

const waiting = new Map();
let browser, held = '', asked = 0, session;

function ask(method, params = {}, within) {
  asked += 1;
  browser.stdio[3].write(JSON.stringify({ id: asked, method, params, sessionId: within }) + '\0');
  return new Promise((resolve) => waiting.set(asked, resolve));
}

function take(message) {
  if (message.id) {
    if (message.error) fail(`${message.error.message}`);
    waiting.get(message.id)(message.result);
    waiting.delete(message.id);
  } else if (message.method === 'Runtime.bindingCalled') {
    const event = JSON.parse(message.params.payload);
    out(event);
    if (event.event === 'unregistered' && leaving) end();
  } else if (message.method === 'Runtime.exceptionThrown') {
    console.error(JSON.stringify(message.params.exceptionDetails));
  }
}

async function begin() {
  const home = fs.mkdtempSync(path.join(directory, `chromium-${user}-`));
  browser = spawn('chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    // The authority of the scenario is nobody's.
    '--ignore-certificate-errors',
    `--user-data-dir=${home}`, '--remote-debugging-pipe', 'about:blank',
  ], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home },
  });
  browser.on('error', fail);
  browser.on('exit', (code) => process.exit(leaving ? 0 : code || 1));
  browser.stdio[4].on('data', (octets) => {
    held += octets;
    const whole = held.split('\0');
    held = whole.pop();
    whole.forEach((text) => take(JSON.parse(text)));
  });
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  ({ sessionId: session } = await ask('Target.attachToTarget', { targetId, flatten: true }));
  await ask('Runtime.enable', {}, session);
  await ask('Runtime.addBinding', { name: 'heard' }, session);
  await ask('Page.navigate', { url: `http://127.0.0.1:${server.address().port}/` }, session);
}

let leaving = false;
function end() { browser.kill('SIGKILL'); }
async function order(words) {
  leaving ||= words.op === 'leave';
  const expression = `void app.${words.op}(${JSON.stringify(words)})`;
  await ask('Runtime.evaluate', { expression }, session);
  if (leaving) setTimeout(end, 2000);
}
lines.on('line', (line) => order(JSON.parse(line)));
lines.on('close', () => order({ op: 'leave' }));
