//! Tests of the page: what it says, that it is sound HTML, and that no file can break it.

use super::*;
use crate::results::{self, ResultFile};
use crate::stress::StressReport;
use crate::stress::tests as stress;
use agx_fix_engine::bench::file::Bench;
use agx_fix_engine::bench::fixture as bench;
use agx_fix_engine::provenance::{Driver, Provenance};
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

/// A measurement of elsewhere, with every part that a file can have.
fn from(change: impl FnOnce(Provenance) -> Provenance) -> Bench {
    let bench = bench::whole();
    Bench { provenance: change(bench.provenance), ..bench }
}

fn on_a_mac() -> Bench {
    Bench { gpu: None, ..from(|it| Provenance { driver: Driver::Metal, ..it }) }
}

fn whole_stress() -> StressReport {
    stress::whole(Driver::Simulated, "its last words")
}

fn markdown_of(results: impl IntoIterator<Item = ResultFile>) -> String {
    sections::page(&runs(results)).markdown()
}

fn html_of(results: impl IntoIterator<Item = ResultFile>) -> Html {
    Html::parse_document(&sections::page(&runs(results)).html())
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    select(page, selector).iter().map(|element| element.text().collect()).collect()
}

/// The titles of tables and charts.
fn titles(page: &Html) -> Vec<String> {
    texts(page, "figcaption, main > p > strong")
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

/// Names and figures all come from the sample, which is made by the code that makes the files.
#[test]
fn a_measurement_as_markdown() {
    insta::assert_snapshot!(markdown_of([bench_file(bench::whole())]));
}

#[test]
fn a_stress_test_has_rates_with_bounds_sites_commands_and_the_verdict() {
    let text = markdown_of([stress_file(whole_stress())]);
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
            "positive control",
            "`none` (20 of 20); none bad with `associated-object` (0 of 20)",
        ],
    );
    assert!(!text.contains("## Throughput") && !text.contains("bench"), "nothing was measured:\n{text}");
}

#[test]
fn what_no_file_has_has_no_section() {
    let sections = |bench: Bench| texts(&html_of([bench_file(bench)]), "h2");
    let few = ["In short", "Runs", "Throughput", "Contention", "How to read this"];
    assert_eq!(sections(bench::bench()), few);
    let sweep = Bench { throughput: vec![], contention: vec![], calls: None, ..bench::whole() };
    assert_eq!(
        sections(sweep.clone()),
        ["In short", "Runs", "Sweep over shapes of work", "How to read this"]
    );
    assert_eq!(sections(Bench { sweep: None, ..sweep }), ["In short", "Runs", "How to read this"]);
}

#[test]
fn several_runs_stand_side_by_side_under_their_names() {
    let other = from(|it| Provenance { commit: "def".to_owned(), ..it });
    let all = || {
        let (stress, bench) = (stress_file(whole_stress()), bench_file(bench::whole()));
        [stress.clone(), bench, bench_file(other.clone()), stress]
    };
    assert_has(
        &markdown_of(all()),
        &[
            "The runs differ in: commit.",
            "### Run 3, file2.json",
            "run 1: bad runs",
            "run 4: bad runs",
            "**Runs side by side at 8 threads",
            "operations a second (simulated): run 2, file1.json**",
            "(run 3, simulated)",
        ],
    );
    let page = html_of(all());
    let legends = texts(&page, ".legend li");
    for name in ["run 2, file1.json", "run 4, file3.json"] {
        assert!(legends.contains(&name.to_owned()), "{legends:?}");
    }
    // Every series has a colour of its own, by its class.
    assert!(!select(&page, "svg[role=img] .s0").is_empty() && !select(&page, "svg[role=img] .s1").is_empty());
    let one_of_a_kind = html_of(all().into_iter().take(2));
    assert!(select(&one_of_a_kind, ".legend").is_empty());
    assert!(titles(&one_of_a_kind).iter().all(|title| !title.contains("run 1")));
}

