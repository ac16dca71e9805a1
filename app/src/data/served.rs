//! What the engine served of tables. It comes in tiles, each asked for once and kept while there is room.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pipewright_engine::value::Value;
use pipewright_runner::show::{Output, Page, PageRows, Profile, TableId, View};

/// Rows and columns of a tile.
const ROWS: u64 = 64;
const COLUMNS: usize = 16;
/// Pages of a view that are asked for at once: while more is scrolled past, only the newest wish matters.
const PAGES_AT_ONCE: usize = 4;
const PROFILES_AT_ONCE: usize = 4;
/// Tiles that a view keeps: a quarter of a million values.
const TILES: usize = 256;
/// Views that are kept, over all tables, and tables whose profiles are.
const VIEWS: usize = 8;

#[derive(Default)]
pub(super) struct Served {
    views: Vec<Viewed>,
    profiles: Vec<Profiles>,
    /// Counts up with every frame in which something is wanted.
    clock: u64,
}

/// A table as looked at with a view.
pub(super) struct Viewed {
    table: TableId,
    view: View,
    rows: u64,
    columns: usize,
    /// Rows of the view, once a page of it has come.
    total: Option<u64>,
    tiles: HashMap<(u64, usize), Tile>,
    /// Where the rows of a row of tiles lie in the table.
    places: HashMap<u64, Vec<u64>>,
    asked: Vec<Page>,
    /// The engine holds it no more: nothing is asked until it says otherwise.
    gone: bool,
    used: u64,
}

struct Tile {
    rows: Vec<Vec<Value>>,
    used: u64,
}

struct Profiles {
    table: TableId,
    known: HashMap<usize, Profile>,
    asked: HashSet<usize>,
    gone: bool,
    used: u64,
}

impl Served {
    /// Makes room for a view, or finds it.
    pub(super) fn open(&mut self, output: &Output, view: &View) {
        self.clock += 1;
        let clock = self.clock;
        match self.views.iter_mut().find(|viewed| viewed.is(&output.table, view)) {
            Some(viewed) => viewed.used = clock,
            None => {
                make_room(&mut self.views, |viewed| viewed.used);
                self.views.push(Viewed::new(output, view, clock));
            }
        }
        match self.profiles.iter_mut().find(|profiles| profiles.table == output.table) {
            Some(profiles) => profiles.used = clock,
            None => {
                make_room(&mut self.profiles, |profiles| profiles.used);
                self.profiles.push(Profiles::new(&output.table, clock));
            }
        }
    }

    pub(super) fn view(&self, table: &TableId, view: &View) -> Option<&Viewed> {
        self.views.iter().find(|viewed| viewed.is(table, view))
    }

    /// The pages to ask for so that these cells can be shown, and those around them; `ahead` asks for the latter too.
    pub(super) fn want(
        &mut self,
        table: &TableId,
        view: &View,
        rows: Range<u64>,
        columns: Range<usize>,
        ahead: bool,
    ) -> Vec<Page> {
        let clock = self.clock;
        let Some(viewed) = self.views.iter_mut().find(|viewed| viewed.is(table, view)) else { return Vec::new() };
        viewed.want(rows, columns, ahead, clock)
    }

    /// The columns among these whose profile is to be asked for.
    pub(super) fn want_profiles(&mut self, table: &TableId, columns: Range<usize>) -> Vec<usize> {
        let Some(profiles) = self.profiles.iter_mut().find(|profiles| profiles.table == *table) else {
            return Vec::new();
        };
        if profiles.gone {
            return Vec::new();
        }
        let room = PROFILES_AT_ONCE.saturating_sub(profiles.asked.len());
        let unknown = |column: &usize| !profiles.known.contains_key(column) && !profiles.asked.contains(column);
        let wanted: Vec<usize> = columns.filter(unknown).take(room).collect();
        profiles.asked.extend(&wanted);
        wanted
    }

    pub(super) fn profile_of(&self, table: &TableId, column: usize) -> Option<&Profile> {
        self.profiles.iter().find(|profiles| profiles.table == *table)?.known.get(&column)
    }

