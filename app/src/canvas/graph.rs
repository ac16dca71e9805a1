//! What the canvas works out of a pipeline once for every change of it: where things lie and what is written on them.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use indexmap::IndexSet;
use pipewright_engine::node::Inputs;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::{Link, Node, Pipeline};

use super::{NODE, arrange, description};
use crate::action::{Input, Point};

/// A pipeline as it lies on the canvas.
#[derive(Debug)]
pub struct Graph {
    /// What it was made of. Holding it makes every edit a new one, so that comparing pointers tells whether anything changed.
    source: Arc<Pipeline>,
    pub blocks: Vec<Block>,
    pub wires: Vec<Wire>,
    index: HashMap<String, usize>,
}

/// A node.
#[derive(Debug)]
pub struct Block {
    pub name: String,
    /// What kind of node it is.
    pub title: String,
    pub icon: &'static str,
    pub sentence: String,
    pub rect: Rect,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub muted: bool,
    /// Whether everything is said that must be said before it can do anything.
    pub configured: bool,
}

/// An input or an output.
#[derive(Debug)]
pub struct Port {
    /// Empty where there is nothing to tell it from.
    pub name: String,
    /// From the corner of its node.
    pub offset: Vec2,
    /// Of an input: the wire that ends here. Of an output: one of those that begin here.
    pub wire: Option<usize>,
}

/// From an output to an input: numbers of blocks and of their ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    pub from: (usize, usize),
    pub to: (usize, usize),
}

impl Graph {
    pub fn new(source: &Arc<Pipeline>) -> Self {
        let places = super::places(source);
        let place = |name: &String| places.nodes.get(name).copied().unwrap_or_default();
        let mut blocks: Vec<Block> =
            source.nodes.iter().map(|(name, node)| Block::new(name, node, place(name))).collect();
        let index: HashMap<String, usize> =
            source.nodes.keys().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        let mut wires = Vec::new();
        for (to, node) in source.nodes.values().enumerate() {
            for (port, link) in node.from.iter().enumerate() {
                let Some(link) = link else { continue };
                let Some(&from) = index.get(&link.node) else { continue };
                let Some(output) = blocks[from].output(link) else { continue };
                if port >= blocks[to].inputs.len() {
                    continue;
                }
                blocks[from].outputs[output].wire = Some(wires.len());
                blocks[to].inputs[port].wire = Some(wires.len());
                wires.push(Wire { from: (from, output), to: (to, port) });
            }
        }
        Self { source: Arc::clone(source), blocks, wires, index }
    }

    pub fn is_of(&self, pipeline: &Arc<Pipeline>) -> bool {
        Arc::ptr_eq(&self.source, pipeline)
    }

    /// Whether the other pipeline does the same, whatever it looks like.
    pub fn does_as(&self, pipeline: &Pipeline) -> bool {
        self.source.nodes == pipeline.nodes && self.source.parameters == pipeline.parameters
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub fn link(&self, (block, output): (usize, usize)) -> Link {
        let block = &self.blocks[block];
        let output = block.outputs.get(output).map(|port| port.name.clone()).filter(|name| !name.is_empty());
        Link { node: block.name.clone(), output }
    }

    /// The block and the output that a link speaks of.
    pub fn output_of(&self, link: &Link) -> Option<(usize, usize)> {
        let block = self.find(&link.node)?;
        Some((block, self.blocks[block].output(link)?))
    }

    /// Where a wire begins and where it ends.
    pub fn ends(&self, wire: usize) -> (Pos2, Pos2) {
        let Wire { from, to } = self.wires[wire];
        let (a, b) = (&self.blocks[from.0], &self.blocks[to.0]);
        (a.rect.min + a.outputs[from.1].offset, b.rect.min + b.inputs[to.1].offset)
    }

    pub fn input(&self, (block, port): (usize, usize)) -> Input {
        Input { node: self.blocks[block].name.clone(), port }
    }

    /// The wire that ends at an input.
    pub fn wire_to(&self, input: &Input) -> Option<usize> {
        self.blocks[self.find(&input.node)?].inputs.get(input.port)?.wire
    }

    /// For each block, whether rows of it reach this one, or it is this one.
    pub fn above(&self, block: usize) -> Vec<bool> {
        let mut seen = vec![false; self.blocks.len()];
        let mut open = vec![block];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                let inputs = self.blocks[at].inputs.iter();
                open.extend(inputs.filter_map(|port| Some(self.wires[port.wire?].from.0)));
            }
        }
        seen
    }

    /// For each block, whether rows of this one reach it, or it is this one.
    pub fn below(&self, block: usize) -> Vec<bool> {
        let mut readers = vec![Vec::new(); self.blocks.len()];
        for wire in &self.wires {
            readers[wire.from.0].push(wire.to.0);
        }
        let mut seen = vec![false; self.blocks.len()];
        let mut open = vec![block];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                open.extend(&readers[at]);
            }
        }
        seen
    }

    /// The nodes wired to this one: those it reads, then those that read it.
    pub fn neighbours(&self, block: usize) -> (Vec<usize>, Vec<usize>) {
        let before = self.blocks[block].inputs.iter().filter_map(|port| Some(self.wires[port.wire?].from.0)).collect();
        let after = self.wires.iter().filter(|wire| wire.from.0 == block).map(|wire| wire.to.0).collect();
        (before, after)
    }

    /// The rectangle around these nodes, or around all of them and the notes.
    pub fn bounds(&self, only: Option<&IndexSet<String>>) -> Option<Rect> {
        let wanted = |block: &&Block| only.is_none_or(|only| only.contains(&block.name));
        let nodes = self.blocks.iter().filter(wanted).map(|block| block.rect);
        let notes = self.source.layout.notes.iter().map(super::notes::rect_of).filter(|_| only.is_none());
        nodes.chain(notes).reduce(Rect::union)
    }
}

