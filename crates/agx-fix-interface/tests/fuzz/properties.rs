//! What holds of the readers whatever they are fed with. The tests beside it ask, and `fuzz/` does.

use agx_fix_interface::Document;
use agx_fix_interface::coverage::Coverage;
use agx_fix_interface::document::{self, Flaw};
use agx_fix_interface::findings::Findings;
use agx_fix_interface::notice::Notice;
use agx_fix_interface::options::{Complaint, Options, ROWS};
use agx_fix_interface::statistics::Statistics;
use std::ffi::OsString;

/// How the library asks for a variable.
pub(crate) type Get<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Of `read`, where these rows' variables have these values; the first counts.
///
/// # Panics
/// It does not hold.
pub(crate) fn options(variables: &[(usize, OsString)], read: impl Fn(Get<'_>) -> (Options, Vec<Complaint>)) {
    let get = |name: &str| {
        let mut found = variables.iter().filter(|(row, _)| ROWS[*row].variable == name);
        found.next().map(|(_, value)| value.clone())
    };
    let (options, complaints) = read(&get);
    let bad = |complaints: &[Complaint]| -> Vec<&'static str> {
        let variable = |complaint: &Complaint| match complaint {
            Complaint::NotUnderstood { variable, .. } => Some(*variable),
            Complaint::Renamed { .. } | Complaint::WithoutEffect(_) => None,
        };
        complaints.iter().filter_map(variable).collect()
    };
    for complaint in &complaints {
        assert!(complaint.to_string().lines().count() == 1, "one line: {complaint}");
    }
    // What was complained about has its default: without those variables all reads the same.
    let bad_variables = bad(&complaints);
    let (again, rest) = read(&|name| get(name).filter(|_| !bad_variables.contains(&name)));
    assert_eq!(again, options, "a complaint's variable keeps its default");
    assert!(bad(&rest).is_empty(), "a variable without a complaint has none by itself");
}

/// Of the readers of JSON, with `statistics` for the one of statistics.
///
/// # Panics
/// It does not hold.
pub(crate) fn document(text: &str, statistics: impl Fn(&str) -> Result<Statistics, Flaw>) {
    let lines = text.lines().count().max(1);
    for flaw in [document::schema(text).err(), Coverage::from_json(text).err()].into_iter().flatten() {
        assert!(flaw.line >= 1 && flaw.line <= lines + 1, "{flaw} of {lines}");
    }
    // What is read is written again, and reads the same.
    const AGAIN: &str = "what was read is written, and read the same";
    if let Ok(read) = statistics(text) {
        assert_eq!(statistics(&read.to_json()), Ok(read), "{AGAIN}");
    }
    if let Ok(read) = Coverage::from_json(text) {
        assert_eq!(Coverage::from_json(&read.to_json()), Ok(read), "{AGAIN}");
    }
    if let Ok(read) = Notice::from_json(text) {
        assert_eq!(Notice::from_json(&read.to_json()), Ok(read), "{AGAIN}");
    }
    if let Ok(read) = Findings::from_json(text) {
        assert_eq!(Findings::from_json(&read.to_json()), Ok(read), "{AGAIN}");
    }
}
