//! `targets`: the list of all targets, as the templates of texts see it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::value::{Enumerator, Object};

use crate::expression::Value;
use crate::manifest::{Globals, Manifest, Target, stage_id};

/// What a target is built on. It takes its Dockerfile to know that, so it is found only where a text reads it.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuiltOn {
    /// The ids of the project's targets and stages.
    pub(crate) needs: Vec<String>,
    /// Images from elsewhere.
    pub(crate) bases: Vec<String>,
}

/// The targets of a project as a value.
#[derive(Debug)]
pub(crate) struct TargetList {
    pub(crate) value: Value,
    /// What the targets are built on was asked for, and is not known.
    lacking: Arc<AtomicBool>,
}

impl TargetList {
    /// All targets, in the order of the manifest; with `built_on`, what each is built on.
    pub(crate) fn new(manifest: &Manifest, targets: &[Target], built_on: Option<Vec<BuiltOn>>) -> Self {
        let lacking = Arc::new(AtomicBool::new(false));
        let hidden: Arc<HashSet<Arc<str>>> = Arc::new(manifest.data_names().cloned().collect());
        let mut built_on = built_on.map(Vec::into_iter);
        let entry = |target: &Target| {
            let built_on = match &mut built_on {
                Some(all) => Ok(all.next().unwrap_or_default()),
                None => Err(Arc::clone(&lacking)),
            };
            let image = Arc::clone(&manifest.images[target.image].name);
            Value::from_object(Entry::new(target, image, Arc::clone(&hidden), built_on))
        };
        Self { value: targets.iter().map(entry).collect(), lacking }
    }

    /// Did a template ask for what is not known? Then what it gave is of no use.
    pub(crate) fn lacks(&self) -> bool {
        self.lacking.load(Ordering::Relaxed)
    }
}

/// The keys of a target, in the order in which people read them.
const KEYS: &[&str] = &[
    "id",
    "image",
    "point",
    "vars",
    "output",
    "context",
    "tags",
    "shared_tags",
    "platforms",
    "stages",
    "needs",
    "bases",
];

/// A target in a text.
#[derive(Debug)]
struct Entry {
    id: Value,
    image: Value,
    point: Value,
    vars: Value,
    output: Value,
    context: Value,
    tags: Value,
    shared_tags: Value,
    platforms: Value,
    stages: Value,
    built_on: Result<BuiltOn, Arc<AtomicBool>>,
}

impl Entry {
    fn new(
        target: &Target,
        image: Arc<str>,
        hidden: Arc<HashSet<Arc<str>>>,
        built_on: Result<BuiltOn, Arc<AtomicBool>>,
    ) -> Self {
        let stage = |stage: &crate::manifest::Stage| {
            let (id, tags) = (stage_id(&target.id, &stage.name), list(&stage.tags));
            Value::from_pairs([("id", Value::from(id)), ("tags", tags)])
        };
        let vars = Variables { globals: target.globals.clone(), hidden };
        Self {
            id: Value::from(target.id.as_str()),
            image: Value::from(image),
            point: Value::from_pairs(target.point.iter().map(|(axis, at)| (Value::from(axis), Value::from(at)))),
            vars: Value::from_object(vars),
            output: Value::from(target.output.as_str()),
            context: Value::from(target.shown_context()),
            tags: list(&target.tags),
            shared_tags: list(&target.shared_tags),
            platforms: list(&target.platforms),
            stages: target.stages.iter().map(stage).collect(),
            built_on,
        }
    }

    fn built_on(&self, of: impl FnOnce(&BuiltOn) -> &Vec<String>) -> Value {
        match &self.built_on {
            Ok(known) => list(of(known)),
            Err(lacking) => {
                lacking.store(true, Ordering::Relaxed);
                list(&[])
            }
        }
    }
}

fn list(texts: &[String]) -> Value {
    texts.iter().map(|text| Value::from(text.as_str())).collect()
}

impl Object for Entry {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "id" => self.id.clone(),
            "image" => self.image.clone(),
            "point" => self.point.clone(),
            "vars" => self.vars.clone(),
            "output" => self.output.clone(),
            "context" => self.context.clone(),
            "tags" => self.tags.clone(),
            "shared_tags" => self.shared_tags.clone(),
            "platforms" => self.platforms.clone(),
            "stages" => self.stages.clone(),
            "needs" => self.built_on(|known| &known.needs),
            "bases" => self.built_on(|known| &known.bases),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(KEYS)
    }

    /// For those who look at values, such as `explain`: all of a target would fill their screen.
    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.id, out)
    }
}

/// The variables of a target, without `target` and the data files.
#[derive(Debug)]
struct Variables {
    globals: Globals,
    hidden: Arc<HashSet<Arc<str>>>,
}

impl Variables {
    fn shows(&self, name: &str) -> bool {
        name != "target" && !self.hidden.contains(name)
    }
}

impl Object for Variables {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.globals.get(key).filter(|_| self.shows(key))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.globals.to_vec().into_iter().map(|(name, _)| name).filter(|name| self.shows(name));
        Enumerator::Values(names.map(Value::from).collect())
    }
}