impl Block {
    fn new(name: &str, node: &Node, at: Point) -> Self {
        let (title, icon, inputs, outputs) = match node.step.card() {
            Ok(card) => {
                (card.title.to_owned(), card.icon, input_names(card.inputs, node.from.len()), card.outputs.to_vec())
            }
            Err(_) => (node.step.name().to_owned(), "", vec![String::new(); node.from.len()], vec![""]),
        };
        Self {
            name: name.to_owned(),
            title,
            icon,
            sentence: description(&node.step),
            rect: rect_at(at),
            inputs: ports(inputs, 0.0),
            outputs: ports(outputs.into_iter().map(str::to_owned).collect(), NODE.0 as f32),
            muted: node.muted,
            configured: is_configured(node),
        }
    }

    fn output(&self, link: &Link) -> Option<usize> {
        let Some(name) = &link.output else { return (!self.outputs.is_empty()).then_some(0) };
        self.outputs.iter().position(|port| port.name == *name)
    }

    /// The input that a wire dropped on the node itself takes.
    pub fn free_input(&self) -> Option<usize> {
        let free = self.inputs.iter().position(|port| port.wire.is_none());
        free.or(if self.inputs.len() == 1 { Some(0) } else { None })
    }

    pub fn is_unwired(&self) -> bool {
        self.inputs.iter().chain(&self.outputs).all(|port| port.wire.is_none())
    }
}

pub fn rect_at(at: Point) -> Rect {
    Rect::from_min_size(pos2(at.0 as f32, at.1 as f32), vec2(NODE.0 as f32, NODE.1 as f32))
}

/// As the file keeps it: on the grid.
pub fn snapped(at: Pos2) -> Point {
    let snap = |value: f32| (value / arrange::GRID as f32).round() as i32 * arrange::GRID;
    (snap(at.x), snap(at.y))
}

/// Names of the inputs; a node of any number of them shows a spare one.
fn input_names(inputs: Inputs, wired: usize) -> Vec<String> {
    match inputs {
        Inputs::None => Vec::new(),
        Inputs::One => vec![String::new()],
        Inputs::Named(names) => names.iter().map(|name| (*name).to_owned()).collect(),
        Inputs::Many => (0..=wired).map(|_| String::new()).collect(),
    }
}

fn ports(names: Vec<String>, x: f32) -> Vec<Port> {
    const FIRST: f32 = 20.0;
    let room = NODE.1 as f32 - 2.0 * FIRST;
    let step = (room / (names.len().max(2) - 1) as f32).min(32.0);
    let port = |(at, name)| Port { name, offset: vec2(x, FIRST + step * at as f32), wire: None };
    names.into_iter().enumerate().map(port).collect()
}

fn is_configured(node: &Node) -> bool {
    let Ok(card) = node.step.card() else { return false };
    let wired = |port: usize| node.from.get(port).is_some_and(Option::is_some);
    let enough = match card.inputs {
        Inputs::None => true,
        Inputs::One | Inputs::Many => wired(0),
        Inputs::Named(names) => (0..names.len()).all(wired),
    };
    enough && node.step.check().is_ok() && !lacks_file(&node.step)
}

/// Whether it reads or writes a file and none is named.
fn lacks_file(step: &Step) -> bool {
    use pipewright_engine::params::{Field, Form, Params, Spec};
    struct Look(bool);
    impl Form for Look {
        fn param(&mut self, _: Spec, field: Field<'_>) {
            self.0 |= matches!(field, Field::File(path) if path.0.is_empty());
        }
    }
    let mut look = Look(false);
    step.clone().params(&mut look);
    look.0
}
