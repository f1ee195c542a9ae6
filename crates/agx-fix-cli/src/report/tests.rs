//! Tests of the page: what it says, that it is sound HTML, and that no file can break it.

use super::*;
use crate::results::{self, ResultFile};
use crate::stress::StressReport;
use crate::stress::tests as stress;
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::bench::fixture as bench;
use agx_fix_engine::provenance::{Driver, Machine, Provenance};
use chart::MOST_SERIES;
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

fn runs(results: impl IntoIterator<Item = ResultFile>) -> Runs {
    let mut runs = Runs::default();
    for (number, result) in results.into_iter().enumerate() {
        runs.add(Path::new(&format!("/somewhere/file{number}.json")), result);
    }
    runs
}

fn stress_file(report: StressReport) -> ResultFile {
    ResultFile::Stress(Box::new(report))
}

fn bench_file(bench: Bench) -> ResultFile {
    ResultFile::Bench(Box::new(bench))
}

/// A measurement of elsewhere.
fn from(change: impl FnOnce(Provenance) -> Provenance) -> Bench {
    let bench = bench::bench();
    Bench { provenance: change(bench.provenance), ..bench }
}

fn whole_stress() -> StressReport {
    stress::whole(Driver::Simulated, "its last words")
}

fn markdown_of(runs: &Runs) -> String {
    sections::page(runs).markdown()
}