    /// A page that was asked for; any other is of a table or a view that nobody looks at any more.
    pub(super) fn page(&mut self, page: PageRows) {
        let clock = self.clock;
        let Some(viewed) = self.views.iter_mut().find(|viewed| viewed.is(&page.page.table, &page.page.view)) else {
            return;
        };
        viewed.accept(page, clock);
    }

    pub(super) fn profile(&mut self, profile: Profile) {
        let Some(profiles) = self.profiles.iter_mut().find(|profiles| profiles.table == profile.table) else { return };
        profiles.asked.remove(&profile.column);
        profiles.known.insert(profile.column, profile);
    }

    /// Nothing more will come of this table, or of any.
    pub(super) fn forget(&mut self, table: Option<&TableId>) {
        let concerns = |held: &TableId| table.is_none_or(|table| table == held);
        for viewed in self.views.iter_mut().filter(|viewed| concerns(&viewed.table)) {
            viewed.asked.clear();
            viewed.gone = true;
        }
        for profiles in self.profiles.iter_mut().filter(|profiles| concerns(&profiles.table)) {
            profiles.asked.clear();
            profiles.gone = true;
        }
    }

    /// The engine has told of this table again, so it holds it.
    pub(super) fn held_again(&mut self, table: &TableId) {
        for viewed in self.views.iter_mut().filter(|viewed| viewed.table == *table) {
            viewed.gone = false;
        }
        for profiles in self.profiles.iter_mut().filter(|profiles| profiles.table == *table) {
            profiles.gone = false;
        }
    }
}

/// Takes out what was used longest ago, if there is no room for one more.
fn make_room<T>(kept: &mut Vec<T>, used: impl Fn(&T) -> u64) {
    if kept.len() < VIEWS {
        return;
    }
    let Some(oldest) = kept.iter().map(&used).min() else { return };
    kept.retain(|one| used(one) != oldest);
}

impl Viewed {
    fn new(output: &Output, view: &View, used: u64) -> Self {
        Self {
            table: output.table.clone(),
            view: view.clone(),
            rows: output.rows,
            columns: output.schema.0.len(),
            total: None,
            tiles: HashMap::new(),
            places: HashMap::new(),
            asked: Vec::new(),
            gone: false,
            used,
        }
    }

    fn is(&self, table: &TableId, view: &View) -> bool {
        self.table == *table && self.view == *view
    }

    /// Rows of the view: known once a page of it has come, and at once where it leaves no row out.
    pub(super) fn total(&self) -> Option<u64> {
        self.total.or(self.view.filter.is_empty().then_some(self.rows))
    }

    pub(super) fn cell(&self, row: u64, column: usize) -> Option<&Value> {
        let tile = self.tiles.get(&(row / ROWS, column / COLUMNS))?;
        tile.rows.get((row % ROWS) as usize)?.get(column % COLUMNS)
    }

    /// Where a row lies in the table without sort and filter.
    pub(super) fn place(&self, row: u64) -> Option<u64> {
        if self.view == View::default() {
            return Some(row);
        }
        self.places.get(&(row / ROWS))?.get((row % ROWS) as usize).copied()
    }

    /// Whether all of these cells are here.
    pub(super) fn has(&self, rows: &Range<u64>, columns: &Range<usize>) -> bool {
        tiles_of(rows).all(|row| bands_of(columns).all(|column| self.tiles.contains_key(&(row, column))))
    }

