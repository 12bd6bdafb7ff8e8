// JsSIP as an app in Node: URL USER PASSWORD DOMAIN. Orders as JSON lines on stdin: send, leave.
// Says what happens as JSON lines on stdout: registered, lost, received, answer.
globalThis.WebSocket = require('ws');
const { jssipApp } = require('./jssip_app.js');
const lines = require('readline').createInterface({ input: process.stdin });
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const app = jssipApp(require('jssip'), process.argv.slice(2), say);
const leave = () => { app.leave(); setTimeout(() => process.exit(0), 500); };
lines.on('line', (line) => {
  const words = JSON.parse(line);
  if (words.op === 'leave') leave(); else app[words.op](words);
});
lines.on('close', leave);
