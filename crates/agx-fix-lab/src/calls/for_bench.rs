//! The same measurements as a part of `agx-fix-lab bench`: calls through the hooks and locks alone.

use super::args::{Args, Part};
use super::report::{Row, Subject};
use super::rounds::{Measured, Rounds};
use crate::harness::{Case, Meeting};
use agx_fix_engine::run::{Stop, Workbench};
use agx_fix_interface::bench::{CallCost, CallScenario, Calls};

/// How long a measurement takes, in milliseconds.
const WINDOW: u64 = 5;
/// Numbers of threads, beside one.
const THREADS: [u32; 2] = [2, 4];

/// Measures in so many rounds. Instructions are counted where valgrind is.
pub(crate) fn for_bench(workbench: &Workbench, rounds: u32) -> std::result::Result<Calls, Stop> {
    let args = Args {
        rounds,
        window: WINDOW,
        threads: THREADS.to_vec(),
        encoders: 1,
        only: vec![Part::Hooks, Part::Locks, Part::Instructions],
        json: None,
        markdown: None,
    };
    let settings = args.settings();
    let Measured { rows, .. } = Rounds { args: &args, settings: &settings, workbench }.run()?;
    Ok(Calls { rows: rows.iter().filter_map(cost).collect() })
}

fn cost(row: &Row) -> Option<CallCost> {
    let (case, contender) = match row.subject {
        Subject::Hook(case) => (case, row.contender.clone()),
        Subject::Lock(case) => (case, format!("lock alone: {}", row.contender)),
        _ => return None,
    };
    let Case { meeting, threads } = case;
    let scenario = match meeting {
        Meeting::OneThread => CallScenario::OneThread,
        Meeting::OwnEncoders => CallScenario::OwnEncoders,
        Meeting::OneEncoder => CallScenario::OneEncoder,
        Meeting::OneEncoderBusy | Meeting::OneEncoderLong => return None,
    };
    let (ns_per_call, instructions_per_call) = (row.nanoseconds.clone(), row.instructions);
    Some(CallCost { contender, scenario, threads, ns_per_call, instructions_per_call })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::report::Rows;

    #[test]
    fn hooks_and_locks_are_told_apart_and_the_rest_is_left_out() {
        let case = Case { meeting: Meeting::OwnEncoders, threads: 2 };
        let mut rows = Rows::default();
        rows.row(Subject::Hook(case), "none").nanoseconds.push(3.0);
        rows.row(Subject::Lock(case), "bare-cas").nanoseconds.push(2.0);
        rows.row(Subject::Start, "alone").nanoseconds.push(1.0);
        let costs: Vec<CallCost> = rows.finish().iter().filter_map(cost).collect();
        let names: Vec<&str> = costs.iter().map(|cost| cost.contender.as_str()).collect();
        assert_eq!(names, ["none", "lock alone: bare-cas"]);
        assert!(costs.iter().all(|cost| cost.scenario == CallScenario::OwnEncoders && cost.threads == 2));
    }
}
