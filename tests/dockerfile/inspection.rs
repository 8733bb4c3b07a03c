//! `inspect`, as text and as JSON.

use dockmill::dockerfile::{inspect, parse};

use crate::support::snapshots;

const TEXT: &str = "\
# syntax=docker/dockerfile:1
ARG VERSION=12
FROM --platform=linux/amd64 debian:${VERSION} AS build
RUN --mount=type=cache,target=/x make \\
    # a comment
    all
COPY --chmod=755 <<-'EOF' /run.sh
\t#!/bin/sh
\tEOF
ENV a=b c=\"d e\"
FROM scratch
ONBUILD COPY --from=x a b
CMD [\"/run.sh\", \"x\"]
";

#[test]
fn inspection_as_text_and_as_json() {
    let inspection = inspect(&parse(TEXT.as_bytes()));
    snapshots("dockerfile").bind(|| {
        insta::assert_snapshot!("inspect_text", inspection.text());
        insta::assert_snapshot!("inspect_json", serde_json::to_string_pretty(&inspection).unwrap());
    });
}
