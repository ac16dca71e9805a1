//! Pages of tables.

#[derive(Default)]
pub(super) struct Orders;
