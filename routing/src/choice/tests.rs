use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::snapshot::Snapshot;
use crate::{
    Account, BindKind, Conditions, Connection, Environment, Manner, NumberList, Order, Pattern,
    Plan, Policy, PolicyTable, Rate, Screen, Side, Stance, Tariff, Way, Window,
};

/// What is known of connections, as a test says it.
#[derive(Default)]
struct Known {
    standings: BTreeMap<u32, Standing>,
    qualities: BTreeMap<u32, u32>,
    full: Vec<(u32, usize)>,
}

impl Outlook for Known {
    fn standing(&self, connection: u32) -> Standing {
        self.standings.get(&connection).copied().unwrap_or(Standing::Ready)
    }

    fn quality(&self, connection: u32) -> u32 {
        self.qualities.get(&connection).copied().unwrap_or(0)
    }

    fn has_room(&self, policy: u32, way: usize, _: u32) -> bool {
        !self.full.contains(&(policy, way))
    }
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn connection(id: u32) -> Connection {
    Connection {
        id,
        name: format!("c{id}"),
        remote: "127.0.0.3:2775".parse().unwrap(),
        local: None,
        system_id: String::new(),
        password: Vec::new(),
        system_type: String::new(),
        bind: BindKind::Transceiver,
        window: 10,
        tps: 0,
        count_hops: true,
        enabled: true,
        manner: Manner::default(),
        protocol: Default::default(),
    }
}

fn environment(policies: Vec<Policy>) -> Environment {
    Environment {
        id: 1,
        name: "env1".into(),
        domain: "env1.example".into(),
        connections: (1..=4).map(connection).collect(),
        policies: PolicyTable::build(policies),
        ..Environment::default()
    }
}

fn snapshot(environment: Environment) -> Snapshot {
    Snapshot::of(&Plan { environments: vec![environment.index()], ..Plan::default() })
}

fn said(environment: &ArchivedEnvironment, decision: Decision<'_>) -> String {
    match decision {
        Decision::Account(id) => format!("account {}", environment.account(id).unwrap().user),
        Decision::Connection { policy, connection, .. } => {
            format!("{} over {}", policy.id, connection.id)
        }
        Decision::Refused { refusal, .. } => format!("{refusal:?}"),
    }
}

fn asked(environment: &Environment, question: &Question<'_>, known: &Known) -> String {
    let snapshot = snapshot(environment.clone());
    let environment = &snapshot.plan().environments[0];
    let choice = environment.choose(&[], question, known, &mut ());
    let explained = environment.explain(&[], question, known, usize::MAX);
    let said = |decision| said(environment, decision);
    assert_eq!(said(explained.choice.decision), said(choice.decision), "one code path");
    said(choice.decision)
}

fn to(text: &str) -> Question<'static> {
    Question::plain(number(text), 1_800_000_000_000_000_000)
}

fn from(ton: u8, source: &str) -> Question<'static> {
    Question { source: Address::new(ton, 0, source.as_bytes()).unwrap(), ..to("2222") }
}

#[test]
fn a_policy_counts_only_under_its_conditions() {
    let only = |only: Conditions| Policy { only, ..Policy::new(1, "222%", 10, &[1]) };
    let policy = |only_: Conditions| environment(vec![only(only_), Policy::new(2, "%", 20, &[2])]);
    let source =
        |text: &str| policy(Conditions { source: Some(text.to_owned()), ..Conditions::default() });
    let free = Known::default();
    let table = [
        (source("11_"), from(1, "+112"), "1 over 1"),
        (source("11_"), from(1, "1123"), "2 over 2"),
        (source("Vib%"), from(5, "VIBER"), "1 over 1"),
        (source("Vib%"), from(5, "AsiaCell"), "2 over 2"),
        (source("11_"), to("2222"), "2 over 2"),
    ];
    for (environment, question, expected) in table {
        assert_eq!(asked(&environment, &question, &free), expected, "{question:?}");
    }
    let domain = Some("ENV%.example".to_owned());
    let foreign = policy(Conditions { domain, ..Conditions::default() });
    let called = |domain| Question { domain, ..to("2222") };
    assert_eq!(asked(&foreign, &called(Some("env4.example")), &free), "1 over 1");
    assert_eq!(asked(&foreign, &called(None), &free), "1 over 1", "its own domain fits too");
    assert_eq!(asked(&foreign, &called(Some("elsewhere.org")), &free), "NoRoute");
}

