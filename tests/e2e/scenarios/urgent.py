"""1.2: a one-time password that comes in the middle of a campaign."""

from campaign import Campaign
from carriers import Smpplib
from phones import Linphone
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD

CODE = "Viber code: 482193"
CAMPAIGN = 60


@scenario("1.2", "accept", peers=("smpplib", "linphone-daemon"))
def password_before_campaign(run):
    """The app has a campaign in its inbox and a password comes: the app gets that first, once."""
    with run.world("env1") as world:
        world.start().story()
        world.add_carrier("env1", "Viber", "viber", "pw2")
        world.commit("Viber")
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind of TATA", 0, tata.bind())
        offers = [f"offer {n}" for n in range(CAMPAIGN)]
        campaign = Campaign(tata, [("1111", offer) for offer in offers]).submit_all(seconds=20)
        viber = world.own(Smpplib("127.0.0.2", "viber", "pw2"))
        same("bind of Viber", 0, viber.bind())
        status, identity = viber.answer(viber.submit("1111", CODE, priority_flag=3))
        same("submit_sm_resp for the password", 0, status)
        phone = world.own(Linphone("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                   run.directory, 26010)).register()
        until("all texts", lambda: len(phone.received) > CAMPAIGN, seconds=30)
        same("texts, in order", [CODE, *offers], [got.text for got in phone.received])
        viber.until("receipt of the password", lambda: viber.receipts)
        same("receipts of Viber", [(identity, "DELIVRD")],
             [(receipt["id"], receipt["stat"]) for receipt in viber.receipts])
        campaign.collect_receipts(20)
        true("the campaign went on undisturbed", campaign.broken == 0)
        run.say(f"the password went before {CAMPAIGN} offers that came earlier")
