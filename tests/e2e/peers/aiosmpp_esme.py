"""PyPI aiosmpplib as an ESME: `aiosmpp_esme.py HOST PORT SYSTEM_ID PASSWORD NUMBER COUNT`.

Binds, submits COUNT SMS to NUMBER and stays for what comes, until stdin ends; JSON lines on stdout.
"""

import asyncio
import json
import sys

from aiosmpplib import ESME, PhoneNumber, SubmitSm
from aiosmpplib.hook import AbstractHook
from aiosmpplib.log import WARNING
from aiosmpplib.protocol import DeliverSm, SubmitSmResp
from aiosmpplib.state import NPI, TON


def say(**event):
    """One line."""
    print(json.dumps(event), flush=True)


class Says(AbstractHook):
    """Says what comes and goes."""

    async def sending(self, smpp_message, pdu, client_id):
        """Nothing to say: the answers are."""

    async def received(self, smpp_message, pdu, client_id):
        """An answer or a receipt."""
        if isinstance(smpp_message, SubmitSmResp):
            say(event="answer", text=smpp_message.log_id, status=int(smpp_message.command_status),
                id=smpp_message.message_id)
        elif isinstance(smpp_message, DeliverSm):
            receipt = smpp_message.is_receipt()
            found = smpp_message.parse_receipt() if receipt else {}
            say(event="deliver", receipt=receipt,
                found={key: str(value) for key, value in found.items()})

    async def send_error(self, smpp_message, error, client_id):
        """What it could not send."""
        say(event="error", error=repr(error))


async def main(host, port, system_id, password, number, count):
    """From bind to unbind."""
    esme = ESME(smsc_host=host, smsc_port=int(port), system_id=system_id, password=password,
                log_level=WARNING, hook=Says())
    running = asyncio.create_task(esme.start())
    for place in range(int(count)):
        await esme.broker.enqueue(SubmitSm(
            short_message=f"aiosmpplib {place} €",
            source=PhoneNumber("TATA", TON.ALPHANUMERIC, NPI.UNKNOWN),
            destination=PhoneNumber(number, TON.INTERNATIONAL, NPI.ISDN),
            registered_delivery=1, log_id=f"aiosmpplib {place} €"))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await esme.stop()
    await running
    say(event="unbound")


asyncio.run(main(*sys.argv[1:]))
