//! Named texts that travel with a raster (GDAL's metadata).

use hashbrown::HashTable;
use std::{
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, RandomState},
};

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

impl MetadataItem {
    fn key(&self) -> Key<'_> {
        (&self.domain, self.band, &self.name)
    }
}

/// Domain, band and name: what there is one item of.
type Key<'a> = (&'a str, Option<usize>, &'a str);

/// Metadata items in the order of the file. An item is found by its domain, band and name in constant time, however
/// many there are.
#[derive(Clone, Default)]
pub struct Metadata {
    items: Vec<MetadataItem>,
    /// Where in `items` each key is.
    places: HashTable<usize>,
    /// With keys of its own, so that nobody can choose names that collide.
    hasher: RandomState,
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
    /// Set an item; one of the same domain, band and name is replaced and stays in its place.
    pub fn set(&mut self, domain: &str, band: Option<usize>, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.place((domain, band, name)) {
            Some(at) => self.items[at].value = value,
            None => self.push(MetadataItem { domain: domain.to_owned(), band, name: name.to_owned(), value }),
        }
    }
    /// The text of an item.
    #[must_use]
    pub fn get(&self, domain: &str, band: Option<usize>, name: &str) -> Option<&str> {
        self.place((domain, band, name)).map(|at| self.items[at].value.as_str())
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
    /// All items by the band that they belong to, in their order: for whoever goes through many bands.
    #[must_use]
    pub fn by_band(&self) -> BTreeMap<Option<usize>, Vec<&MetadataItem>> {
        let mut bands: BTreeMap<_, Vec<_>> = BTreeMap::new();
        self.items.iter().for_each(|item| bands.entry(item.band).or_default().push(item));
        bands
    }
    /// Keep the items for which `keep` says yes.
    pub fn retain(&mut self, keep: impl FnMut(&MetadataItem) -> bool) {
        let before = self.items.len();
        self.items.retain(keep);
        if self.items.len() < before {
            let kept = std::mem::take(&mut self.items);
            self.places.clear();
            kept.into_iter().for_each(|item| self.push(item));
        }
    }

    fn place(&self, key: Key<'_>) -> Option<usize> {
        self.places.find(self.hasher.hash_one(key), |&at| self.items[at].key() == key).copied()
    }
    /// Append an item whose key there is none of.
    fn push(&mut self, item: MetadataItem) {
        let hash = |item: &MetadataItem| self.hasher.hash_one(item.key());
        let own = hash(&item);
        self.items.push(item);
        self.places.insert_unique(own, self.items.len() - 1, |&at| hash(&self.items[at]));
    }
}

/// The same items in the same order.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for Metadata {}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("items", &self.items).finish()
    }
}

impl Extend<MetadataItem> for Metadata {
    /// Set items in turn, as [`set`](Metadata::set) does.
    fn extend<I: IntoIterator<Item = MetadataItem>>(&mut self, items: I) {
        for item in items {
            match self.place(item.key()) {
                Some(at) => self.items[at].value = item.value,
                None => self.push(item),
            }
        }
    }
}

impl FromIterator<MetadataItem> for Metadata {
    fn from_iter<I: IntoIterator<Item = MetadataItem>>(items: I) -> Self {
        let mut metadata = Self::new();
        metadata.extend(items);
        metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(n: usize) -> MetadataItem {
        MetadataItem {
            domain: ["", "D"][n % 2].to_owned(),
            band: (n % 3).checked_sub(1),
            name: (n % 5).to_string(),
            value: n.to_string(),
        }
    }

    /// The slow twin: a list that is looked through.
    #[derive(Default)]
    struct Listed(Vec<MetadataItem>);

    impl Listed {
        fn set(&mut self, item: MetadataItem) {
            match self.0.iter_mut().find(|i| i.key() == item.key()) {
                Some(old) => old.value = item.value,
                None => self.0.push(item),
            }
        }
    }

    #[test]
    fn any_sequence_of_changes_is_as_in_a_list() {
        let mut state = 1u64;
        let mut dice = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % n
        };
        for _ in 0..50 {
            let (mut fast, mut slow) = (Metadata::new(), Listed::default());
            for _ in 0..200 {
                match dice(10) {
                    0 => {
                        let gone = dice(30).to_string();
                        fast.retain(|i| i.value != gone && i.name != "4");
                        slow.0.retain(|i| i.value != gone && i.name != "4");
                    }
                    1 => {
                        let (from, len) = (dice(30), dice(20));
                        fast.extend((from..from + len).map(item));
                        (from..from + len).for_each(|n| slow.set(item(n)));
                    }
                    _ => {
                        let i = item(dice(30));
                        fast.set(&i.domain, i.band, &i.name, i.value.clone());
                        slow.set(i);
                    }
                }
                assert_eq!(fast.items(), slow.0);
                let asked = item(dice(30));
                let listed = slow.0.iter().find(|i| i.key() == asked.key()).map(|i| i.value.as_str());
                assert_eq!(fast.get(&asked.domain, asked.band, &asked.name), listed);
            }
            assert_eq!(fast, slow.0.iter().cloned().collect());
            assert_eq!(fast.by_band().values().map(Vec::len).sum::<usize>(), slow.0.len());
        }
    }

    /// Time that grows with the square would be minutes here.
    #[test]
    fn half_a_million_items_one_by_one() {
        let mut metadata = Metadata::new();
        for n in 0..500_000 {
            metadata.set("", Some(n / 5), &n.to_string(), "v");
        }
        assert!((0..500_000).all(|n| metadata.get("", Some(n / 5), &n.to_string()) == Some("v")));
        metadata.retain(|i| i.band != Some(7));
        assert_eq!(metadata.items().len(), 499_995);
        assert_eq!(metadata.get("", Some(99_999), "499999"), Some("v"));
    }
}
