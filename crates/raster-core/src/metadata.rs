//! Named texts that travel with a raster (GDAL's metadata).

/// One text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataItem {
    /// Domain; the default one is empty.
    pub domain: String,
    /// Band from 1, or `None` for the dataset.
    pub band: Option<usize>,
    /// Name.
    pub name: String,
    /// Text.
    pub value: String,
}

/// Metadata items in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    items: Vec<MetadataItem>,
}

impl Metadata {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// All items.
    #[must_use]
    pub fn items(&self) -> &[MetadataItem] {
        &self.items
    }
    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
    /// Set an item; one of the same domain, band and name is replaced.
    pub fn set(&mut self, domain: &str, band: Option<usize>, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.items.iter_mut().find(|i| i.band == band && i.domain == domain && i.name == name) {
            Some(item) => item.value = value,
            None => self.items.push(MetadataItem {
                domain: domain.to_owned(),
                band,
                name: name.to_owned(),
                value,
            }),
        }
    }
    /// The text of an item.
    #[must_use]
    pub fn get(&self, domain: &str, band: Option<usize>, name: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|i| i.band == band && i.domain == domain && i.name == name)
            .map(|i| i.value.as_str())
    }
    /// The items of a domain, of the dataset or of a band.
    pub fn domain<'a>(
        &'a self,
        domain: &'a str,
        band: Option<usize>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.items
            .iter()
            .filter(move |i| i.band == band && i.domain == domain)
            .map(|i| (i.name.as_str(), i.value.as_str()))
    }
    /// Keep the items for which `keep` says yes.
    pub fn retain(&mut self, keep: impl FnMut(&MetadataItem) -> bool) {
        self.items.retain(keep);
    }
}
