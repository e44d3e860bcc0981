//! The stack machine of a pickle.

use super::array::Array;
use super::cursor::Cursor;
use super::dtype::Dtype;
use super::node::{Bytes, Node, Pickle, Slot};
use super::{MAX_MEMO, MAX_OPERATIONS, Refused, classes, joblib, reduce};
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// Most values on the stack, and most marks: Python writes lists and dicts in parts of 1,000.
const MAX_STACK: usize = 1 << 17;
/// Most of what is made, however long the file is: a packed one is short.
const MAX_MADE: usize = 10 << 20;
/// What an item of a list counts for, in bytes.
const ITEM: usize = 8;
/// What an object counts for.
const OBJECT: usize = 64;
/// What an array counts for besides: its shape and type.
const ARRAY: usize = 96;
/// What a dict counts for besides: room for the first keys.
const DICT: usize = 64;
/// What a field of a structured type counts for, besides its name.
const FIELD: usize = 128;

/// Most bytes that a file would be if nothing in it were shared.
const MAX_UNSHARED: usize = 64 << 20;

/// A file being read: what was made of it so far, and what may still be made.
#[derive(Debug)]
pub struct Work<'a> {
    pub pickle: Pickle<'a>,
    /// Dicts that are states of objects, and how many keys they had then.
    states: Vec<(Slot, usize)>,
    left: usize,
    operations: u32,
    memos: usize,
}

/// Reads a whole file.
pub fn run(bytes: Rc<Cow<'_, [u8]>>) -> Result<Pickle<'_>, Refused> {
    let times = |n: usize| bytes.len().saturating_mul(n).saturating_add(1 << 20);
    // Of genuine dumps, those of many small trees that share a random generator are 6 times as long.
    let (left, unshared) = (times(4).min(MAX_MADE), times(16).min(MAX_UNSHARED));
    let file = Rc::clone(&bytes);
    let pickle = Pickle { bytes, nodes: Vec::new(), root: Slot::None };
    let mut work = Work { pickle, states: Vec::new(), left, operations: 0, memos: 0 };
    let mut cursor = Cursor::new(&file);
    let root = stream(&mut work, &mut cursor, 0)?;
    if !cursor.is_at_end() {
        return cursor.refuse("something follows the end of the pickle");
    }
    work.check_states(cursor.at)?;
    let mut pickle = work.pickle;
    pickle.root = root;
    pickle.check_nesting(unshared)?;
    pickle.check_keys(unshared)?;
    Ok(pickle)
}

/// One pickle of a file: joblib's have others within.
pub fn stream(work: &mut Work<'_>, cursor: &mut Cursor<'_>, within: u32) -> Result<Slot, Refused> {
    let mut machine = Machine { work, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), frame: 0, within };
    loop {
        if let Some(root) = machine.step(cursor)? {
            return Ok(root);
        }
    }
}

struct Machine<'w, 'a> {
    work: &'w mut Work<'a>,
    stack: Vec<Slot>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<usize, Slot>,
    /// End of the last frame.
    frame: usize,
    within: u32,
}

impl Work<'_> {
    /// A new object.
    pub fn add(&mut self, at: usize, node: Node) -> Result<Slot, Refused> {
        let items = match &node {
            Node::Tuple(items) | Node::List(items) => items.len(),
            Node::Dict(pairs) => 2 * pairs.len(),
            _ => 0,
        };
        let made = match &node {
            Node::Bytes(Bytes::Made(bytes)) => bytes.len(),
            Node::Array(Some(_)) => ARRAY,
            Node::Dict(_) => DICT,
            _ => 0,
        };
        self.charge(at, OBJECT + items * ITEM + made)?;
        let number = u32::try_from(self.pickle.nodes.len()).unwrap_or(u32::MAX);
        self.pickle.nodes.push(node);
        Ok(Slot::Node(number))
    }

    /// Remembers what an object has been given for its state.
    pub fn keep_state(&mut self, state: Slot) {
        if let Some(Node::Dict(pairs)) = self.pickle.node(state) {
            self.states.push((state, pairs.len()));
        }
    }

    /// Refuses keys that came after: Python has copied the state by then, and does not know them.
    fn check_states(&self, at: usize) -> Result<(), Refused> {
        let grown = |(dict, keys): &(Slot, usize)| match self.pickle.node(*dict) {
            Some(Node::Dict(pairs)) => pairs.len() != *keys,
            _ => true,
        };
        if self.states.iter().any(grown) {
            return Err(Refused { at, why: "a state to which keys are added after its object has it".to_owned() });
        }
        Ok(())
    }

    /// Counts the fields of a structured type.
    pub fn charge_fields(&mut self, at: usize, dtype: &Dtype) -> Result<(), Refused> {
        self.charge(at, dtype.fields.iter().map(|field| FIELD + field.name.len()).sum())
    }

    /// Counts an array that is made of its state.
    pub fn charge_array(&mut self, at: usize, array: &Array) -> Result<(), Refused> {
        // The list that its objects come from stays, too.
        self.charge(at, array.objects().len().saturating_mul(ITEM).saturating_add(ARRAY))
    }

    /// Counts what is made.
    pub fn charge(&mut self, at: usize, bytes: usize) -> Result<(), Refused> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Refused {
                at,
                why: "more would be made of it than 4 times its length and 1 MiB, or than 10 MiB".to_owned(),
            }),
        }
    }
}