fn html_of(runs: &Runs) -> Html {
    Html::parse_document(&sections::page(runs).html())
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    select(page, selector).iter().map(|element| element.text().collect()).collect()
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

/// Names and figures all come from the sample, which is made by the code that makes the files.
#[test]
fn a_measurement_as_markdown() {
    insta::assert_snapshot!(markdown_of(&runs([bench_file(bench::whole())])));
}

#[test]
fn a_stress_test_has_rates_with_bounds_sites_commands_and_the_verdict() {
    let text = markdown_of(&runs([stress_file(whole_stress())]));
    assert_has(
        &text,
        &[
            "Every figure here is simulated.",
            "- machine: a processor, 2 cores",
            "commit abc",
            "**Bad runs, shared-encoder (simulated)**",
            "| 20 of 20 |",
            "100 % (> 85.0 %) |",
            "0 % (< 15.0 %) |",
            "SIGSEGV: its last words",
            "    agx-fix stress --scenario shared-encoder --preset unguarded",
            "## Crashes",
            "positive control",
            "`none` (20 of 20); none bad with `associated-object` (0 of 20)",
        ],
    );
    assert!(!text.contains("## Throughput") && !text.contains("bench"), "nothing was measured:\n{text}");
}

#[test]
fn without_a_stress_test_there_is_nothing_of_one() {
    let page = html_of(&runs([bench_file(bench::bench())]));
    assert_eq!(texts(&page, "h2"), ["In short", "Runs", "Throughput", "Contention", "How to read this"]);
}

#[test]
fn a_sweep_alone_is_a_page() {
    let empty = || vec![];
    let bench =
        Bench { samples: vec![], throughput: vec![], contention: vec![], calls: None, ..bench::whole() };
    let text = markdown_of(&runs([bench_file(bench)]));
    assert!(!text.contains("## Throughput") && !text.contains("comparisons"), "{text}");
    assert_has(
        &text,
        &["## Sweep", "Best of 2 shapes of work: 3.00 (3.00-3.00)", "no finding about a real GPU"],
    );
    let nothing = Bench { samples: empty(), throughput: vec![], contention: vec![], ..bench::bench() };
    assert_has(&markdown_of(&runs([bench_file(nothing)])), &["## Runs"]);
}

#[test]
fn several_runs_stand_side_by_side_under_their_names() {
    let machine = Machine { cpu: "another processor".to_owned(), ..Machine::default() };
    let other = from(|it| Provenance { machine, commit: "def".to_owned(), ..it });
    let all = [
        stress_file(whole_stress()),
        bench_file(bench::whole()),
        bench_file(other),
        stress_file(whole_stress()),
    ];
    let runs = runs(all);
    let text = markdown_of(&runs);
    assert_has(
        &text,
        &[
            "The runs differ in: machine, commit.",
            "### Run 3, file2.json",
            "run 1: bad runs",
            "run 4: bad runs",
            "**Runs side by side at 8 threads",
            "operations a second (simulated): run 2, file1.json**",
            "(run 3, simulated)",
        ],
    );
    let page = html_of(&runs);
    let legends = texts(&page, ".legend li");
    assert!(
        legends.contains(&"run 2, file1.json".to_owned())
            && legends.contains(&"run 4, file3.json".to_owned())
    );
    // Every series has a colour of its own, by its class.
    assert!(!select(&page, "svg[role=img] .s0").is_empty() && !select(&page, "svg[role=img] .s1").is_empty());
}

#[test]
fn one_run_of_a_kind_needs_no_name() {
    let page = html_of(&runs([stress_file(whole_stress()), bench_file(bench::whole())]));
    assert!(select(&page, ".legend").is_empty());
    assert!(texts(&page, "figcaption, p > strong").iter().all(|title| !title.contains("run 1")));
}

#[test]
fn every_figure_and_table_says_simulated_and_none_on_a_mac() {
    let titles = |driver: Driver| {
        let bench = bench::whole();
        let gpu = bench.gpu.filter(|_| driver == Driver::Simulated);
        let page = html_of(&runs([
            stress_file(stress::whole(driver, "")),
            bench_file(Bench { gpu, ..from(|it| Provenance { driver, ..it }) }),
        ]));
        (texts(&page, "figcaption, main > p > strong"), texts(&page, "blockquote > p").concat())
    };
    let (simulated, notice) = titles(Driver::Simulated);
    assert!(notice.starts_with("Every figure here is simulated."));
    assert!(simulated.iter().all(|title| title.contains("(simulated)")), "{simulated:#?}");
    let (metal, notice) = titles(Driver::Metal);
    assert!(notice.starts_with("No figure here is simulated."));
    assert!(
        metal.len() == simulated.len() && metal.iter().all(|title| !title.contains("simulated")),
        "{metal:#?}"
    );
}

#[test]
fn where_only_some_runs_are_simulated_they_are_named() {
    let metal = Bench { gpu: None, ..from(|it| Provenance { driver: Driver::Metal, ..it }) };
    let text = markdown_of(&runs([bench_file(metal), bench_file(bench::bench())]));
    assert_has(
        &text,
        &[
            "The figures of run 2 are simulated, those of run 1 are not.",
            "(simulated: run 2)",
            "differ in: driver",
        ],
    );
}

/// HTML that is read without a single complaint, and that a reader without eyes for charts can use.
#[test]
fn the_html_is_sound_and_accessible() {
    let all = || [stress_file(whole_stress()), bench_file(bench::whole()), bench_file(bench::bench())];
    for runs in [runs(all()), runs(all().into_iter().take(1)), runs(all().into_iter().skip(2))] {
        let page = html_of(&runs);
        assert!(page.errors.is_empty(), "{:?}", page.errors);
        let ids: Vec<&str> = select(&page, "[id]").iter().filter_map(|it| it.value().id()).collect();
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "an id is there twice");
        for element in select(&page, "[aria-labelledby]") {
            assert!(unique.contains(element.attr("aria-labelledby").unwrap()), "{}", element.html());
        }
        for svg in select(&page, "svg:not([aria-hidden])") {
            let has = |name: &str| svg.child_elements().any(|child| child.value().name() == name);
            assert!(svg.attr("role") == Some("img") && has("title") && has("desc"), "{}", svg.html());
        }
        for cell in select(&page, "th") {
            assert!(cell.attr("scope").is_some());
        }
        let titles = texts(&page, "main > p > strong");
        assert_eq!(select(&page, "table[aria-labelledby]").len(), titles.len(), "{titles:?}");
        assert_eq!(select(&page, "table").len(), titles.len());
        assert!(select(&page, "figure").len() <= titles.len(), "a table for each chart");
    }
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let page = html_of(&runs([stress_file(whole_stress()), bench_file(bench::whole())]));
    assert!(select(&page, "script, img, iframe, object, [src], [style], [onclick]").is_empty());
    for link in select(&page, "[href]") {
        let href = link.attr("href").unwrap();
        assert!(href.starts_with('#') || href == "data:,", "{href}");
    }
    let style = texts(&page, "style").concat();
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert!(style.contains("prefers-color-scheme: dark") && style.contains("@media print"));
}

