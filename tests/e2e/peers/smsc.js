// npm smpp as an SMSC: `node smsc.js HOST PORT [MO_FROM MO_TO]`, JSON lines on stdout.
// Takes every submit_sm and sends a DELIVRD receipt where one is asked for.
// SMSC_IDS=hex|decimal|both says how it spells its ids: both is hex in the answer, decimal in
// the receipt. SMSC_THROTTLE=N answers the first N submits with ESME_RTHROTTLED; SMSC_SAYS=20,0,11
// says what each of the first ones is told, 0 is taken; SMSC_ENDS=UNDELIV,DELIVRD says
// how the first ones that it took end, as their receipts tell: DELIVRD if nothing is said.
const smpp = require('smpp');
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const [host, port, moFrom, moTo] = process.argv.slice(2);
const ids = process.env.SMSC_IDS || 'decimal';
let throttled = Number(process.env.SMSC_THROTTLE || 0);
const says = (process.env.SMSC_SAYS || '').split(',').filter(Boolean).map(Number);
const ends = (process.env.SMSC_ENDS || '').split(',').filter(Boolean);
let count = 0xa0;
let said = false;
const spelled = (form) => (form === 'hex' ? count.toString(16) : String(count));

const serve = (session) => {
  session.on('error', (error) => console.error(String(error)));
  for (const kind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(kind, (pdu) => {
      say({ event: 'bind', kind, system_id: pdu.system_id, version: pdu.interface_version });
      session.send(pdu.response({ system_id: 'npm-smpp' }));
      if (moFrom && !said) {
        said = true;
        session.deliver_sm({
          source_addr_ton: 1, source_addr_npi: 1, source_addr: moFrom,
          dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: moTo,
          short_message: 'mobile originated',
        }, (answer) => say({ event: 'delivered', status: answer.command_status }));
      }
    });
  }
  session.on('submit_sm', (pdu) => {
    if (throttled-- > 0) {
      say({ event: 'throttled' });
      return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    }
    const told = says.shift() || 0;
    if (told) {
      say({ event: 'refused', destination: pdu.destination_addr, status: told });
      return session.send(pdu.response({ command_status: told }));
    }
    count += 1;
    say({
      event: 'submit', source: pdu.source_addr, destination: pdu.destination_addr,
      planes: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.dest_addr_ton, pdu.dest_addr_npi],
      text: pdu.short_message.message, data_coding: pdu.data_coding, esm_class: pdu.esm_class,
      udh: Buffer.concat([pdu.short_message.udh || []].flat()).toString('hex'),
    });
    session.send(pdu.response({ message_id: spelled(ids === 'decimal' ? 'decimal' : 'hex') }));
    if (pdu.registered_delivery & 3) {
      const id = spelled(ids === 'hex' ? 'hex' : 'decimal');
      const end = ends.shift() || 'DELIVRD';
      session.deliver_sm({
        esm_class: 4, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
        short_message: `id:${id} sub:001 dlvrd:001 submit date:2611211900 ` +
          `done date:2611211900 stat:${end} err:000 text:x`,
      }, (answer) => say({ event: 'receipted', id, status: answer.command_status }));
    }
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    say({ event: 'unbound' });
    session.close();
  });
};
const ready = () => say({ event: 'listening' });
const { SMSC_KEY: key, SMSC_CERTIFICATE: cert } = process.env;
if (key) {
  const fs = require('fs');
  const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
  require('tls').createServer(options, (socket) => serve(new smpp.Session({ socket })))
    .listen(port, host, ready);
} else {
  smpp.createServer({}, serve).listen(port, host, ready);
}
