// SIP.js as an app: URL USER PASSWORD DOMAIN. Orders as JSON lines on stdin: send, leave.
// Says what happens as JSON lines on stdout: registered, lost, received, answer.
globalThis.WebSocket = require('ws');
const lines = require('readline').createInterface({ input: process.stdin });
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const [url, user, password, domain] = process.argv.slice(2);

// It is an ES module, which only an address finds.
import(`${process.env.NODE_PATH}/sip.js/lib/index.js`).then(async (sip) => {
  const agent = new sip.UserAgent({
    uri: sip.UserAgent.makeURI(`sip:${user}@${domain}`),
    authorizationUsername: user,
    authorizationPassword: password,
    transportOptions: { server: url, keepAliveInterval: 1 },
    logBuiltinEnabled: false,
    delegate: {
      onMessage: (message) => {
        message.accept();
        say({
          event: 'received',
          sender: message.request.from.uri.user,
          call_id: message.request.callId,
          text: message.request.body,
        });
      },
      onDisconnect: (error) => { say({ event: 'lost' }); if (error) again(); },
    },
  });
  const registerer = new sip.Registerer(agent, { expires: 300 });
  registerer.stateChange.addListener((state) => {
    if (state === sip.RegistererState.Registered) say({ event: 'registered' });
  });
  // It leaves it to the app to come back.
  const again = () => setTimeout(
    () => agent.reconnect().then(() => registerer.register()).catch(again), 500);
  const operations = {
    send: ({ to, text }) =>
      new sip.Messager(agent, sip.UserAgent.makeURI(`sip:${to}@${domain}`), text).message({
        requestDelegate: {
          onAccept: ({ message }) => say({ event: 'answer', status: message.statusCode }),
          onReject: ({ message }) => say({ event: 'answer', status: message.statusCode }),
        },
      }),
    leave: async () => { await agent.stop(); setTimeout(() => process.exit(0), 500); },
  };
  lines.on('line', (line) => { const words = JSON.parse(line); operations[words.op](words); });
  lines.on('close', operations.leave);
  await agent.start();
  await registerer.register();
}).catch((error) => { console.error(error); process.exit(1); });
