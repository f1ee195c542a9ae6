//! Each crash site of the crash reports, at its address.

use crate::scenarios::{Outcome, WIDE_US, child, finish_child, run};

const SIGSEGV: i32 = 11;
const SIGABRT: i32 = 6;
const REPORT: (&str, &str) = ("AGX_SIM_CRASH_REPORT", "1");
const WIDEN: (&str, &str) = ("AGX_SIM_WIDEN_US", WIDE_US);

#[test]
fn a_fault_is_reported_with_the_address_and_the_site_of_the_crash_report() {
    for (scenario, options, place) in [
        ("pipeline-after-end", &[REPORT][..], "address=0x5c8 site=setComputePipelineState: +32"),
        ("dispatch-after-end", &[REPORT], "address=0x5f4 site=dispatchThreads:threadsPerThreadgroup: +292"),
        ("buffer-after-end", &[REPORT], "address=0x0 site=setBuffer:offset:atIndex: +56"),
        ("dispatch-without-pipeline", &[REPORT], "address=0x2c site=prepareForEnqueue without a pipeline"),
        // An end between the phases of a dispatch faults in the next phase.
        ("end-before-prepare", &[REPORT, WIDEN], "address=0x98 site=prepareForEnqueue +1268"),
        ("end-before-spill", &[REPORT, WIDEN], "address=0x184 site=allocateUSCSpillBuffer +192"),
        // A wild address is not reported as null.
        ("wild", &[REPORT], "site=outside the driver"),
    ] {
        let line = format!("agx-sim: crash signal=SIGSEGV {place}");
        assert_eq!(run(scenario, options), Outcome::died(SIGSEGV, &[&line]), "{scenario}");
    }
}

#[test]
fn a_shared_encoder_goes_wrong_in_some_run() {
    let outcomes: Vec<_> = (0..10).map(|_| run("shared-encoder", &[REPORT])).collect();
    assert!(outcomes.iter().any(|outcome| outcome.code != Some(0)), "ten clean runs without a guard");
    let crash = outcomes.iter().flat_map(|outcome| &outcome.said).find(|line| line.starts_with("agx-sim:"));
    assert!(crash.is_none_or(|line| line.contains(" site=")), "{crash:?}");
}

#[test]
fn without_the_option_a_crash_is_silent() {
    assert_eq!(run("pipeline-after-end", &[]), Outcome::died(SIGSEGV, &[]));
}

#[test]
fn an_unknown_selector_is_said_and_aborts() {
    let outcome = run("unknown-selector", &[]);
    assert_eq!(outcome.signal, Some(SIGABRT));
    assert!(outcome.said.iter().any(|line| line.contains("does not recognize fly:")), "{outcome:?}");
}

#[test]
fn an_exception_unwinds_the_caller() {
    let outcome = run("throw", &[("AGX_SIM_THROW", "1")]);
    assert_eq!(outcome.said.first().map(String::as_str), Some("unwound"), "{outcome:?}");
    assert_eq!(outcome.signal, Some(SIGABRT));
}

#[test]
fn a_bad_option_is_said_once_and_the_default_holds() {
    let outcome = run("no-leaks", &[("AGX_SIM_SERVICE_US", "soon")]);
    assert_eq!((outcome.code, outcome.said.len()), (Some(0), 1), "{outcome:?}");
    assert!(outcome.said[0].starts_with("agx-sim: AGX_SIM_SERVICE_US=soon is ignored"), "{outcome:?}");
}

#[test]
fn a_missing_runtime_is_said_once() {
    // Where the runtime is installed for the whole system it cannot go missing.
    let outcome = finish_child(child("no-metal").env_remove("LD_LIBRARY_PATH"));
    assert_eq!(outcome.code, Some(0));
    let missing = outcome.said.iter().filter(|line| line.contains("libobjc.so.4")).count();
    let absent = outcome.said.iter().filter(|line| *line == "device false").count();
    assert!((missing, absent) == (1, 2) || (missing, absent) == (0, 0), "{outcome:?}");
}
