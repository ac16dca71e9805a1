//! Where nodes go: laid out from left to right, in line with each other, or into a free place.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;
use pipewright_engine::pipeline::{Layout, Pipeline};

use super::{NODE, STEP, View};
use crate::action::{Point, Wiring};

/// Places are multiples of this.
pub const GRID: i32 = 8;

/// How often the order within layers is improved.
const SWEEPS: usize = 6;

/// The nodes' places, as far as the file has them, the others laid out beside them.
pub fn places(pipeline: &Pipeline) -> Layout {
    let mut layout = pipeline.layout.clone();
    layout.nodes.retain(|name, _| pipeline.nodes.contains_key(name));
    if layout.nodes.len() == pipeline.nodes.len() {
        return layout;
    }
    if layout.nodes.is_empty() {
        layout.nodes = arrange(pipeline, None).into_iter().collect();
        return layout;
    }
    let mut taken = Taken::of(layout.nodes.values().copied());
    let below = layout.nodes.values().map(|(_, y)| y + STEP.1).max().unwrap_or(0);
    let left = layout.nodes.values().map(|(x, _)| *x).min().unwrap_or(0);
    let order = pipeline.in_order().unwrap_or_else(|_| pipeline.nodes.keys().map(String::as_str).collect());
    for name in order {
        if layout.nodes.contains_key(name) {
            continue;
        }
        let before = pipeline.nodes[name].from.iter().flatten().find_map(|link| layout.nodes.get(&link.node));
        let near = before.map_or((left, below), |(x, y)| (x + STEP.0, *y));
        layout.nodes.insert(name.to_owned(), taken.free(near));
    }
    layout
}

/// Nodes laid out from left to right along their wires: all of them, or these, which stay where the first of them is.
pub fn arrange(pipeline: &Pipeline, only: Option<&IndexSet<String>>) -> Vec<(String, Point)> {
    let names: Vec<&str> =
        pipeline.nodes.keys().map(String::as_str).filter(|name| only.is_none_or(|only| only.contains(*name))).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let wires = Wires::between(pipeline, &names);
    let mut layers = wires.layers();
    wires.reduce_crossings(&mut layers);
    let rows = wires.rows(&layers);
    let corner = only.map_or((0, 0), |_| corner_of(pipeline, &names));
    let mut column = vec![0; names.len()];
    for (at, layer) in layers.iter().enumerate() {
        layer.iter().for_each(|node| column[*node] = at as i32);
    }
    let top = rows.iter().copied().min().unwrap_or(0);
    let at = |node: usize| (corner.0 + column[node] * STEP.0, corner.1 + rows[node] - top);
    names.iter().enumerate().map(|(node, name)| ((*name).to_owned(), at(node))).collect()
}

fn corner_of(pipeline: &Pipeline, names: &[&str]) -> Point {
    let places = places(pipeline);
    let all = names.iter().filter_map(|name| places.nodes.get(*name).copied());
    all.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1))).unwrap_or_default()
}

/// These nodes below each other: as far left as the leftmost, each clear of the one above.
pub fn align_left(pipeline: &Pipeline, nodes: &IndexSet<String>) -> Vec<(String, Point)> {
    let mut placed = placed(pipeline, nodes);
    placed.sort_by_key(|(_, (x, y))| (*y, *x));
    let left = placed.iter().map(|(_, (x, _))| *x).min().unwrap_or(0);
    let mut next = i32::MIN;
    for (_, at) in &mut placed {
        *at = (left, at.1.max(next));
        next = at.1 + NODE.1 + 2 * GRID;
    }
    placed
}

/// These nodes in a row: as high as the highest, each clear of the one before.
pub fn align_top(pipeline: &Pipeline, nodes: &IndexSet<String>) -> Vec<(String, Point)> {
    let mut placed = placed(pipeline, nodes);
    placed.sort_by_key(|(_, at)| *at);
    let top = placed.iter().map(|(_, (_, y))| *y).min().unwrap_or(0);
    let mut next = i32::MIN;
    for (_, at) in &mut placed {
        *at = (at.0.max(next), top);
        next = at.0 + NODE.0 + 2 * GRID;
    }
    placed
}

fn placed(pipeline: &Pipeline, nodes: &IndexSet<String>) -> Vec<(String, Point)> {
    let places = places(pipeline);
    nodes.iter().filter_map(|name| Some((name.clone(), *places.nodes.get(name)?))).collect()
}