#[test]
fn a_policy_counts_in_its_hours() {
    // 1.8e18 ns is Friday, 2027-01-15, 08:00 UTC.
    let friday_eight = 4 * 1440 + 8 * 60;
    let at = to("2222").at_ns;
    assert_eq!(Window::minute_of(at), friday_eight);
    let window =
        |from, until| Conditions { windows: vec![Window { from, until }], ..Conditions::default() };
    let between = |from_ns, until_ns| Conditions { from_ns, until_ns, ..Conditions::default() };
    let table = [
        (window(friday_eight, friday_eight + 1), true),
        (window(friday_eight + 1, friday_eight + 9), false),
        (window(friday_eight - 1, friday_eight), false),
        (window(Window::WEEK - 1, friday_eight + 1), true),
        (window(Window::WEEK - 1, friday_eight), false),
        (between(at, 0), true),
        (between(at + 1, 0), false),
        (between(0, at), false),
        (between(0, at + 1), true),
        (between(at, at + 1), true),
    ];
    for (only, expected) in table {
        let policy = Policy { only: only.clone(), ..Policy::new(1, "222%", 10, &[1]) };
        let said = asked(&environment(vec![policy]), &to("2222"), &Known::default());
        assert_eq!(said == "1 over 1", expected, "{only:?}: {said}");
    }
}

#[test]
fn ways_are_passed_over_at_once() {
    use Standing::{Down, Full, Ready, Throttled};
    let environment = environment(vec![Policy::new(1, "%", 10, &[1, 2, 3])]);
    let table = [
        ([Ready, Ready, Ready], "1 over 1"),
        ([Down, Ready, Ready], "1 over 2"),
        ([Down, Full, Ready], "1 over 3"),
        ([Throttled, Down, Full], "1 over 1"),
        ([Down, Throttled, Full], "1 over 1"),
        ([Full, Down, Full], "1 over 2"),
        ([Full, Full, Full], "Full"),
    ];
    for (standings, expected) in table {
        let standings = (1..).zip(standings).collect();
        let known = Known { standings, ..Known::default() };
        assert_eq!(asked(&environment, &to("2"), &known), expected, "{:?}", known.standings);
    }
    let tried = Question { tried: &[1, 3], ..to("2") };
    assert_eq!(asked(&environment, &tried, &Known::default()), "1 over 2");
    let all = Question { tried: &[1, 2, 3], ..to("2") };
    assert_eq!(asked(&environment, &all, &Known::default()), "NoRoute");
}

#[test]
fn a_way_may_refuse_and_a_limit_may_be_reached() {
    let mut policy = Policy::new(1, "%", 10, &[1]);
    policy.ways[0].tps = 5;
    let limited = Known { full: vec![(1, 0)], ..Known::default() };
    let one = environment(vec![policy.clone()]);
    assert_eq!(asked(&one, &to("2"), &limited), "Throttled");
    policy.ways.push(Way::refuse(Refusal::Barred));
    let two = environment(vec![policy]);
    assert_eq!(asked(&two, &to("2"), &limited), "Barred");
    assert_eq!(asked(&two, &to("2"), &Known::default()), "1 over 1");
    let down = Known { standings: [(1, Standing::Down)].into(), ..Known::default() };
    assert_eq!(asked(&two, &to("2"), &down), "Barred", "it does not wait where it may be told no");
}

#[test]
fn nothing_goes_back_to_where_it_has_been() {
    let mut there = environment(vec![Policy::new(1, "%", 10, &[1, 2])]);
    there.connections[0].manner.leads_to = crate::mark("env2.example");
    there.connections[1].manner.carrier = Some(9);
    let trace =
        Trace::default().onwards(crate::mark("env2.example"), crate::MessageId::from_bits(1));
    let been = Question { trace, ..to("2") };
    assert_eq!(asked(&there, &been, &Known::default()), "1 over 2");
    let from_there = Question { carrier: Some(9), ..to("2") };
    assert_eq!(asked(&there, &from_there, &Known::default()), "1 over 1");
    let came_by = Question { came_by: Some(1), ..to("2") };
    assert_eq!(asked(&there, &came_by, &Known::default()), "1 over 2");
    let both = Question { trace, carrier: Some(9), ..to("2") };
    assert_eq!(asked(&there, &both, &Known::default()), "Loop");
}

