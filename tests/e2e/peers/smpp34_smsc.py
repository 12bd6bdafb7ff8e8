"""PyPI smpp34 as an SMSC: `smpp34_smsc.py HOST PORT [MO_FROM MO_TO]`.

Takes every submit_sm and sends a DELIVRD receipt where one is asked for. With MO_FROM and MO_TO it
also sends one SMS of its own to whoever binds. JSON lines on stdout.
"""

import asyncio
import json
import sys

import smpp34


def say(**event):
    """One line."""
    print(json.dumps(event), flush=True)


async def receipt(esme, got, identity):
    """What an SMSC says when the SMS has arrived."""
    text = (f"id:{identity} sub:001 dlvrd:001 submit date:2611211900 done date:2611211900 "
            f"stat:DELIVRD err:000 text:x")
    answer = await esme.deliver_sm(
        destination_addr=got.source_addr, source_addr=got.destination_addr, esm_class=4,
        short_message=text.encode(),
        tlvs=[smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, identity.encode() + b"\0"),
              smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\x02")])
    say(event="receipted", id=identity, status=answer.command_status)


async def own(esme, source, destination):
    """An SMS of a phone behind the SMSC."""
    answer = await esme.deliver_sm(
        destination_addr=destination, source_addr=source, source_addr_ton=1, source_addr_npi=1,
        dest_addr_ton=1, dest_addr_npi=1, short_message=b"mobile originated")
    say(event="delivered", status=answer.command_status)


async def main(host, port, *mobile):
    """Serves until it is killed."""
    server = smpp34.Server(host=host, port=int(port), system_id="smpp34")
    await server.start()
    say(event="listening")
    esmes, tasks, count = {}, set(), 0

    def begin(work):
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    while True:
        got = await server.next()
        if isinstance(got, smpp34.Esme):
            esmes[got.session_id] = got
            say(event="bind", system_id=got.system_id)
            if mobile:
                begin(own(got, *mobile))
                mobile = ()
        elif isinstance(got, smpp34.SubmitSmEvent):
            count += 1
            say(event="submit", source=got.source_addr, destination=got.destination_addr,
                text=got.short_message.decode("latin-1"), esm_class=got.esm_class,
                data_coding=got.data_coding, tlvs={tlv.tag: tlv.value.hex() for tlv in got.tlvs})
            got.accept(message_id=str(count))
            if got.registered_delivery & 3:
                begin(receipt(esmes[got.session_id], got, str(count)))
        elif isinstance(got, smpp34.Unbound):
            say(event="unbound")


asyncio.run(main(*sys.argv[1:]))