#[test]
fn every_figure_and_table_says_simulated_and_none_on_a_mac() {
    let page = |driver, bench| html_of([stress_file(stress::whole(driver, "")), bench_file(bench)]);
    let (simulated, metal) = (page(Driver::Simulated, bench::whole()), page(Driver::Metal, on_a_mac()));
    assert!(texts(&simulated, "blockquote > p")[0].starts_with("Every figure here is simulated."));
    assert!(
        titles(&simulated).iter().all(|title| title.contains("(simulated)")),
        "{:#?}",
        titles(&simulated)
    );
    assert!(texts(&metal, "blockquote > p")[0].starts_with("No figure here is simulated."));
    assert!(titles(&metal).iter().all(|title| !title.contains("simulated")), "{:#?}", titles(&metal));
    assert_eq!(titles(&metal).len(), titles(&simulated).len());
    let some = "The figures of run 2 are simulated, those of run 1 are not.";
    let text = markdown_of([bench_file(on_a_mac()), bench_file(bench::bench())]);
    assert_has(&text, &[some, "(simulated: run 2)", "differ in: driver"]);
}

/// HTML that is read without a single complaint, that a reader without eyes for charts can use, and that fetches and runs nothing.
#[test]
fn the_html_is_sound_accessible_and_self_contained() {
    let all = || [stress_file(whole_stress()), bench_file(bench::whole()), bench_file(bench::bench())];
    for page in [html_of(all()), html_of(all().into_iter().take(1)), html_of(all().into_iter().skip(2))] {
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
        assert!(select(&page, "th:not([scope]), table:not([aria-labelledby])").is_empty());
        let (tables, figures) = (select(&page, "table").len(), select(&page, "figure").len());
        assert!(
            tables == texts(&page, "main > p > strong").len() && figures <= tables,
            "a table for each chart"
        );
        assert!(select(&page, "script, img, iframe, object, [src], [style], [onclick]").is_empty());
        for link in select(&page, "[href]") {
            let href = link.attr("href").unwrap();
            assert!(href.strip_prefix('#').map_or(href == "data:,", |id| unique.contains(id)), "{href}");
        }
        let style = texts(&page, "style").concat();
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}

#[test]
fn what_a_file_says_stays_text() {
    const EVIL: &str = "</desc><script>alert(1)</script> & &lt; \"x\" | _y_ `z";
    let mut report = stress::whole(Driver::Simulated, EVIL);
    report.provenance.commit = EVIL.to_owned();
    let mut bench = bench::whole();
    bench.throughput.iter_mut().for_each(|row| row.contender = EVIL.to_owned());
    bench.contention[0].contender = EVIL.to_owned();
    bench.provenance.command.push(EVIL.to_owned());
    let all = || [stress_file(report.clone()), bench_file(bench.clone())];
    let page = html_of(all());
    assert!(page.errors.is_empty() && select(&page, "script").is_empty());
    assert!(texts(&page, "tbody th").contains(&EVIL.to_owned()));
    assert!(texts(&page, "li code").iter().any(|command| command.contains(EVIL)));
    let escaped = "\\</desc>\\<script>alert(1)\\</script> & \\&lt; \"x\" \\| \\_y\\_ `z";
    assert_has(&markdown_of(all()), &[escaped]);
}

/// Whatever number stands in a file that is read, a page can be made of it.
#[test]
fn no_number_breaks_the_page() {
    // The page is made of what the tables say.
    let bench = Bench { samples: vec![], ..bench::whole() };
    let mut read = 0;
    for text in [serde_json::to_string(&whole_stress()).unwrap(), serde_json::to_string(&bench).unwrap()] {
        for (place, _) in text.match_indices([':', ',', '[']) {
            let (before, behind) = text.split_at(place + 1);
            let rest = behind.trim_start_matches(|letter: char| "+-.e0123456789".contains(letter));
            for extreme in
                ["0", "-1", "1e300", "18446744073709551615"].iter().filter(|_| rest.len() < behind.len())
            {
                if let Ok(result) = results::parse(&format!("{before}{extreme}{rest}")) {
                    let page = sections::page(&runs([result]));
                    assert!(page.html().ends_with("</html>\n") && !page.markdown().is_empty());
                    read += 1;
                }
            }
        }
    }
    assert!(read > 300, "{read} changed files were read");
}

#[test]
fn more_runs_than_can_be_told_apart_are_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), serde_json::to_string(&bench::bench()).unwrap()).unwrap();
    let files = |count| vec![file.path().to_owned(); count];
    assert!(Runs::read(&files(MOST_SERIES)).is_ok());
    let said = Runs::read(&files(MOST_SERIES + 1)).unwrap_err().to_string();
    assert!(said.contains("results of bench") && said.contains("leave some out"), "{said}");
}
