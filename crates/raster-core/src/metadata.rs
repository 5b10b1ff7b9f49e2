//! Named texts that travel with a raster (GDAL's metadata).

use std::collections::HashMap;

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
    /// Set an item; one of the same domain, band and name is replaced. Looks through all items: to set many, use
    /// [`extend`](Extend::extend).
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

impl Extend<MetadataItem> for Metadata {
    /// Set items in turn, as [`set`](Metadata::set) does, in time proportional to their number.
    fn extend<I: IntoIterator<Item = MetadataItem>>(&mut self, items: I) {
        type Key = (String, Option<usize>, String);
        let key = |i: &MetadataItem| -> Key { (i.domain.clone(), i.band, i.name.clone()) };
        let mut places: HashMap<Key, usize> = self.items.iter().map(key).zip(0..).collect();
        for item in items {
            let next = self.items.len();
            match *places.entry(key(&item)).or_insert(next) {
                at if at < next => self.items[at].value = item.value,
                _ => self.items.push(item),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_the_same_as_one_by_one() {
        let item = |n: usize| MetadataItem {
            domain: ["", "D"][n % 2].to_owned(),
            band: (n % 3).checked_sub(1),
            name: (n % 5).to_string(),
            value: n.to_string(),
        };
        let mut slow = Metadata::new();
        slow.set("D", None, "0", "first");
        let mut fast = slow.clone();
        for i in (0..100).map(item) {
            slow.set(&i.domain, i.band, &i.name, i.value);
        }
        fast.extend((0..100).map(item));
        assert_eq!(fast, slow);
        assert_eq!(fast.items().len(), 30);
    }
}
