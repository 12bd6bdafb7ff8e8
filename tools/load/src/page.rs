//! The result of a run as one page of HTML with plots, whole in itself.

use std::fmt::Write;

use crate::clock::SECOND;
use crate::latency::Latency;
use crate::report::{Point, Report};

/// The page.
pub(crate) fn page(report: &Report) -> String {
    let mut rows = String::new();
    for (what, value) in report.rows() {
        let _ = write!(rows, "<tr><th scope=row>{}<td>{}", escaped(&what), escaped(&value));
    }
    let ledger = &report.ledger;
    let latencies = [
        Curve::of_latency("response", &ledger.response),
        Curve::of_latency("arrival", &ledger.delivery),
        Curve::of_latency("receipt", &ledger.receipt),
    ];
    let paces = [
        Curve::of_pace("accepted", &report.series, |point| point.accepted),
        Curve::of_pace("delivered", &report.series, |point| point.delivered),
    ];
    let steps = ledger.steps.rows();
    let step = |pick: fn(&Latency) -> u64| {
        steps.iter().map(|row| (row.rate, pick(&row.response) as f64 / 1e3)).collect()
    };
    let ramp = [
        Curve { name: "p50", points: step(|latency| latency.at(50.0)) },
        Curve { name: "p99", points: step(|latency| latency.at(99.0)) },
    ];
    let mut plots = String::new();
    plot(&mut plots, "Latency by percentile, ms", &latencies, percent_of_nines);
    plot(&mut plots, "SMS a second, by second of the run", &paces, plain);
    plot(&mut plots, "Latency to the response by SMS a second, ms", &ramp, plain);
    let (path, how) = (escaped(report.path), escaped(&report.what_ran()));
    let verdict = if report.is_perfect() { "perfect" } else { "NOT perfect" };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{path}: {verdict}</title>\
         <style>{STYLE}</style><main><h1>{path}: {verdict}</h1><p>{how}</p>\
         <table>{rows}</table>{plots}</main></html>\n"
    )
}

/// A line of a plot.
struct Curve {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// Over nines: 1 is 90 %, 2 is 99 %, ...
    fn of_latency(name: &'static str, latency: &Latency) -> Self {
        if latency.len() == 0 {
            return Self { name, points: Vec::new() };
        }
        let nines = (0..=NINES * 10).map(|at| f64::from(at) / 10.0);
        let known = nines.filter(|nines| 10_f64.powf(*nines) <= latency.len() as f64);
        let at = |nines: f64| latency.at(100.0 - 100.0 / 10_f64.powf(nines)) as f64 / 1e3;
        Self { name, points: known.map(|nines| (nines, at(nines))).collect() }
    }

    /// How many a second, over the seconds of the run.
    fn of_pace(name: &'static str, series: &[Point], count: fn(&Point) -> u64) -> Self {
        let Some(first) = series.first() else { return Self { name, points: Vec::new() } };
        // The wait for what never came tells nothing.
        let end = series.last().map_or(0, count);
        let busy = series.partition_point(|point| count(point) < end) + 2;
        let series = &series[..busy.min(series.len())];
        let stride = series.len().div_ceil(POINTS_MAX).max(1);
        let kept: Vec<&Point> = series.iter().step_by(stride).collect();
        let pace = |pair: &[&Point]| {
            let seconds = (pair[1].at_ns - pair[0].at_ns).max(1) as f64 / SECOND as f64;
            let at = (pair[1].at_ns - first.at_ns) as f64 / SECOND as f64;
            (at, (count(pair[1]) - count(pair[0])) as f64 / seconds)
        };
        Self { name, points: kept.windows(2).map(pace).collect() }
    }
}

fn plot(page: &mut String, title: &str, curves: &[Curve], across: fn(f64) -> String) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut top = 0_f64;
    for (x, y) in points() {
        (left, right, top) = (left.min(*x), right.max(*x), top.max(*y));
    }
    if points().count() < 2 || right <= left {
        return;
    }
    let top = if top > 0.0 { top * 1.05 } else { 1.0 };
    let place = |x: f64, y: f64| {
        let across = EDGE + (x - left) / (right - left) * (WIDTH - 2.0 * EDGE);
        (across, HEIGHT - EDGE / 2.0 - y / top * (HEIGHT - EDGE))
    };
    let _ = write!(
        page,
        "<figure><figcaption>{title}</figcaption>\
         <svg viewBox='0 0 {WIDTH} {HEIGHT}' role=img aria-label='{title}'>"
    );
    for at in 0..=LINES {
        let part = f64::from(at) / f64::from(LINES);
        let (x, y) = (left + (right - left) * part, top * part);
        let ((_, height), (foot, bottom)) = (place(left, y), place(x, 0.0));
        let end = WIDTH - EDGE;
        let _ = write!(
            page,
            "<line x1={EDGE} x2={end} y1={height:.1} y2={height:.1} />\
             <text x={} y={height:.1} text-anchor=end>{}</text>\
             <text x={foot:.1} y={:.1} text-anchor=middle>{}</text>",
            EDGE - 6.0,
            plain(y),
            bottom + 16.0,
            across(x),
        );
    }
    for (number, curve) in curves.iter().enumerate().filter(|(_, curve)| !curve.points.is_empty()) {
        let path = curve.points.iter().map(|(x, y)| place(*x, *y));
        let path: Vec<String> = path.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(
            page,
            "<polyline class=c{number} points='{}' /><text class=c{number} x={} y=14>{}</text>",
            path.join(" "),
            EDGE + 90.0 * number as f64,
            curve.name,
        );
    }
    page.push_str("</svg></figure>");
}

/// A number as it stands at an axis.
fn plain(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

fn percent_of_nines(nines: f64) -> String {
    let percent = 100.0 - 100.0 / 10_f64.powf(nines);
    let digits = (nines - 1.0).clamp(0.0, 4.0) as usize;
    format!("{percent:.digits$} %")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

const STYLE: &str = ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}\
    main{max-width:56rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}\
    th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0;white-space:nowrap}\
    td{font-variant-numeric:tabular-nums}figure{margin:2rem 0}figcaption{font-weight:600}\
    svg{width:100%;height:auto}line{stroke:currentColor;opacity:.15}\
    text{fill:currentColor;font-size:12px}polyline{fill:none;stroke-width:2}\
    polyline.c0{stroke:#2a78d6}polyline.c1{stroke:#d9622b}polyline.c2{stroke:#2f9e62}\
    text.c0{fill:#2a78d6}text.c1{fill:#d9622b}text.c2{fill:#2f9e62}";

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 320.0;
const EDGE: f64 = 60.0;
/// Lines across a plot.
const LINES: u32 = 5;
/// Nines of the last percentile: 99.999 %.
const NINES: u32 = 5;
/// Points of a curve; more cannot be told apart.
const POINTS_MAX: usize = 300;