impl Machine<'_, '_> {
    /// One operation; gives the value when it is the last.
    fn step(&mut self, c: &mut Cursor<'_>) -> Result<Option<Slot>, Refused> {
        self.work.operations += 1;
        if self.work.operations > MAX_OPERATIONS {
            return c.refuse("more than 2,000,000 operations");
        }
        if self.stack.len().max(self.marks.len()) >= MAX_STACK {
            return c.refuse("more than 131,072 values at once that belong to none");
        }
        let at = c.at;
        let code = c.byte()?;
        match code {
            0x80 => {
                if !(2..=5).contains(&c.byte()?) {
                    return c.refuse("a protocol that is not one of 2 to 5");
                }
            }
            0x95 => {
                let length = c.length(8)?;
                if length > c.left() {
                    return c.refuse("a frame that is longer than the file");
                }
                if at < self.frame {
                    return c.refuse("a frame in a frame");
                }
                self.frame = c.at + length;
            }
            b'.' => {
                let root = self.pop(c)?;
                // Python reads frames whole: what follows in this one is not there for the pickle around.
                if c.at < self.frame {
                    return c.refuse("a frame that goes on after the end of its pickle");
                }
                if !self.stack.is_empty() || !self.marks.is_empty() {
                    return c.refuse("values are left over at the end");
                }
                return Ok(Some(root));
            }
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.stack.push(Slot::None),
            0x88 | 0x89 => self.stack.push(Slot::Bool(code == 0x88)),
            b'J' => self.stack.push(Slot::Int(i32::from_le_bytes(c.array()?).into())),
            b'K' => self.stack.push(Slot::Int(c.byte()?.into())),
            b'M' => self.stack.push(Slot::Int(u16::from_le_bytes(c.array()?).into())),
            0x8a => {
                let length = c.length(1)?;
                match whole(c.take(length)?.1) {
                    Some(whole) => self.stack.push(Slot::Int(whole)),
                    None => self.put(at, Node::Large)?,
                }
            }
            b'G' => self.stack.push(Slot::Float(f64::from_be_bytes(c.array()?))),
            0x8c | b'X' | 0x8d => {
                let length = c.length(width(code))?;
                let (range, bytes) = c.take(length)?;
                if str::from_utf8(bytes).is_err() {
                    return c.refuse("a text that is not UTF-8");
                }
                self.put(at, Node::Text(range))?;
            }
            b'C' | b'B' | 0x8e | 0x96 => {
                let length = c.length(width(code))?;
                let (range, _) = c.take(length)?;
                self.put(at, Node::Bytes(Bytes::There(range)))?;
            }
            b')' => self.put(at, Node::Tuple(Vec::new()))?,
            0x85..=0x87 => {
                let n = usize::from(code - 0x84);
                let items = self.top(c, n)?;
                self.put(at, Node::Tuple(items))?;
            }
            b't' => {
                let items = self.marked(c)?;
                self.put(at, Node::Tuple(items))?;
            }
            b']' => self.put(at, Node::List(Vec::new()))?,
            b'}' => self.put(at, Node::Dict(Vec::new()))?,
            b'a' => {
                let items = self.top(c, 1)?;
                self.append(c, items)?;
            }
            b'e' => {
                let items = self.marked(c)?;
                self.append(c, items)?;
            }
            b's' => {
                let items = self.top(c, 2)?;
                self.insert(c, &items)?;
            }
            b'u' => {
                let items = self.marked(c)?;
                self.insert(c, &items)?;
            }
            b'q' | b'r' => {
                let index = c.length(if code == b'q' { 1 } else { 4 })?;
                self.remember(c, index)?;
            }
            0x94 => {
                let index = self.memo.len();
                self.remember(c, index)?;
            }
            b'h' | b'j' => {
                let index = c.length(if code == b'h' { 1 } else { 4 })?;
                let Some(slot) = self.memo.get(&index) else {
                    return c.refuse("comes back to a value that was not kept");
                };
                self.stack.push(*slot);
            }
            b'c' => {
                let (module, name) = (c.line()?, c.line()?);
                self.name(at, module, name)?;
            }
            0x93 => {
                let names = self.top(c, 2)?;
                let text = |at: usize| {
                    let slot = names.get(at).copied().unwrap_or(Slot::None);
                    super::dtype::text(&self.work.pickle, slot).map(str::to_owned)
                };
                let (Some(module), Some(name)) = (text(0), text(1)) else { return c.refuse("a name that is no text") };
                self.name(at, &module, &name)?;
            }
            b'R' | 0x81 => {
                let both = self.top(c, 2)?;
                let &[callable, arguments] = &both[..] else { return c.refuse("the stack is empty") };
                let made = reduce::call(self.work, at, callable, arguments, code == 0x81)?;
                self.stack.push(made);
            }
            b'b' => {
                let state = self.pop(c)?;
                let object = self.peek(c)?;
                reduce::build(self.work, at, object, state)?;
                let in_frame = c.at < self.frame;
                if let Some(array) = joblib::follows(self.work, c, object, self.within)? {
                    if in_frame {
                        return c.refuse("an array of joblib's in a frame");
                    }
                    let _ = self.pop(c)?;
                    self.stack.push(array);
                }
            }
            other => {
                let what = format!("the operation 0x{other:02x}, which dumps of models do not have");
                return Err(Refused { at, why: what });
            }
        }
        // Readers of Python's disagree on what such an operation says.
        if code != b'b' && at < self.frame && c.at > self.frame {
            return c.refuse("an operation across the end of a frame");
        }
        Ok(None)
    }

