//! How it looks: one palette in light and dark, one type scale, one spacing. Colour means something or is not there.

use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals,
    vec2,
};
use pipewright_engine::types::Type;

/// The colours of a theme, by what they mean.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind the nodes, and the dots of its grid.
    pub canvas: Color32,
    pub grid: Color32,
    /// Panels, what lies on them (fields, nodes, cards), and what is below the pointer.
    pub panel: Color32,
    pub surface: Color32,
    pub hover: Color32,
    /// Lines between things, and lines around what can be taken hold of.
    pub line: Color32,
    pub outline: Color32,
    pub text: Color32,
    /// Second in importance: still read easily.
    pub weak: Color32,
    /// Null and other absences.
    pub faint: Color32,
    /// Selection, focus, links, the one button that matters.
    pub accent: Color32,
    pub on_accent: Color32,
    /// Behind what is selected.
    pub selected: Color32,
    pub good: Color32,
    pub warning: Color32,
    pub error: Color32,
    /// Rejected rows: in counts, ports, wires.
    pub rejected: Color32,
    pub running: Color32,
    number: Color32,
    words: Color32,
    time: Color32,
    truth: Color32,
    nested: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Palette = Palette {
    canvas: rgb(0xF3F4F6),
    grid: rgb(0xDCDFE4),
    panel: rgb(0xFAFAFB),
    surface: rgb(0xFFFFFF),
    hover: rgb(0xEEF0F3),
    line: rgb(0xE3E5E9),
    outline: rgb(0xC6CAD1),
    text: rgb(0x1C2128),
    weak: rgb(0x5B6470),
    faint: rgb(0x9AA2AD),
    accent: rgb(0x2F6FDE),
    on_accent: rgb(0xFFFFFF),
    selected: rgb(0xE1ECFD),
    good: rgb(0x2C8A4B),
    warning: rgb(0xB26A00),
    error: rgb(0xC8322F),
    rejected: rgb(0xB0459A),
    running: rgb(0x2F6FDE),
    number: rgb(0x1F6FB5),
    words: rgb(0x3F7D3A),
    time: rgb(0x9A5B13),
    truth: rgb(0x7A4CC2),
    nested: rgb(0x5B6470),
};

const DARK: Palette = Palette {
    canvas: rgb(0x15181D),
    grid: rgb(0x2A2F37),
    panel: rgb(0x1B1F25),
    surface: rgb(0x232830),
    hover: rgb(0x2C323B),
    line: rgb(0x2E343D),
    outline: rgb(0x454D59),
    text: rgb(0xE6E9ED),
    weak: rgb(0xA3ACB8),
    faint: rgb(0x6F7885),
    accent: rgb(0x6CA2F7),
    on_accent: rgb(0x0E1420),
    selected: rgb(0x25385A),
    good: rgb(0x5CC07F),
    warning: rgb(0xE0A142),
    error: rgb(0xF0716C),
    rejected: rgb(0xDB82C6),
    running: rgb(0x6CA2F7),
    number: rgb(0x6FB4EE),
    words: rgb(0x8CC587),
    time: rgb(0xE0AA6A),
    truth: rgb(0xB79AF0),
    nested: rgb(0xA3ACB8),
};

/// The type scale: four sizes and no others.
pub mod size {
    pub const SMALL: f32 = 11.0;
    pub const BODY: f32 = 13.0;
    pub const HEADING: f32 = 15.0;
    pub const TITLE: f32 = 22.0;
}

/// The spacing scale.
pub mod gap {
    pub const S: f32 = 4.0;
    pub const M: f32 = 8.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 32.0;
}

/// How round corners are.
pub const ROUND: u8 = 6;

impl Palette {
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// A type has one colour everywhere.
    pub fn kind(&self, kind: &Type) -> Color32 {
        match kind {
            Type::Integer | Type::Float | Type::Decimal(..) => self.number,
            Type::Text => self.words,
            Type::Date | Type::Time | Type::Timestamp | Type::TimestampZoned(_) | Type::Duration => self.time,
            Type::Boolean => self.truth,
            Type::Null | Type::Binary | Type::List(_) | Type::Struct(_) => self.nested,
        }
    }
}

/// The palette of the theme in use.
pub fn palette(ctx: &egui::Context) -> &'static Palette {
    Palette::of(ctx.theme())
}

/// The sign of a type: short enough for a column's head, said in full by [`Type`]'s own words.
pub fn sign(kind: &Type) -> &'static str {
    match kind {
        Type::Null => "∅",
        Type::Boolean => "✓✗",
        Type::Integer => "123",
        Type::Float => "1.2",
        Type::Decimal(..) => "1.00",
        Type::Text => "Abc",
        Type::Date => "Date",
        Type::Time => "Time",
        Type::Timestamp | Type::TimestampZoned(_) => "D+T",
        Type::Duration => "Dur",
        Type::Binary => "Bin",
        Type::List(_) => "[ ]",
        Type::Struct(_) => "{ }",
    }
}

/// For what stands out within a text: names, titles.
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("strong".into()))
}

/// Sets fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_visuals_of(theme, visuals(theme));
        ctx.style_mut_of(theme, style);
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = FontData::from_static(include_bytes!("../../assets/fonts/Inter-Regular.otf"));
    let strong = FontData::from_static(include_bytes!("../../assets/fonts/Inter-SemiBold.otf"));
    fonts.font_data.insert("Inter".into(), Arc::new(regular));
    fonts.font_data.insert("Inter strong".into(), Arc::new(strong));
    let usual = fonts.families.entry(FontFamily::Proportional).or_default();
    usual.insert(0, "Inter".into());
    let mut family = usual.clone();
    family.insert(0, "Inter strong".into());
    fonts.families.insert(FontFamily::Name("strong".into()), family);
    fonts
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of(theme);
    let mut visuals = theme.default_visuals();
    let round = CornerRadius::same(ROUND);
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.surface;
    visuals.extreme_bg_color = palette.surface;
    visuals.faint_bg_color = palette.hover;
    visuals.code_bg_color = palette.hover;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(1.5, palette.accent);
    visuals.weak_text_color = Some(palette.weak);
    visuals.striped = false;
    visuals.indent_has_left_vline = false;
    let widgets = &mut visuals.widgets;
    for (widget, fill, line, text) in [
        (&mut widgets.noninteractive, palette.panel, palette.line, palette.text),
        (&mut widgets.inactive, palette.surface, palette.outline, palette.text),
        (&mut widgets.hovered, palette.hover, palette.outline, palette.text),
        (&mut widgets.active, palette.selected, palette.accent, palette.text),
        (&mut widgets.open, palette.hover, palette.outline, palette.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = round;
        widget.expansion = 0.0;
    }
    visuals
}

fn style(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(size::SMALL)),
        (TextStyle::Body, FontId::proportional(size::BODY)),
        (TextStyle::Button, FontId::proportional(size::BODY)),
        (TextStyle::Monospace, FontId::monospace(size::BODY)),
        (TextStyle::Heading, strong(size::HEADING)),
    ]
    .into();
    style.spacing.item_spacing = vec2(gap::M, gap::S + 2.0);
    style.spacing.button_padding = vec2(gap::M + 2.0, gap::S);
    style.spacing.interact_size = vec2(28.0, 26.0);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(16);
    style.interaction.tooltip_delay = 0.4;
}
