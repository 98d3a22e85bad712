//! The public items of the crate, read from its source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::used::{has_word, words};
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, TraitItem, Type, UseTree, Visibility};

/// The public items by the names that the table uses, each with its documentation.
#[derive(Default)]
pub(crate) struct Items {
    docs: BTreeMap<String, String>,
    /// What `lib.rs` exports, or a public module has.
    exported: BTreeSet<String>,
    /// The functions that each macro of the crate's own writes.
    by_macro: BTreeMap<String, Vec<String>>,
}

impl Items {
    pub(crate) fn of_crate(folder: &Path) -> Self {
        let mut items = Self::default();
        let source = folder.join("src");
        let text = std::fs::read_to_string(source.join("lib.rs")).expect("lib.rs can be read");
        for item in syn::parse_file(&text).expect("lib.rs is Rust").items {
            if let Item::Use(item) = item
                && is_public(&item.vis)
            {
                items.export(&item.tree);
            }
        }
        // Twice: a macro's functions have to be known where it is used.
        items.add_folder(&source, &source);
        items.add_folder(&source, &source);
        items
    }

    /// Whether there is such an item that a program can reach. A text in quotes is a key, and no item.
    pub(crate) fn has(&self, name: &str) -> bool {
        let first = name.split("::").next().unwrap_or(name);
        name.starts_with('"')
            || (self.docs.contains_key(name)
                && (name.ends_with('!') || self.exported.contains(first)))
    }

    /// Whether an example uses the item: of its own documentation, or of its type's.
    pub(crate) fn is_shown_in_docs(&self, name: &str) -> bool {
        let word = super::last_part(name);
        let of_type = name.split("::").next().unwrap_or(name);
        [name, of_type]
            .iter()
            .filter_map(|name| self.docs.get(*name))
            .any(|docs| docs.split("```").skip(1).step_by(2).any(|example| has_word(example, word)))
    }

    fn export(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.export(&path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.export(tree)),
            UseTree::Name(name) => drop(self.exported.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(self.exported.insert(rename.rename.to_string())),
            UseTree::Glob(_) => {}
        }
    }

    fn add_folder(&mut self, source: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder of the source can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                self.add_folder(source, &path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file can be read");
                let file = syn::parse_file(&text).expect("a source file is Rust");
                let inside = path.strip_prefix(source).expect("inside the source");
                let public = ["format", "sink", "bridge", "config"]
                    .iter()
                    .any(|module| inside.starts_with(module));
                file.items.iter().for_each(|item| self.add(item, public));
            }
        }
    }

    fn add(&mut self, item: &Item, in_public_module: bool) {
        let mut top = |name: &syn::Ident, vis: &Visibility, attributes: &[Attribute]| {
            if is_public(vis) {
                self.docs.insert(name.to_string(), docs_of(attributes));
                if in_public_module {
                    self.exported.insert(name.to_string());
                }
            }
        };
        match item {
            Item::Fn(item) => top(&item.sig.ident, &item.vis, &item.attrs),
            Item::Const(item) => top(&item.ident, &item.vis, &item.attrs),
            Item::Static(item) => top(&item.ident, &item.vis, &item.attrs),
            Item::Type(item) => top(&item.ident, &item.vis, &item.attrs),
            Item::Struct(item) => {
                top(&item.ident, &item.vis, &item.attrs);
                for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
                    if let Some(name) = &field.ident {
                        self.insert(format!("{}::{name}", item.ident), &field.attrs);
                    }
                }
            }
            Item::Enum(item) => {
                top(&item.ident, &item.vis, &item.attrs);
                for variant in &item.variants {
                    self.insert(format!("{}::{}", item.ident, variant.ident), &variant.attrs);
                }
            }
            Item::Trait(item) => {
                top(&item.ident, &item.vis, &item.attrs);
                for part in &item.items {
                    if let TraitItem::Fn(method) = part {
                        self.insert(format!("{}::{}", item.ident, method.sig.ident), &method.attrs);
                    }
                }
            }
            Item::Impl(item) => self.add_impl(item),
            Item::Macro(item) => self.add_macro(item),
            _ => {}
        }
    }

    fn add_impl(&mut self, item: &syn::ItemImpl) {
        let Type::Path(path) = &*item.self_ty else { return };
        let Some(class) = path.path.segments.last().map(|segment| segment.ident.to_string()) else {
            return;
        };
        for part in &item.items {
            match part {
                ImplItem::Fn(method) if item.trait_.is_some() || is_public(&method.vis) => {
                    self.insert(format!("{class}::{}", method.sig.ident), &method.attrs);
                }
                ImplItem::Const(constant) if is_public(&constant.vis) => {
                    self.insert(format!("{class}::{}", constant.ident), &constant.attrs);
                }
                // Methods that a macro writes: always the same, or for a list of names.
                ImplItem::Macro(list) => {
                    let of_macro = list.mac.path.segments.last().map(|last| last.ident.to_string());
                    for name in self
                        .by_macro
                        .get(&of_macro.unwrap_or_default())
                        .cloned()
                        .unwrap_or_default()
                    {
                        self.insert(format!("{class}::{name}"), &[]);
                    }
                    for name in words(&list.mac.tokens.to_string()) {
                        self.insert(format!("{class}::{name}"), &[]);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_macro(&mut self, item: &syn::ItemMacro) {
        match &item.ident {
            Some(name) => {
                let body = item.mac.tokens.to_string();
                let functions = body.split("pub fn ").skip(1).filter_map(|rest| words(rest).next());
                self.by_macro.insert(name.to_string(), functions.map(str::to_owned).collect());
                self.insert(format!("{name}!"), &item.attrs);
            }
            // Macros that a macro writes, whose first word is the name.
            None if item.mac.path.is_ident("level_macro") => {
                if let Some(name) = words(&item.mac.tokens.to_string()).next() {
                    self.insert(format!("{name}!"), &[]);
                }
            }
            // Types, or methods of types, that a macro writes.
            None => {
                let path = item.mac.path.segments.last().map(|last| last.ident.to_string());
                let functions =
                    self.by_macro.get(&path.unwrap_or_default()).cloned().unwrap_or_default();
                for name in words(&item.mac.tokens.to_string()) {
                    self.docs.entry(name.to_owned()).or_default();
                    for function in &functions {
                        self.docs.entry(format!("{name}::{function}")).or_default();
                    }
                }
            }
        }
    }

    fn insert(&mut self, name: String, attributes: &[Attribute]) {
        let docs = self.docs.entry(name).or_default();
        docs.push_str(&docs_of(attributes));
    }
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn docs_of(attributes: &[Attribute]) -> String {
    let mut docs = String::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(value) = &pair.value
            && let Lit::Str(text) = &value.lit
        {
            docs.push_str(&text.value());
            docs.push('\n');
        }
    }
    docs
}
