//! Tests of the drawings: marks are where their figures say.

use super::*;
use scraper::{Html, Selector};

fn mark(series: usize, [low, value, high]: [f64; 3]) -> Mark {
    Mark::between(series, value, [low, high], format!("{value} ({low}-{high})"))
}

fn drawn(chart: &Chart) -> Html {
    Html::parse_fragment(&chart.draw("x").into_string())
}

fn attributes(drawing: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    drawing.select(&selector).map(|it| it.attr(name).unwrap_or_default().to_owned()).collect()
}

fn numbers(drawing: &Html, selector: &str, name: &str) -> Vec<f64> {
    attributes(drawing, selector, name).iter().map(|it| it.parse().unwrap()).collect()
}

/// The places of marks, from their `translate(x y)`.
fn places(drawing: &Html) -> Vec<[f64; 2]> {
    let all = attributes(drawing, ".mark", "transform");
    all.iter()
        .map(|text| {
            let inner = text.strip_prefix("translate(").unwrap().strip_suffix(')').unwrap();
            let (x, y) = inner.split_once(' ').unwrap();
            [x.parse().unwrap(), y.parse().unwrap()]
        })
        .collect()
}

fn intervals(rows: Vec<Row>) -> Chart {
    let chart = Intervals::new("title", "axis", Scale::shares(), rows);
    Chart::Intervals(Intervals { reference: Some(0.5), ..chart })
}

fn row(label: &str, marks: Vec<Mark>) -> Row {
    Row { label: label.to_owned(), strong: false, marks }
}

#[test]
fn intervals_lie_where_their_figures_are() {
    let chart = intervals(vec![
        row("none", vec![mark(0, [0.0, 0.0, 0.5])]),
        row("all", vec![mark(0, [0.5, 1.0, 1.0]), mark(1, [0.5, 0.5, 0.5])]),
    ]);
    let drawing = drawn(&chart);
    let grid = numbers(&drawing, ".grid", "x1");
    let (left, right) = (grid[0], grid[grid.len() - 1]);
    let middle = f64::midpoint(left, right);
    let near = |one: f64, other: f64| assert!((one - other).abs() < 0.11, "{one} is not {other}");
    let places = places(&drawing);
    for (place, x) in places.iter().zip([left, right, middle]) {
        near(place[0], x);
    }
    assert!(places[0][1] < places[1][1] && places[1][1] < places[2][1], "one below the other");
    near(numbers(&drawing, ".reference", "x1")[0], middle);
    // A line and two ends for each interval that has a length.
    assert_eq!(attributes(&drawing, ".whisker", "x1").len(), 6);
    near(numbers(&drawing, ".whisker", "x1")[0], left);
    near(numbers(&drawing, ".whisker", "x2")[0], middle);
}

#[test]
fn lines_rise_with_their_figures_and_have_gaps() {
    let chart = Chart::Lines(Lines {
        title: "title".to_owned(),
        axis: "threads".to_owned(),
        steps: ["1", "2", "4"].map(str::to_owned).to_vec(),
        scale: Scale::from_zero([100.0], Unit::Count),
        reference: vec![Some(100.0), None, Some(0.0)],
        lines: vec![Line {
            series: 2,
            marks: vec![Some(mark(2, [40.0, 50.0, 60.0])), None, Some(mark(2, [100.0, 100.0, 100.0]))],
        }],
    });
    let drawing = drawn(&chart);
    let heights = numbers(&drawing, ".grid", "y1");
    let (bottom, top) = (heights[0], heights[heights.len() - 1]);
    let places = places(&drawing);
    assert_eq!(places.len(), 2);
    assert!((places[0][1] - f64::midpoint(bottom, top)).abs() < 0.11 && (places[1][1] - top).abs() < 0.11);
    let points = attributes(&drawing, "polyline", "points");
    assert!(points.iter().all(|line| line.split(' ').count() == 2), "{points:?}");
    assert_eq!(attributes(&drawing, "g.s2", "class").len(), 3);
}

#[test]
fn who_does_not_see_it_is_told() {
    let chart = intervals(vec![row("first", vec![mark(0, [0.1, 0.2, 0.3])]), row("second", vec![])]);
    assert_eq!(chart.description(), "first: 0.2 (0.1-0.3). second: .");
    let drawing = drawn(&chart);
    let text = |name: &str| -> String {
        drawing.select(&Selector::parse(name).unwrap()).flat_map(|it| it.text()).collect()
    };
    assert_eq!((text("title").as_str(), text("desc")), ("title", chart.description()));
}

#[test]
fn series_differ_in_more_than_colour() {
    let shapes: std::collections::HashSet<String> = (0..MOST_SERIES)
        .map(|series| {
            let drawing = drawn(&intervals(vec![row("x", vec![mark(series, [0.0; 3])])]));
            attributes(&drawing, ".mark", "d").concat()
        })
        .collect();
    assert_eq!(shapes.len(), MOST_SERIES);
    let style = include_str!("../style.css");
    for series in 0..MOST_SERIES {
        assert!(style.contains(&format!(".s{series} {{ --own: var(--s{series}); --dash:")), "{series}");
    }
}

#[test]
fn long_labels_are_cut_and_leave_room() {
    let chart = intervals(vec![row(&"long ".repeat(20), vec![mark(0, [0.0, 0.5, 1.0])])]);
    let drawing = drawn(&chart);
    let grid = numbers(&drawing, ".grid", "x1");
    assert!(grid[grid.len() - 1] - grid[0] > 100.0, "{grid:?}");
    assert!(chart.description().contains(&"long ".repeat(20)), "the whole name is told");
    assert_eq!(shortened("four", 4), "four");
    assert_eq!(shortened("more than four", 4), "mor…");
}
