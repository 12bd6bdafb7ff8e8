// JsSIP as an app: URL USER PASSWORD DOMAIN. Orders as JSON lines on stdin: send, leave.
// Says what happens as JSON lines on stdout: registered, lost, received, answer.
globalThis.WebSocket = require('ws');
const JsSIP = require('jssip');
const lines = require('readline').createInterface({ input: process.stdin });
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const [url, user, password, domain] = process.argv.slice(2);
const phone = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(url)],
  uri: `sip:${user}@${domain}`,
  password,
  register_expires: 300,
  session_timers: false,
  connection_recovery_min_interval: 1,
});
phone.on('registered', () => say({ event: 'registered' }));
phone.on('registrationFailed', ({ cause }) => say({ event: 'failed', cause }));
phone.on('disconnected', () => say({ event: 'lost' }));
phone.on('newMessage', ({ originator, request, message }) => {
  if (originator !== 'remote') return;
  say({
    event: 'received',
    sender: request.from.uri.user,
    call_id: request.call_id,
    text: request.body,
  });
});

const operations = {
  send: ({ to, text }) =>
    phone.sendMessage(`sip:${to}@${domain}`, text, {
      eventHandlers: {
        succeeded: ({ response }) => say({ event: 'answer', status: response.status_code }),
        failed: ({ response, cause }) =>
          say({ event: 'answer', status: response ? response.status_code : 0, cause }),
      },
    }),
  leave: () => { phone.stop(); setTimeout(() => process.exit(0), 500); },
};
lines.on('line', (line) => { const words = JSON.parse(line); operations[words.op](words); });
lines.on('close', operations.leave);
phone.start();