#[test]
fn what_a_file_says_stays_text() {
    const EVIL: &str = "</desc><script>alert(1)</script> & \"x\" | _y_ `z";
    let mut report = stress::whole(Driver::Simulated, EVIL);
    report.provenance.commit = EVIL.to_owned();
    let mut bench = bench::whole();
    bench.throughput.iter_mut().for_each(|row| row.contender = EVIL.to_owned());
    bench.contention[0].contender = EVIL.to_owned();
    bench.provenance.command.push(EVIL.to_owned());
    let runs = runs([stress_file(report), bench_file(bench)]);
    let page = html_of(&runs);
    assert!(page.errors.is_empty() && select(&page, "script").is_empty());
    assert!(texts(&page, "tbody th").contains(&EVIL.to_owned()));
    assert!(texts(&page, "li code").iter().any(|command| command.contains(EVIL)));
    let text = markdown_of(&runs);
    // Tables have as many cells as their header.
    assert!(text.contains("\\</desc>\\<script>alert(1)\\</script> & \"x\" \\| \\_y\\_ `z"), "{text}");
}

/// Whatever number stands in a file that is read, a page can be made of it.
#[test]
fn no_number_breaks_the_page() {
    let extremes = ["0", "-1", "1e300", "18446744073709551615"];
    // The page is made of what the tables say.
    let bench = Bench { samples: vec![], ..bench::whole() };
    let mut read = 0;
    for text in [
        serde_json::to_string_pretty(&whole_stress()).unwrap(),
        serde_json::to_string_pretty(&bench).unwrap(),
    ] {
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            let Some((before, number)) = number_in(line) else { continue };
            for extreme in extremes {
                let changed = line.replacen(&format!("{before}{number}"), &format!("{before}{extreme}"), 1);
                let all = [&lines[..place], &[changed.as_str()], &lines[place + 1..]].concat().join("\n");
                if let Ok(result) = results::parse(&all) {
                    let page = sections::page(&runs([result]));
                    assert!(page.html().ends_with("</html>\n") && !page.markdown().is_empty());
                    read += 1;
                }
            }
        }
    }
    assert!(read > 300, "{read} changed files were read");
}

/// What stands before a line's number, and the number.
fn number_in(line: &str) -> Option<(&str, &str)> {
    let number = line.trim_end_matches(',').rsplit([' ', ':']).next()?;
    number.parse::<f64>().ok()?;
    let before = &line[..line.len() - line.trim_start().len()];
    Some((if line.contains(':') { ": " } else { before }, number))
}

#[test]
fn more_runs_than_can_be_told_apart_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.json");
    fs::write(&file, serde_json::to_string(&bench::bench()).unwrap()).unwrap();
    let most = vec![file.clone(); MOST_SERIES];
    assert!(Runs::read(&most).is_ok());
    let said = Runs::read(&[most, vec![file]].concat()).unwrap_err().to_string();
    assert!(
        said.contains("results of bench") && said.contains("leave some out") && !said.contains('\n'),
        "{said}"
    );
}

/// Contrast of every colour with its ground as WCAG 2.2 has it: 4.5 for words, 3 for what is drawn.
#[test]
fn colours_can_be_seen() {
    let style = include_str!("style.css");
    let themes: Vec<&str> =
        style.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(themes.len(), 2, "light, dark");
    for theme in themes {
        let colour = |name: &str| {
            let (_, rest) = theme.split_once(&format!("--{name}: #")).unwrap();
            luminance(&rest[..6])
        };
        let contrast = |one: &str, other: &str| {
            let (one, other) = (colour(one), colour(other));
            (one.max(other) + 0.05) / (one.min(other) + 0.05)
        };
        for words in
            [("ink", "ground"), ("soft", "ground"), ("link", "ground"), ("ink", "notice"), ("ink", "panel")]
        {
            assert!(contrast(words.0, words.1) >= 4.5, "{words:?} in {theme}");
        }
        for series in 0..MOST_SERIES {
            assert!(contrast(&format!("s{series}"), "ground") >= 3.0, "series {series} in {theme}");
        }
    }
}

/// Of a colour as six hexadecimal digits.
fn luminance(hex: &str) -> f64 {
    let channel = |place: usize| {
        let value = f64::from(u8::from_str_radix(&hex[place..place + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
