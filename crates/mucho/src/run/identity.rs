//! What tells one job from another: numbers and texts in a fixed order, never the `Debug` text of a struct, which changes with the
//! compiler and with fields that do not matter.

use crate::plan::Plan;
use raster_core::{ColorTable, Digest, RasterInfo, Value, Window};

/// Increased whenever the same job would give other pixels than the version before, so that no output holds both.
const RESULTS: u32 = 1;

/// What a journal is tied to.
pub(crate) struct Identity(Digest);

impl Identity {
    /// Of this program.
    pub(crate) fn new() -> Self {
        let mut this = Self(Digest::new());
        this.text(env!("CARGO_PKG_VERSION"));
        this.number(u64::from(RESULTS));
        this
    }
    pub(crate) fn finish(self) -> u128 {
        self.0.finish()
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }
    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }
    /// With its length: no text runs into the next.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }
    fn float(&mut self, number: f64) {
        self.number(number.to_bits());
    }
    pub(crate) fn value(&mut self, value: Value) {
        match value {
            Value::Int(v) => self.text(&v.to_string()),
            Value::Float(v) => self.float(v),
            Value::Complex(re, im) => [re, im].into_iter().for_each(|v| self.float(v)),
        }
    }
    /// That there is none differs from everything that may be there.
    fn optional<T>(&mut self, value: Option<T>, one: impl FnOnce(&mut Self, T)) {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            one(self, value);
        }
    }
    fn each<T>(&mut self, values: &[T], mut one: impl FnMut(&mut Self, &T)) {
        self.number(values.len() as u64);
        values.iter().for_each(|value| one(self, value));
    }
    /// The content of a raster, where it is known.
    pub(crate) fn content(&mut self, id: Option<u128>) {
        self.optional(id, |this, id| this.bytes(&id.to_le_bytes()));
    }
    pub(crate) fn window(&mut self, window: &Window) {
        self.bytes(&window.col.to_le_bytes());
        self.bytes(&window.row.to_le_bytes());
        self.number(window.width as u64);
        self.number(window.height as u64);
    }
    pub(crate) fn plan(&mut self, plan: &Plan) {
        self.each(&plan.windows, |this, window| {
            this.window(&window.core);
            this.window(&window.read);
        });
    }
    fn colours(&mut self, table: &ColorTable) {
        self.each(&table.entries, |this, entry| this.bytes(entry));
    }
    /// Everything that a raster says about itself.
    pub(crate) fn info(&mut self, info: &RasterInfo) {
        self.number(info.width as u64);
        self.number(info.height as u64);
        self.text(info.data_type.name());
        self.each(&info.bands, |this, band| {
            this.optional(band.nodata, |this, nodata| this.text(&nodata.to_string()));
            this.text(band.mask.name());
            this.text(band.color.name());
            this.optional(band.color_table.as_ref(), Self::colours);
            this.optional(band.description.as_deref(), Self::text);
            this.float(band.scale);
            this.float(band.offset);
            this.optional(band.unit.as_deref(), Self::text);
        });
        self.optional(info.transform, |this, t| {
            [t.a, t.b, t.c, t.d, t.e, t.f].into_iter().for_each(|v| this.float(v));
        });
        self.optional(info.crs.as_ref(), |this: &mut Self, crs| this.text(&crs.to_string()));
        self.each(&info.gcps, |this, gcp| {
            [gcp.row, gcp.col, gcp.x, gcp.y, gcp.z].into_iter().for_each(|v| this.float(v))
        });
        self.optional(info.gcp_crs.as_ref(), |this: &mut Self, crs| this.text(&crs.to_string()));
        self.number(info.block.width as u64);
        self.number(info.block.height as u64);
        self.each(info.metadata.items(), |this, item| {
            this.text(&item.domain);
            this.optional(item.band, |this, band| this.number(band as u64));
            this.text(&item.name);
            this.text(&item.value);
        });
    }
}
