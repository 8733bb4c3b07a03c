//! Calls: of builtins, of macros, of variables.

use std::rc::Rc;

use super::atom::{Atom, BytePlace, Construct, concrete, expression, made};
use super::choose::Branch;
use super::expression::{Cond, Expr};
use super::macros::list;
use super::reader::{Done, Reader};
use super::state::Def;

impl Reader<'_> {
    /// A name with a definition, and the arguments behind it.
    pub(super) fn call(&mut self, name: &[u8], def: &Def, arguments: Option<Vec<Vec<Atom>>>, place: BytePlace) -> Done {
        match def {
            Def::Builtin(builtin) => self.builtin(builtin, name, arguments.as_deref().unwrap_or_default(), place),
            Def::Text(defined) => self.call_text(defined, arguments, place),
            Def::Given(shown) => {
                self.given(name, shown, place);
                Ok(())
            }
            Def::Var(shown, _) => {
                self.put(Atom::Value(Expr::Name(Rc::clone(shown))));
                Ok(())
            }
            Def::Either(either, _) => self.call_either(name, either, arguments.as_deref(), place),
        }
    }

    /// A variable from outside.
    fn given(&mut self, name: &[u8], shown: &Rc<str>, place: BytePlace) {
        let word = String::from_utf8_lossy(name).into_owned();
        let values = || self.targets.iter().map(|target| target.get(&word));
        let parts = |value: &String| value.contains([',', '(', ')']);
        if !self.run.arguments.is_empty() && values().flatten().any(parts) {
            let why = "a comma or parenthesis in it would part the arguments";
            self.leave_out(place, name.len(), format!("the value of `{word}` is given unquoted as an argument"), why);
            return;
        }
        let variable = Expr::Name(Rc::clone(shown));
        match self.state.known.get(name) {
            Some(true) => return self.put(Atom::Value(variable)),
            None if values().all(|value| value.is_some()) && !self.targets.is_empty() => {
                return self.put(Atom::Value(variable));
            }
            None if values().any(|value| value.is_some()) => {
                self.optional.insert(Rc::clone(shown));
                let cond = Rc::new(Cond::Given(Rc::clone(shown)));
                return self.put(Atom::Value(Expr::If(cond, Rc::new(variable), Rc::new(Expr::Text(word)))));
            }
            Some(false) | None => {}
        }
        for atom in made(name, place) {
            self.put(atom);
        }
    }

    fn builtin(&mut self, builtin: &str, name: &[u8], given: &[Vec<Atom>], place: BytePlace) -> Done {
        let changes =
            matches!(builtin, "changequote" | "changecom" | "divert" | "undivert" | "undefine" | "popdef" | "m4wrap");
        if changes && self.body > 0 {
            let why = "a macro of the dialect changes nothing but its own text";
            self.leave_out(place, name.len(), format!("`{builtin}` in a macro"), why);
            return Ok(());
        }
        match builtin {
            "define" => return self.define(given, false, place),
            "pushdef" => return self.define(given, true, place),
            "ifelse" => return self.ifelse(given, place),
            "ifdef" => return self.ifdef(name, given, place),
            "include" | "sinclude" => return self.include(given, builtin == "sinclude", place),
            "undivert" => return self.undivert(given, place),
            "dnl" => self.dnl(place),
            "popdef" | "undefine" => {
                for argument in given {
                    let Some(name) = self.name_of(Some(argument), place, builtin) else { continue };
                    if builtin == "undefine" {
                        self.state.symbols.remove(&name);
                        continue;
                    }
                    if let Some(all) = self.state.symbols.get_mut(&name) {
                        all.pop();
                    }
                }
            }
            "changequote" | "changecom" => self.signs(builtin, given, place),
            "divert" => match number(given.first()) {
                Some(number) => self.state.divert = number,
                None => self.leave_out(
                    place,
                    name.len(),
                    "`divert` with a computed number",
                    "it is known for each target only",
                ),
            },
            "divnum" => {
                let number = self.state.divert.to_string();
                self.push(made(number.as_bytes(), place));
            }
            "shift" => {
                let rest = list(given.get(1..).unwrap_or_default(), Some(&self.state.syntax), place);
                self.push(rest);
            }
            "defn" | "indir" if given.first().is_some_and(|name| concrete(name).is_none()) => {
                return self.each_name(builtin, name, given, place);
            }
            "defn" => self.defn(given, place),
            "builtin" | "indir" => return self.indirect(builtin, given, place),
            "m4wrap" => {
                let text = given.first().cloned().unwrap_or_default();
                self.state.wrapped.push(text);
            }
            "errprint" | "dumpdef" | "traceon" | "traceoff" | "debugmode" | "debugfile" => {
                // These have no text.
                if builtin == "errprint" {
                    let text = given.first().map(|text| expression(text).ok());
                    let shown = text.flatten().map(|text| text.show()).unwrap_or_default();
                    let why = format!("write `@warn({shown})`, or `@error(…)` where m4exit follows");
                    self.leave_out(place, name.len(), "`errprint` is left out", why);
                }
            }
            "m4exit" => {
                self.leave_out(
                    place,
                    name.len(),
                    "`m4exit` is left out",
                    "write `@error(…)` where no output is to be made",
                );
            }
            "syscmd" | "esyscmd" | "sysval" | "maketemp" | "mkstemp" => {
                let why = "templates of the dialect run no programs; give what it printed as a variable";
                self.leave_out(place, name.len(), format!("`{builtin}` runs a program"), why);
            }
            "__file__" | "__line__" | "__program__" => {
                let source = self.library.sources.get(place.file);
                let text = match builtin {
                    "__file__" => source.name().to_string(),
                    "__line__" => source.line(place.at).to_string(),
                    _ => "m4".to_owned(),
                };
                self.push(made(text.as_bytes(), place));
            }
            _ => self.compute(builtin, given, place),
        }
        Ok(())
    }

    /// `changequote`, `changecom`.
    fn signs(&mut self, builtin: &str, given: &[Vec<Atom>], place: BytePlace) {
        let all: Option<Vec<Vec<u8>>> = given.iter().map(|argument| concrete(argument)).collect();
        let Some(all) = all else {
            let message = format!("`{builtin}` with a computed sign");
            return self.leave_out(place, builtin.len(), message, "it is known for each target only");
        };
        let (first, second) = (all.first().map(Vec::as_slice), all.get(1).map(Vec::as_slice));
        if builtin == "changequote" {
            self.state.syntax.quotes(first, second);
        } else {
            self.state.syntax.comments(first, second);
        }
    }

    /// Drops the rest of the line; the words in it become a comment.
    fn dnl(&mut self, place: BytePlace) {
        let behind_text = self.run.out.last().is_some_and(|atom| !matches!(atom, Atom::Byte(b'\n', _) | Atom::Node(_)));
        let line = self.discard_line();
        let text = concrete(&line).unwrap_or_default();
        let text = text.trim_ascii();
        let said = text.iter().any(u8::is_ascii_alphanumeric) && std::str::from_utf8(text).is_ok();
        if said && !behind_text && self.run.arguments.is_empty() && place.at < u32::MAX {
            self.put(Atom::Node(Rc::new(Construct::Comment(text.to_vec()))));
        }
    }

    fn defn(&mut self, given: &[Vec<Atom>], place: BytePlace) {
        let mut text = Vec::new();
        for argument in given {
            let Some(name) = self.name_of(Some(argument), place, "defn") else { return };
            match self.state.get(&name) {
                Some(Def::Text(defined)) => {
                    self.inlined.insert(defined.id);
                    let body = vec![defined.body.clone()];
                    text.extend(list(&body, Some(&self.state.syntax), place));
                }
                Some(Def::Either(either, _)) if either.held.is_some() => text.extend(made(&name, place)),
                Some(Def::Given(_) | Def::Var(..)) => {
                    let name = name.clone();
                    text.extend(made(&name, place));
                }
                Some(Def::Builtin(_) | Def::Either(..)) => {
                    let name = String::from_utf8_lossy(&name).into_owned();
                    self.leave_out(
                        place,
                        4,
                        format!("`defn` of `{name}`"),
                        "the dialect has no other names for what is built in",
                    );
                    return;
                }
                None => {}
            }
        }
        self.push(text);
    }

    /// A computed name that is known for each target: a branch for each such name.
    fn each_name(&mut self, what: &str, word: &[u8], given: &[Vec<Atom>], place: BytePlace) -> Done {
        let name = expression(&given[0]).ok();
        let values = name.as_ref().and_then(|name| self.values(name));
        let (Some(name), Some(values)) = (name, values) else {
            self.name_of(given.first(), place, what);
            return Ok(());
        };
        let branch = |value: String| {
            let known = made(value.as_bytes(), place).collect();
            let text = self.called(word, &[&[known], &given[1..]].concat(), place);
            Branch::new(Cond::equal(name.clone(), Expr::Text(value)).err(), text)
        };
        let branches = values.into_iter().map(branch).chain([Branch::new(None, Vec::new())]).collect();
        self.choose(branches, place)
    }

    fn indirect(&mut self, what: &str, given: &[Vec<Atom>], place: BytePlace) -> Done {
        let Some(name) = self.name_of(given.first(), place, what) else { return Ok(()) };
        let def = if what == "builtin" {
            let shown = std::str::from_utf8(&name).unwrap_or_default();
            crate::m4::builtins().find(|known| *known == shown).map(Def::Builtin)
        } else {
            self.state.get(&name).cloned()
        };
        match def {
            Some(def) => self.call(&name, &def, Some(given[1..].to_vec()), place),
            None => Ok(()),
        }
    }

    fn undivert(&mut self, given: &[Vec<Atom>], place: BytePlace) -> Done {
        if given.is_empty() {
            self.undivert_all();
            return Ok(());
        }
        for argument in given {
            match concrete(argument) {
                Some(text) if text.is_empty() => {}
                Some(text) => match number(Some(argument)) {
                    Some(number) => self.place_diversion(number),
                    None => self.insert(&String::from_utf8_lossy(&text), place)?,
                },
                None => self.leave_out(place, 8, "`undivert` with a computed name", "it is known for each target only"),
            }
        }
        Ok(())
    }

    pub(super) fn undivert_all(&mut self) {
        for number in self.state.diversions.keys().copied().collect::<Vec<_>>() {
            self.place_diversion(number);
        }
    }

    fn place_diversion(&mut self, number: i64) {
        if number == self.state.divert {
            return;
        }
        let arguments = std::mem::take(&mut self.run.arguments);
        for atom in self.state.diversions.remove(&number).unwrap_or_default() {
            self.put(atom);
        }
        self.run.arguments = arguments;
    }
}

/// A whole number; nothing is 0.
pub(super) fn number(argument: Option<&Vec<Atom>>) -> Option<i64> {
    let text = concrete(argument.map(Vec::as_slice).unwrap_or_default())?;
    let text = std::str::from_utf8(&text).ok()?.trim();
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}
