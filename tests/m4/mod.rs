//! `dockmill m4` by itself; `tests/oracle/m4` holds it beside GNU m4.

mod origin;
mod refused;
