//! What holds for any bytes.

use dockmill::dockerfile::{cache_impact, check, inspect, parse};
use proptest::prelude::*;

/// Texts that have something of a Dockerfile.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "FROM a AS b\n",
            "RUN x \\\n",
            "COPY <<E /x\n",
            "E\n",
            "COPY --from=b ",
            "--mount=from=1 ",
            "# escape=`\n",
            "ARG X=${Y:-z}\n",
            "ENV a=",
            "ENV a b\n",
            "\\\n",
            "\"",
            "'",
            "${",
            "}",
            "\\",
            "`",
            "\n",
            "\r\n",
            " ",
            "[",
            "]",
            "ONBUILD ",
            "ONBUILD RUNx\n",
            "HEALTHCHECK ",
            "CMD ",
            "\u{feff}",
            "SHELL ",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(crate::support::law::cases(256))]

    #[test]
    fn any_bytes_can_be_read(bytes in prop_oneof![text(), proptest::collection::vec(any::<u8>(), 0..200)]) {
        let lines = u32::try_from(bytes.split_inclusive(|byte| *byte == b'\n').count()).unwrap();
        let dockerfile = parse(&bytes);
        let mut last = 0;
        for instruction in &dockerfile.instructions {
            prop_assert!(instruction.start_line > last);
            prop_assert!(instruction.end_line >= instruction.start_line);
            last = instruction.end_line;
        }
        prop_assert!(last <= lines);
        for finding in check(&dockerfile) {
            prop_assert!(finding.line <= lines.max(1) && finding.line >= 1, "{finding:?}");
            if let Some(columns) = finding.columns {
                let line = dockerfile.line(finding.line);
                prop_assert!(columns.start <= columns.end && columns.end as usize <= line.len());
            }
        }
        let _ = dockerfile.outline();
        let _ = inspect(&dockerfile).text();
        prop_assert_eq!(cache_impact(&dockerfile, &parse(&bytes)), None);
    }
}

/// A chain, a nest or a flood of anything ends in an answer, not in an exhausted stack. They are so long that work in the
/// square of the length would not end while anyone waits for it.
#[test]
fn no_input_is_too_deep() {
    for text in [
        "ONBUILD ".repeat(500_000),
        format!("FROM a\nRUN {}<<E\n", "${x:-".repeat(1_000_000)),
        format!("FROM {}", "${x:-".repeat(1_000_000)),
        format!("FROM a\nCMD {}", "[".repeat(2_000_000)),
        "\\\n".repeat(2_000_000),
        "FROM a AS b\nCOPY --from=b x y\n".repeat(300),
        format!("FROM a\nRUN {}", "<<E ".repeat(200_000)),
    ] {
        let dockerfile = parse(text.as_bytes());
        let _ = check(&dockerfile);
        let _ = inspect(&dockerfile);
    }
}