/// Writes down where the nodes lie that have no place yet: what is done to one must not move the others.
pub fn settle(pipeline: &mut Pipeline) {
    if pipeline.layout.nodes.len() != pipeline.nodes.len() {
        pipeline.layout.nodes = places(pipeline).nodes;
    }
}

/// Where a new node goes that is wired so: a free place beside what it is wired to, else in the middle of what is seen.
pub fn place_for(pipeline: &Pipeline, view: &View, wiring: &Wiring) -> Point {
    let places = places(pipeline);
    let at = |name: &str| places.nodes.get(name).copied();
    let near = match wiring {
        Wiring::After(link) => {
            let output = pipeline.nodes.get(&link.node).and_then(|node| node.step.output(link).ok()).unwrap_or(0);
            at(&link.node).map(|(x, y)| (x + STEP.0, y + output as i32 * STEP.1))
        }
        Wiring::Before(to) => at(&to.node).map(|(x, y)| (x - STEP.0, y + to.port as i32 * STEP.1)),
        Wiring::Into(to) => return place_between(pipeline, &to.node, to.port),
        Wiring::Selection | Wiring::Free => None,
    };
    Taken::of(places.nodes.values().copied()).free(near.unwrap_or_else(|| view.middle()))
}

/// Where a node goes that is put into the wire that ends at this input.
pub fn place_between(pipeline: &Pipeline, node: &str, port: usize) -> Point {
    let places = places(pipeline);
    let to = places.nodes.get(node).copied().unwrap_or_default();
    let from = pipeline.nodes.get(node).and_then(|node| node.from.get(port)?.as_ref());
    let from = from.and_then(|link| places.nodes.get(&link.node).copied()).unwrap_or((to.0 - 2 * STEP.0, to.1));
    let middle = |a: i32, b: i32| (a + b) / 2 / GRID * GRID;
    Taken::of(places.nodes.values().copied()).free((middle(from.0, to.0), middle(from.1, to.1)))
}

/// Where a node goes that takes what another leaves aside.
pub fn place_below(pipeline: &Pipeline, node: &str) -> Point {
    let places = places(pipeline);
    let (x, y) = places.nodes.get(node).copied().unwrap_or_default();
    Taken::of(places.nodes.values().copied()).free((x + STEP.0, y + STEP.1))
}

/// Where nodes lie, found by the square of the canvas they begin in.
struct Taken(HashMap<Point, Vec<Point>>);

impl Taken {
    fn of(places: impl Iterator<Item = Point>) -> Self {
        let mut taken = Self(HashMap::new());
        places.for_each(|at| taken.add(at));
        taken
    }

    fn square((x, y): Point) -> Point {
        (x.div_euclid(STEP.0), y.div_euclid(STEP.1))
    }

    fn add(&mut self, at: Point) {
        self.0.entry(Self::square(at)).or_default().push(at);
    }

    /// The first place at the point or below it that touches nothing. It is taken from then on.
    fn free(&mut self, near: Point) -> Point {
        let mut at = near;
        while let Some(other) = self.in_the_way(at) {
            at.1 = (other.1 + STEP.1).max(at.1 + GRID);
        }
        self.add(at);
        at
    }

    fn in_the_way(&self, at: Point) -> Option<Point> {
        let (column, row) = Self::square(at);
        let around = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (column + x, row + y)));
        let near = around.filter_map(|square| self.0.get(&square)).flatten();
        let touches = |other: &&Point| (other.0 - at.0).abs() < NODE.0 + GRID && (other.1 - at.1).abs() < NODE.1 + GRID;
        near.filter(touches).max_by_key(|(x, y)| (*y, *x)).copied()
    }
}

/// Who reads whom, by number.
struct Wires {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Wires {
    fn between(pipeline: &Pipeline, names: &[&str]) -> Self {
        let number: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut wires = Self { before: vec![Vec::new(); names.len()], after: vec![Vec::new(); names.len()] };
        for (to, name) in names.iter().enumerate() {
            let from = pipeline.nodes[*name].from.iter().flatten();
            for from in from.filter_map(|link| number.get(link.node.as_str()).copied()).filter(|from| *from != to) {
                wires.before[to].push(from);
                wires.after[from].push(to);
            }
        }
        wires
    }