    fn want(&mut self, rows: Range<u64>, columns: Range<usize>, ahead: bool, clock: u64) -> Vec<Page> {
        let mut pages = Vec::new();
        if self.gone || columns.is_empty() {
            return pages;
        }
        let (tiles, bands) = (tiles_of(&rows), bands_of(&columns));
        for at in tiles.clone().flat_map(|row| bands.clone().map(move |column| (row, column))) {
            if let Some(tile) = self.tiles.get_mut(&at) {
                tile.used = clock;
            }
        }
        for row in tiles.clone() {
            self.ask(row, bands.clone(), &mut pages);
        }
        // What is around is asked for when nothing that is visible is on its way.
        if !ahead || !self.asked.is_empty() || !self.has(&rows, &columns) {
            return pages;
        }
        self.ask(tiles.end, bands.clone(), &mut pages);
        if tiles.start > 0 {
            self.ask(tiles.start - 1, bands.clone(), &mut pages);
        }
        for row in tiles {
            self.ask(row, bands.end..bands.end + 1, &mut pages);
            if bands.start > 0 {
                self.ask(row, bands.start - 1..bands.start, &mut pages);
            }
        }
        pages
    }

    /// Asks for the tiles of a row of tiles that are neither here nor on their way, as few pages as possible.
    fn ask(&mut self, row: u64, bands: Range<usize>, pages: &mut Vec<Page>) {
        let rows = row * ROWS..((row + 1) * ROWS).min(self.total.unwrap_or(self.rows));
        if rows.is_empty() {
            return;
        }
        let mut band = bands.start;
        while band < bands.end && self.asked.len() < PAGES_AT_ONCE {
            if self.is_known(row, band) {
                band += 1;
                continue;
            }
            let first = band;
            while band < bands.end && !self.is_known(row, band) {
                band += 1;
            }
            let columns = first * COLUMNS..(band * COLUMNS).min(self.columns);
            if columns.is_empty() {
                return;
            }
            let page = Page { table: self.table.clone(), rows: rows.clone(), columns, view: self.view.clone() };
            self.asked.push(page.clone());
            pages.push(page);
        }
    }

    fn is_known(&self, row: u64, band: usize) -> bool {
        let comes = |page: &Page| page.rows.start == row * ROWS && page.columns.contains(&(band * COLUMNS));
        self.tiles.contains_key(&(row, band)) || self.asked.iter().any(comes)
    }

    fn accept(&mut self, answer: PageRows, clock: u64) {
        let page = answer.page;
        let same = |asked: &Page| asked.rows.start == page.rows.start && asked.columns.start == page.columns.start;
        let Some(at) = self.asked.iter().position(same) else { return };
        let asked = self.asked.swap_remove(at);
        self.total = Some(answer.total);
        let row = asked.rows.start / ROWS;
        self.places.insert(row, answer.places);
        let mut bands: Vec<(usize, Vec<Vec<Value>>)> =
            bands_of(&asked.columns).map(|band| (band, Vec::new())).collect();
        for values in answer.table.rows {
            let mut values = values.into_iter();
            for (_, rows) in &mut bands {
                rows.push(values.by_ref().take(COLUMNS).collect());
            }
        }
        for (band, rows) in bands {
            self.tiles.insert((row, band), Tile { rows, used: clock });
        }
        self.trim();
    }

    /// Lets go of what was not looked at for longest.
    fn trim(&mut self) {
        if self.tiles.len() <= TILES {
            return;
        }
        let mut ages: Vec<u64> = self.tiles.values().map(|tile| tile.used).collect();
        ages.sort_unstable();
        let Some(&oldest) = ages.get(TILES / 4) else { return };
        let newest = ages.last().copied().unwrap_or(oldest);
        self.tiles.retain(|_, tile| tile.used > oldest || tile.used == newest);
        let kept: HashSet<u64> = self.tiles.keys().map(|(row, _)| *row).collect();
        self.places.retain(|row, _| kept.contains(row));
    }
}

impl Profiles {
    fn new(table: &TableId, used: u64) -> Self {
        Self { table: table.clone(), known: HashMap::new(), asked: HashSet::new(), gone: false, used }
    }
}

/// Rows of tiles that hold these rows.
fn tiles_of(rows: &Range<u64>) -> Range<u64> {
    rows.start / ROWS..rows.end.div_ceil(ROWS)
}

/// Columns of tiles that hold these columns.
fn bands_of(columns: &Range<usize>) -> Range<usize> {
    columns.start / COLUMNS..columns.end.div_ceil(COLUMNS)
}
