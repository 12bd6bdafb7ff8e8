// npm smpp as an ESME, driven by JSON lines on stdin: bind, submit, unbind.
// Says what happens as JSON lines on stdout: bound, answer, deliver.
const smpp = require('smpp');
const lines = require('readline').createInterface({ input: process.stdin });
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const [host, port] = process.argv.slice(2);
const session = smpp.connect({ url: `smpp://${host}:${port}`, auto_enquire_link_period: 10000 });
const connected = new Promise((resolve) => session.on('connect', resolve));
session.on('error', (error) => { console.error(String(error)); process.exit(1); });
session.on('close', () => process.exit(0));
session.on('enquire_link', (pdu) => session.send(pdu.response()));
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  const body = pdu.short_message.message;
  say({
    event: 'deliver',
    esm_class: pdu.esm_class,
    source_addr: pdu.source_addr,
    destination_addr: pdu.destination_addr,
    text: Buffer.from(body, 'latin1').toString('hex'),
    tlv_id: String(pdu.receipted_message_id || '').replace(/\0+$/, ''),
    tlv_state: pdu.message_state ?? null,
  });
});

const operations = {
  bind: ({ kind, system_id, password }) =>
    session[`bind_${kind}`]({ system_id, password }, (pdu) =>
      say({ event: 'bound', status: pdu.command_status })),
  // Octets in `text`, or characters in `said` for npm smpp to encode.
  submit: ({ ticket, text, said, pdu: { udh, ...pdu } }) => {
    const message = said ?? Buffer.from(text, 'hex');
    const short_message = udh ? { udh: Buffer.from(udh, 'hex'), message } : message;
    session.submit_sm({ ...pdu, short_message }, (answer) =>
      say({ event: 'answer', ticket, status: answer.command_status, id: answer.message_id || '' }));
  },
  unbind: () => session.unbind(() => session.close()),
};
lines.on('line', (line) => {
  const words = JSON.parse(line);
  connected.then(() => operations[words.op](words));
});
