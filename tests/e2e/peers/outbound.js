// npm smpp as an ESME that waits to be dialled: `node outbound.js HOST PORT SYSTEM_ID PASSWORD`,
// JSON lines on stdout. Binds as receiver on each link that says outbind, and takes receipts.
const smpp = require('smpp');
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const [host, port, system_id, password] = process.argv.slice(2);
const server = smpp.createServer({}, (session) => {
  session.on('error', (error) => console.error(String(error)));
  session.on('outbind', (pdu) => {
    say({ event: 'outbind', system_id: pdu.system_id, password: pdu.password });
    session.bind_receiver({ system_id, password }, (answer) =>
      say({ event: 'bound', status: answer.command_status }));
  });
  session.on('deliver_sm', (pdu) => {
    session.send(pdu.response());
    say({ event: 'deliver', esm_class: pdu.esm_class, text: pdu.short_message.message });
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
});
server.listen(Number(port), host, () => say({ event: 'listening' }));
process.stdin.on('end', () => process.exit(0)).resume();
