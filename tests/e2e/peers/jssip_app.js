// JsSIP as an app, in Node or in a browser: `say` hears what happens as an object, and what it
// returns does what it is told: send, leave.
function jssipApp(JsSIP, [url, user, password, domain], say) {
  const phone = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)],
    uri: `sip:${user}@${domain}`,
    password,
    register_expires: 300,
    session_timers: false,
    connection_recovery_min_interval: 1,
  });
  phone.on('registered', () => say({ event: 'registered' }));
  phone.on('unregistered', () => say({ event: 'unregistered' }));
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
  phone.start();
  return {
    send: ({ to, text }) =>
      phone.sendMessage(`sip:${to}@${domain}`, text, {
        eventHandlers: {
          succeeded: ({ response }) => say({ event: 'answer', status: response.status_code }),
          failed: ({ response, cause }) =>
            say({ event: 'answer', status: response ? response.status_code : 0, cause }),
        },
      }),
    leave: () => phone.stop(),
  };
}

if (typeof module !== 'undefined') module.exports = { jssipApp };
