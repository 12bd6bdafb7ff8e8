"""PyPI smpp34 as an ESME: `smpp34_esme.py HOST PORT SYSTEM_ID PASSWORD TLS NUMBER COUNT WINDOW`.

Binds, submits COUNT SMS to NUMBER, waits for their receipts and unbinds; JSON lines on stdout.
"""

import asyncio
import json
import sys

import smpp34


def say(**event):
    """One line."""
    print(json.dumps(event), flush=True)


async def main(host, port, system_id, password, tls, number, count, window):
    """From bind to unbind."""
    client = smpp34.Client(host=host, port=int(port), system_id=system_id, password=password,
                           bind_type="TRX", tls=tls == "tls", window_size=int(window))
    smsc = await client.connect()
    say(event="bound", smsc=smsc.system_id)
    room, missing = asyncio.Semaphore(int(window)), int(count)

    async def submit(place):
        async with room:
            answer = await smsc.submit_sm(
                destination_addr=number, source_addr="TATA", source_addr_ton=5,
                dest_addr_ton=1, dest_addr_npi=1, registered_delivery=1,
                short_message=f"smpp34 {place}".encode())
        say(event="answer", text=f"smpp34 {place}", status=answer.command_status,
            id=answer.message_id)

    submits = asyncio.gather(*[submit(place) for place in range(int(count))])
    while missing:
        got = await smsc.next()
        if isinstance(got, smpp34.Disconnected):
            return say(event="gone")
        tlvs = {tlv.tag: tlv.value for tlv in got.tlvs}
        identity = tlvs.get(smpp34.TLV_RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode()
        say(event="deliver", esm_class=got.esm_class, text=got.short_message.decode("latin-1"),
            tlv_id=identity, tlv_state=tlvs.get(smpp34.TLV_MESSAGE_STATE, b"\0")[0])
        missing -= 1
    await submits
    await smsc.unbind()
    say(event="unbound")


asyncio.run(main(*sys.argv[1:]))
