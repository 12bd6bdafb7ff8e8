"""The pages of control, used in a browser as a person uses them."""

import os

from browser import Browser
from campaign import Campaign
from carriers import Smpplib
from paths import ROOT
from phones import Sipp
from scenarios.control_api import API, Afar, site
from scenarios.registry import scenario
from waiting import same, true
from world import PHONE_PASSWORD, TATA_PASSWORD

SMS = 10
CONTRAST = """(() => {
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((one) => one / 255)
      .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const ratio = (element) => {
    const ink = light(getComputedStyle(element).color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  return Math.min(...[...document.querySelectorAll('main *')].map(ratio));
})()"""


@scenario("control/page", "control", peers=["Chromium"], seconds=150)
def page(run):
    """Overview, carriers, the why of a number and a settlement, by keyboard, light and dark."""
    world, authority = site(run, "env1", shards=2)
    with world:
        world.start().story()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                       25060).register())
        Campaign(tata, [("1111", f"sms {n}") for n in range(SMS)]).submit_all().collect_receipts()
        steps = world.cli.run("cdr", "steps", "1111", "--limit", "1")
        for word in ("came from TATA over SMPP", "accepted, 0.010000 USD by TATA-in",
                     "ended DELIVRD", "the sender took its receipt"):
            true(f"{word!r} in {steps!r}", word in steps)
        reader = Afar(world, authority, "read")
        browser = world.own(Browser(run.directory)).start()
        browser.go(f"https://{API}/")
        same("a stranger is sent to", "/login", browser.run("location.pathname"))
        browser.run("document.querySelector('input').focus()")
        browser.type(reader.token)
        browser.key("Enter", 13)
        browser.until("the overview", "document.title.startsWith('Overview')")
        overview(run, world, browser)
        look(run, browser)
        nothing_else(world, browser, reader)


def overview(run, world, browser):
    """It says what is so, and again when it changes; rows are found by the keyboard."""
    words = browser.run("document.querySelector('main').innerText")
    for word in ("Generation 1 is live", "All is well", "env1.example", "TATA", "bound"):
        true(f"{word!r} in {words!r}", word in words)
    world.cli.run("account", "add", "2222", "--env", "env1", "--password-stdin", stdin="pw")
    world.commit("one more")
    browser.until("generation 2 without a reload",
                  "document.querySelector('main').innerText.includes('Generation 2 is live')")
    picture(run, browser, "overview")
    picture(run, browser, "overview-dark", dark=True)
    browser.key("/")
    same("what has the focus", "search", browser.run("document.activeElement.type"))
    browser.type("no such thing")
    same("rows that are left", 0, browser.run(
        "[...document.querySelectorAll('main tbody tr')].filter((row) => !row.hidden).length"))


def look(run, browser):
    """Carriers, a number's way, a settlement with its file."""
    browser.go(f"https://{API}/carriers")
    true("TATA", "TATA" in browser.run("document.querySelector('main').innerText"))
    browser.go(f"https://{API}/route")
    for name, text in (("from", "TATA"), ("number", "1111")):
        browser.run(f"document.querySelector('[name={name}]').focus()")
        browser.type(text)
    browser.key("Enter", 13)
    words = browser.until("a decision", "document.querySelector('.decision')?.innerText")
    true(words, words.startswith("local account 1111"))
    picture(run, browser, "route")
    browser.go(f"https://{API}/settlement")
    month = browser.run("new Date().toISOString().slice(0, 7)")
    for name, text in (("carrier", "TATA"), ("month", month)):
        browser.run(f"document.querySelector('[name={name}]').focus()")
        browser.type(text)
    browser.key("Enter", 13)
    due = browser.until("a sum", "document.querySelector('.due')?.innerText")
    same("due", "Due: 0.10 USD", due)
    picture(run, browser, "settlement")
    csv = browser.run(f"fetch('/settlement.csv?carrier=TATA&month={month}').then((a) => a.text())")
    true(csv, csv.splitlines()[1].endswith(",1,10000,10,100000,USD"))


def nothing_else(world, browser, reader):
    """Nobody else was asked, the cookie changes nothing, and its end is the end."""
    strangers = [url for url in browser.requests
                 if not url.startswith((f"https://{API}/", "about:"))]
    same("requests to anybody else", [], strangers)
    status = browser.run("fetch('/v1/discard', {method: 'POST', body: '{}', headers: "
                         "{'content-type': 'application/json'}}).then((a) => a.status)")
    same("a change by the cookie", 401, status)
    same("script that sees the cookie", "", browser.run("document.cookie"))
    world.cli.run("token", "rm", "read")
    browser.go(f"https://{API}/")
    same("without its token", "/login", browser.run("location.pathname"))


def picture(run, browser, name, dark=False):
    """What it looks like; kept in docs/img if SIGNALBOX_IMAGES says so. It can be read."""
    folder = os.path.join(ROOT, "docs", "img") if os.environ.get("SIGNALBOX_IMAGES") else \
        run.directory
    os.makedirs(folder, exist_ok=True)
    browser.shot(os.path.join(folder, f"{name}.png"), dark)
    ratio = browser.run(CONTRAST)
    true(f"contrast of {name} is {ratio:.1f}, 4.5 at least (WCAG 2.2 1.4.3)", ratio >= 4.5)
