//! Every example resolves without a problem.

use super::resolve_files;

/// Files that examples use.
pub(crate) const SUB_FLOWS: [(&str, &str); 2] = [
    (
        "square.yaml",
        include_str!("../../../../../examples/10-sub-flows/square.yaml"),
    ),
    (
        "parts/multiply.yaml",
        include_str!("../../../../../examples/10-sub-flows/parts/multiply.yaml"),
    ),
];

macro_rules! examples {
    ($( $name:ident $folder:literal )*) => {
        /// Name and text of every example.
        pub(crate) const EXAMPLES: &[(&str, &str)] = &[
            $( ($folder, include_str!(concat!("../../../../../examples/", $folder, "/flow.yaml"))), )*
        ];

        $(
            #[test]
            fn $name() {
                let text = include_str!(concat!("../../../../../examples/", $folder, "/flow.yaml"));
                let outcome = resolve_files("flow.yaml", text, &SUB_FLOWS);
                assert_eq!(outcome.problems(), Vec::<String>::new());
                assert!(outcome.flow.is_some());
            }
        )*
    };
}

examples! {
    hello "01-hello"
    parameters "02-parameters"
    outputs "03-outputs"
    artifacts "04-artifacts"
    fan_out "05-fan-out"
    conditions "06-conditions"
    trigger_rules "07-trigger-rules"
    retries "08-retries"
    groups "09-groups"
    sub_flows "10-sub-flows"
    finally "11-finally"
    matrix "12-matrix"
    schedule "13-schedule"
    approve "14-approve"
    machines "15-machines"
    hostile_text "16-hostile-text"
    control_flow "17-control-flow"
    churn_training "18-churn-training"
    two_models "19-two-models"
    warehouse_etl "20-warehouse-etl"
}