#[test]
fn nothing_is_sold_below_its_cost() {
    let rate = |price_micros| vec![Rate { prefix: 0, price_micros }];
    let mut shop = environment(vec![Policy::new(1, "%", 10, &[1, 2, 3])]);
    shop.tariffs = vec![
        Tariff::new(1, "dear", 1, "USD", rate(30)),
        Tariff::new(2, "cheap", 1, "USD", rate(10)),
        Tariff::new(3, "euro", 1, "EUR", rate(1)),
    ];
    for (at, tariff) in [(0, 1), (1, 2), (2, 3)] {
        shop.connections[at].manner.cost = Some(tariff);
    }
    let sale = |price_micros| {
        let charge = Charge { tariff: 9, price_micros, ..Charge::default() };
        Question { sale: Some((charge, "USD")), ..to("2") }
    };
    let with = |order, below_cost| {
        let policy = Policy { order, below_cost, ..Policy::new(1, "%", 10, &[1, 2, 3]) };
        Environment { policies: PolicyTable::build(vec![policy]), ..shop.clone() }
    };
    let free = Known::default();
    assert_eq!(asked(&shop, &sale(30), &free), "1 over 1");
    assert_eq!(asked(&shop, &sale(29), &free), "1 over 2");
    assert_eq!(asked(&shop, &sale(9), &free), "BelowCost", "and euros cannot be compared");
    assert_eq!(asked(&with(Order::Listed, true), &sale(9), &free), "1 over 1");
    assert_eq!(asked(&shop, &to("2"), &free), "1 over 1", "who pays for nothing buys nothing");
    assert_eq!(asked(&with(Order::Cost, false), &sale(30), &free), "1 over 2");
    assert_eq!(asked(&with(Order::Cost, true), &sale(30), &free), "1 over 3");
}

#[test]
fn quality_comes_first_where_it_is_asked_for() {
    let policy = Policy { order: Order::Quality, ..Policy::new(1, "%", 10, &[1, 2, 3]) };
    let environment = environment(vec![policy]);
    let known = Known { qualities: [(1, 5), (2, 9), (3, 9)].into(), ..Known::default() };
    assert_eq!(asked(&environment, &to("2"), &known), "1 over 2", "of equals the first listed");
}

#[test]
fn lots_fall_by_weight_and_the_same_sms_draws_the_same() {
    let mut policy = Policy { order: Order::Weight, ..Policy::new(1, "%", 10, &[1, 2, 3]) };
    (policy.ways[0].weight, policy.ways[1].weight, policy.ways[2].weight) = (90, 9, 1);
    let snapshot = snapshot(environment(vec![policy]));
    let environment = &snapshot.plan().environments[0];
    let mut drawn = BTreeMap::new();
    let over = |seed, known: &Known| {
        said(
            environment,
            environment.choose(&[], &Question { seed, ..to("2") }, known, &mut ()).decision,
        )
    };
    for seed in 0..100_000 {
        *drawn.entry(over(seed, &Known::default())).or_insert(0) += 1;
    }
    let share = |way: &str| drawn[way];
    assert!((89_000..91_000).contains(&share("1 over 1")), "{drawn:?}");
    assert!((8_500..9_500).contains(&share("1 over 2")), "{drawn:?}");
    assert!((800..1_200).contains(&share("1 over 3")), "{drawn:?}");
    let down = Known { standings: [(1, Standing::Down)].into(), ..Known::default() };
    let second = (0..100_000).filter(|seed| over(*seed, &down) == "1 over 2").count();
    assert!((89_000..91_000).contains(&second), "nine of ten of what is left: {second}");
}

#[test]
fn lists_hold_back() {
    let mut guarded =
        environment(vec![Policy::new(1, "222%", 10, &[1]), Policy::new(2, "%", 20, &[2])]);
    guarded.lists =
        vec![NumberList::new(7, "blocked", ["2229%", "spam"]), NumberList::new(8, "vip", ["11%"])];
    let screen = |list, side, stance| Screen { list, side, stance };
    guarded.screens =
        vec![screen(7, Side::Called, Stance::Block), screen(7, Side::Calling, Stance::Block)];
    let free = Known::default();
    assert_eq!(asked(&guarded, &to("2222"), &free), "1 over 1");
    assert_eq!(asked(&guarded, &to("22291"), &free), "BlockedDestination");
    assert_eq!(asked(&guarded, &from(5, "SPAM"), &free), "BlockedSource");
    let only = Conditions {
        screens: vec![screen(8, Side::Calling, Stance::Allow)],
        ..Conditions::default()
    };
    let vip = Policy { only, ..Policy::new(1, "222%", 10, &[1]) };
    guarded.policies = PolicyTable::build(vec![vip, Policy::new(2, "%", 20, &[2])]);
    assert_eq!(asked(&guarded, &from(1, "1122"), &free), "1 over 1");
    assert_eq!(asked(&guarded, &from(1, "2211"), &free), "2 over 2");
    guarded.lists.pop();
    assert_eq!(asked(&guarded, &from(1, "1122"), &free), "2 over 2", "a list that is not there");
}