    /// Nodes by column: each after what it reads, and what reads nothing right before its first reader.
    fn layers(&self) -> Vec<Vec<usize>> {
        let order = self.order();
        let mut depth = vec![0_usize; self.before.len()];
        let mut known = HashSet::new();
        for node in &order {
            // In a circle some of what a node reads comes after it.
            let before = self.before[*node].iter().filter(|other| known.contains(*other));
            depth[*node] = before.map(|other| depth[*other] + 1).max().unwrap_or(0);
            known.insert(*node);
        }
        for node in order {
            if self.before[node].is_empty() {
                let reader = self.after[node].iter().map(|other| depth[*other]).min();
                depth[node] = reader.map_or(0, |reader| reader.saturating_sub(1));
            }
        }
        let mut layers = vec![Vec::new(); depth.iter().max().map_or(0, |deepest| deepest + 1)];
        depth.iter().enumerate().for_each(|(node, depth)| layers[*depth].push(node));
        layers
    }

    /// Every node after what it reads, what belongs together near each other; nodes of circles last.
    fn order(&self) -> Vec<usize> {
        let mut missing: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut open: Vec<usize> = (0..missing.len()).rev().filter(|node| missing[*node] == 0).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(node) = open.pop() {
            order.push(node);
            for other in self.after[node].iter().rev() {
                missing[*other] -= 1;
                if missing[*other] == 0 {
                    open.push(*other);
                }
            }
        }
        order.extend((0..missing.len()).filter(|node| missing[*node] > 0));
        order
    }

    /// Orders each layer by the middle of its neighbours on one side, then on the other, a few times.
    fn reduce_crossings(&self, layers: &mut [Vec<usize>]) {
        let mut position = vec![0.0_f32; self.before.len()];
        let mut rank = vec![0; self.before.len()];
        self.order().into_iter().enumerate().for_each(|(at, node)| rank[node] = at);
        for layer in layers.iter_mut() {
            layer.sort_by_key(|node| rank[*node]);
            note_positions(layer, &mut position);
        }
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            let side = if forward { &self.before } else { &self.after };
            let count = layers.len();
            for at in 0..count {
                let layer = &mut layers[if forward { at } else { count - 1 - at }];
                let middle = |node: &usize| mean(side[*node].iter().map(|other| position[*other]));
                let mut keyed: Vec<(f32, usize)> =
                    layer.iter().map(|node| (middle(node).unwrap_or(position[*node]), *node)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                *layer = keyed.into_iter().map(|(_, node)| node).collect();
                note_positions(layer, &mut position);
            }
        }
    }

    /// How far down each node goes: in the order of its layer, as near to its neighbours as the others let it.
    fn rows(&self, layers: &[Vec<usize>]) -> Vec<i32> {
        let mut y = vec![0.0_f32; self.before.len()];
        for layer in layers {
            layer.iter().enumerate().for_each(|(at, node)| y[*node] = at as f32);
        }
        // The last one goes forward: a chain is straight, wherever what comes after it has to go.
        for sweep in 0..=SWEEPS {
            let forward = sweep % 2 == 0;
            for at in 0..layers.len() {
                let layer = &layers[if forward { at } else { layers.len() - 1 - at }];
                let side = if forward { &self.before } else { &self.after };
                let wanted: Vec<f32> = layer
                    .iter()
                    .map(|node| mean(side[*node].iter().map(|other| y[*other])).unwrap_or(y[*node]))
                    .collect();
                for (node, place) in layer.iter().zip(spaced(&wanted)) {
                    y[*node] = place;
                }
            }
        }
        y.into_iter().map(|y| (y * STEP.1 as f32 / GRID as f32).round() as i32 * GRID).collect()
    }
}

/// Places at least one apart, in order, as near to the wanted ones as possible: neighbours that push each other share the push.
fn spaced(wanted: &[f32]) -> Vec<f32> {
    // Runs of nodes that touch: where the first of them goes if each had its way, and how many they are.
    let mut runs: Vec<(f32, usize)> = Vec::new();
    for want in wanted {
        let mut run = (*want, 1);
        while let Some((start, count)) = runs.last().copied() {
            if start + count as f32 <= run.0 {
                break;
            }
            runs.pop();
            let sum = start * count as f32 + (run.0 - count as f32) * run.1 as f32;
            run = (sum / (count + run.1) as f32, count + run.1);
        }
        runs.push(run);
    }
    runs.into_iter().flat_map(|(start, count)| (0..count).map(move |at| start + at as f32)).collect()
}

fn note_positions(layer: &[usize], position: &mut [f32]) {
    let last = layer.len().max(2) as f32 - 1.0;
    layer.iter().enumerate().for_each(|(at, node)| position[*node] = at as f32 / last);
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f32)
}
