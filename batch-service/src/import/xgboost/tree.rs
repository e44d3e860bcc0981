//! One tree of XGBoost.

use super::bad;
use super::document::Item;
use crate::import::Error;
use crate::import::plain::{Among, Columns, Node, Tree, arrange};

/// Numbers of a key, one per node, whole and in range of an index.
fn indices(item: &Item, key: &str, at: &str) -> Result<Vec<i64>, Error> {
    let whole = |x: &f64| if x.fract() == 0.0 && x.abs() <= 4e9 { Some(*x as i64) } else { None };
    let list: Option<Vec<i64>> = item.numbers(key)?.iter().map(whole).collect();
    list.ok_or_else(|| bad(at, format!("{key} has a number that is not whole")))
}

/// Numbers or truth values of a key; empty where it is absent.
fn flags(item: &Item, key: &str) -> Vec<bool> {
    match item.find(key) {
        Some(Item::Numbers(numbers)) => numbers.iter().map(|x| *x != 0.0).collect(),
        Some(Item::List(items)) => items.iter().map(|i| *i == Item::Bool(true)).collect(),
        _ => Vec::new(),
    }
}

/// The tree with the number `t`.
pub(super) fn read(t: usize, item: &Item, inputs: usize, columns: &mut Columns) -> Result<Tree, Error> {
    let at = format!("tree {t}");
    let param = item.get("tree_param")?;
    if param.find("size_leaf_vector").is_some() && param.count("size_leaf_vector")? > 1 {
        return Err(Error::unsupported(
            "an XGBoost tree with several values a leaf",
            "train with multi_strategy=\"one_output_per_tree\"",
        ));
    }
    let (left, right) = (indices(item, "left_children", &at)?, indices(item, "right_children", &at)?);
    let split = indices(item, "split_indices", &at)?;
    let condition = item.numbers("split_conditions")?;
    let cover = item.numbers("sum_hessian")?;
    let (default_left, is_category) = (flags(item, "default_left"), flags(item, "split_type"));
    let n = left.len();
    if [right.len(), split.len(), condition.len(), cover.len(), default_left.len()].iter().any(|len| *len != n) {
        return Err(bad(&at, "arrays of several lengths"));
    }
    let sets = Sets::read(item, &at)?;
    let place = |child: i64| usize::try_from(child).unwrap_or(usize::MAX);
    let mut nodes = Vec::with_capacity(n);
    for i in 0..n {
        let bad = |why: String| bad(&format!("tree {t}, node {i}"), why);
        // Written as single precision.
        let number = condition[i] as f32;
        let cover = f64::from(cover[i] as f32).max(0.0);
        if left[i] < 0 && right[i] < 0 {
            nodes.push(Node::Leaf { value: f64::from(number), cover });
            continue;
        }
        let mut column = usize::try_from(split[i]).ok().filter(|c| *c < inputs);
        let mut threshold = number;
        if is_category.get(i) == Some(&true) {
            let input = column.ok_or_else(|| bad("an unknown feature".to_owned()))?;
            column = Some(columns.indicator(input, sets.codes(i).map_err(bad)?, Among::No).map_err(bad)?);
            threshold = 0.5;
        }
        let Some(column) = column else { return Err(bad("an unknown feature".to_owned())) };
        let (left, right) = (place(left[i]), place(right[i]));
        nodes.push(Node::Split { column, threshold, missing_left: default_left[i], left, right, cover });
    }
    arrange(&nodes).map_err(|why| bad(&at, why))
}

/// Sets of categories of a tree: which node has which part of the list.
struct Sets {
    nodes: Vec<i64>,
    from: Vec<i64>,
    len: Vec<i64>,
    codes: Vec<i64>,
}

impl Sets {
    fn read(item: &Item, at: &str) -> Result<Self, Error> {
        let list = |key| if item.find(key).is_some() { indices(item, key, at) } else { Ok(Vec::new()) };
        Ok(Self {
            nodes: list("categories_nodes")?,
            from: list("categories_segments")?,
            len: list("categories_sizes")?,
            codes: list("categories")?,
        })
    }

    fn codes(&self, node: usize) -> Result<Vec<Among>, String> {
        let part = || {
            let i = self.nodes.binary_search(&(node as i64)).ok()?;
            let from = usize::try_from(*self.from.get(i)?).ok()?;
            let len = usize::try_from(*self.len.get(i)?).ok()?;
            self.codes.get(from..from.checked_add(len)?)
        };
        let part = part().ok_or_else(|| "its set of categories is missing".to_owned())?;
        let mut codes = Vec::new();
        for code in part {
            let code = usize::try_from(*code).ok().filter(|c| *c < crate::import::plain::MAX_CODES);
            let Some(code) = code else { return Err(format!("a category code that is not in 0 to 255, in {part:?}")) };
            if codes.len() <= code {
                codes.resize(code + 1, Among::No);
            }
            codes[code] = Among::Yes;
        }
        Ok(codes)
    }
}