    fn name(&mut self, at: usize, module: &str, name: &str) -> Result<(), Refused> {
        match classes::allowed(module, name) {
            Some(class) => self.put(at, Node::Class(class)),
            None => {
                let shown: String = format!("{module}.{name}").chars().filter(|c| !c.is_control()).take(100).collect();
                Err(Refused { at, why: format!("`{shown}` is none of the classes that are read") })
            }
        }
    }

    fn put(&mut self, at: usize, node: Node) -> Result<(), Refused> {
        let slot = self.work.add(at, node)?;
        self.stack.push(slot);
        Ok(())
    }

    /// The lowest height that may be taken from the stack.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self, c: &Cursor<'_>) -> Result<Slot, Refused> {
        let above = self.stack.len() > self.floor();
        self.stack.pop().filter(|_| above).map_or_else(|| c.refuse("the stack is empty"), Ok)
    }

    fn peek(&self, c: &Cursor<'_>) -> Result<Slot, Refused> {
        let above = self.stack.len() > self.floor();
        self.stack.last().filter(|_| above).map_or_else(|| c.refuse("the stack is empty"), |slot| Ok(*slot))
    }

    /// The last values.
    fn top(&mut self, c: &Cursor<'_>, n: usize) -> Result<Vec<Slot>, Refused> {
        match self.stack.len().checked_sub(n).filter(|from| *from >= self.floor()) {
            Some(from) => Ok(self.stack.split_off(from)),
            None => c.refuse("the stack is empty"),
        }
    }

    /// The values since the last mark.
    fn marked(&mut self, c: &Cursor<'_>) -> Result<Vec<Slot>, Refused> {
        match self.marks.pop() {
            Some(from) => Ok(self.stack.split_off(from)),
            None => c.refuse("no mark is set"),
        }
    }

    fn append(&mut self, c: &Cursor<'_>, items: Vec<Slot>) -> Result<(), Refused> {
        let list = self.peek(c)?;
        self.work.charge(c.at, items.len() * ITEM)?;
        match self.work.node_mut(list) {
            Some(Node::List(list)) => {
                list.extend(items);
                Ok(())
            }
            _ => c.refuse("something is appended to what is no list"),
        }
    }

    /// Adds keys and values, by turns, to the dict on the stack. What keys they are is looked at once, at the end.
    fn insert(&mut self, c: &Cursor<'_>, items: &[Slot]) -> Result<(), Refused> {
        let dict = self.peek(c)?;
        self.work.charge(c.at, items.len() * ITEM)?;
        let (pairs, []) = items.as_chunks::<2>() else { return c.refuse("a key without a value") };
        match self.work.node_mut(dict) {
            Some(Node::Dict(known)) => {
                known.extend(pairs.iter().map(|[key, value]| (*key, *value)));
                Ok(())
            }
            _ => c.refuse("a key is set in what is no dict"),
        }
    }

    fn remember(&mut self, c: &Cursor<'_>, index: usize) -> Result<(), Refused> {
        let slot = self.peek(c)?;
        self.work.memos += 1;
        if self.work.memos > MAX_MEMO {
            return c.refuse("more than 100,000 values are kept");
        }
        self.memo.insert(index, slot);
        Ok(())
    }
}

impl Work<'_> {
    pub fn node_mut(&mut self, slot: Slot) -> Option<&mut Node> {
        match slot {
            Slot::Node(at) => self.pickle.nodes.get_mut(at as usize),
            _ => None,
        }
    }
}

/// Bytes of the length of a text or of bytes.
fn width(code: u8) -> usize {
    match code {
        0x8c | b'C' => 1,
        b'X' | b'B' => 4,
        _ => 8,
    }
}

/// A number in two's complement, the lowest byte first.
fn whole(bytes: &[u8]) -> Option<i64> {
    let Some(last) = bytes.last() else { return Some(0) };
    let sign = if last & 0x80 == 0 { 0_u8 } else { 0xff };
    let mut out = [sign; 8];
    let (low, high) = bytes.split_at(bytes.len().min(8));
    out.get_mut(..low.len())?.copy_from_slice(low);
    // More bytes than eight may say no more than the sign that the eighth has.
    if high.iter().any(|byte| *byte != sign) || (out[7] ^ sign) & 0x80 != 0 {
        return None;
    }
    Some(i64::from_le_bytes(out))
}