#[test]
fn a_shadow_is_told_and_takes_nothing() {
    let shadow = |id, priority| Policy { shadow: true, ..Policy::new(id, "222%", priority, &[1]) };
    let policies = vec![shadow(1, 5), shadow(2, 6), Policy::new(3, "%", 10, &[2]), shadow(4, 20)];
    let snapshot = snapshot(environment(policies));
    let environment = &snapshot.plan().environments[0];
    let choice = environment.choose(&[], &to("2222"), &AllReady, &mut ());
    assert_eq!(said(environment, choice.decision), "3 over 2");
    assert_eq!(choice.shadow.unwrap().id, 1, "the first one would have left nothing to the second");
    let explained = environment.explain(&[], &to("2222"), &AllReady, usize::MAX);
    let fates: Vec<_> =
        explained.policies.iter().map(|one| (one.policy.id.to_native(), one.fate)).collect();
    let expected = [(1, Fate::Shadow), (2, Fate::Shadow), (3, Fate::Taken), (4, Fate::Later)];
    assert_eq!(fates, expected);
    assert_eq!(explained.ways, [(0, WayFate::Taken)]);
}

#[test]
fn a_local_account_comes_before_every_policy_but_not_for_another_domain() {
    let mut home = environment(vec![Policy {
        only: Conditions { domain: Some("%".into()), ..Conditions::default() },
        ..Policy::new(1, "%", 1, &[1])
    }]);
    home.accounts = vec![Account {
        id: 3,
        user: "1111".into(),
        numbers: vec![number("1111").packed()],
        ha1_md5: [0; 16],
        ha1_sha256: [0; 32],
        messaging: true,
        devices: Default::default(),
    }];
    assert_eq!(asked(&home, &to("1111"), &Known::default()), "account 1111");
    let abroad = Question { domain: Some("env4.example"), ..to("1111") };
    assert_eq!(asked(&home, &abroad, &Known::default()), "1 over 1");
    home.accounts[0].messaging = false;
    assert_eq!(asked(&home, &to("1111"), &Known::default()), "NotAllowed");
}

/// The order of decisions as the manual says it, without any table.
fn naive(policies: &[Policy], number: &str, source: &Party, minute: u16) -> Option<u32> {
    let counts = |policy: &&Policy| {
        let fits = policy.only.source.as_ref().is_none_or(|p| source.matches(p.as_bytes()));
        let windows = &policy.only.windows;
        let now = windows.is_empty() || windows.iter().any(|window| window.contains(minute));
        Pattern::parse(&policy.pattern).unwrap().matches(number.as_bytes())
            && fits
            && now
            && !policy.shadow
    };
    let rank = |policy: &&Policy| {
        let literal = Pattern::parse(&policy.pattern).unwrap().literal_len();
        (policy.priority, std::cmp::Reverse(literal), policy.id)
    };
    policies.iter().filter(counts).min_by_key(rank).map(|policy| policy.id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn equals_the_naive_reference(
        rows in proptest::collection::vec(
            (
                "[01_%]{1,4}|[01]{0,4}%",
                0u32..3,
                proptest::option::of("[01]{1,2}%|%[01]"),
                proptest::option::of((0u16..10_080, 0u16..10_080)),
                proptest::bool::weighted(0.2),
            ),
            0..24,
        ),
        numbers in proptest::collection::vec(("[01]{1,6}", "[01]{1,4}", 0u64..10_080), 1..20),
    ) {
        let policies: Vec<Policy> = (1..)
            .zip(&rows)
            .map(|(id, (pattern, priority, source, window, shadow))| Policy {
                only: Conditions {
                    source: source.clone(),
                    windows: Vec::from_iter(window.map(|(from, until)| Window { from, until })),
                    ..Conditions::default()
                },
                shadow: *shadow,
                ..Policy::new(id, pattern, *priority, &[1])
            })
            .collect();
        let snapshot = snapshot(environment(policies.clone()));
        let environment = &snapshot.plan().environments[0];
        for (called, calling, minute) in &numbers {
            let source = Address::new(1, 1, calling.as_bytes()).unwrap();
            let at_ns = minute * 60_000_000_000;
            let question = Question { source, at_ns, ..to(called) };
            let choice = environment.choose(&[], &question, &AllReady, &mut ());
            let chosen = match choice.decision {
                Decision::Connection { policy, .. } => Some(policy.id.to_native()),
                Decision::Account(_) | Decision::Refused { .. } => None,
            };
            let expected = naive(&policies, called, &Party::of(&source), Window::minute_of(at_ns));
            prop_assert_eq!(chosen, expected, "{} from {}", called, calling);
            let explained = environment.explain(&[], &question, &AllReady, usize::MAX);
            let taken = explained.policies.iter().find(|one| one.fate == Fate::Taken);
            prop_assert_eq!(taken.map(|one| one.policy.id.to_native()), expected);
            let matching = policies.iter().filter(|policy| {
                Pattern::parse(&policy.pattern).unwrap().matches(called.as_bytes())
            });
            prop_assert_eq!(explained.policies.len(), matching.count());
        }
    }
}
