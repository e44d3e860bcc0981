//! numpy's arrays.

use super::dtype::{Dtype, Kind};
use super::node::{Bytes, Pickle, Slot};
use std::rc::Rc;

/// Most dimensions.
const MAX_DIMENSIONS: usize = 8;
/// Most elements: of doubles, as many as the longest file holds.
const MAX_ELEMENTS: usize = 1 << 21;
/// Most elements that are texts, which are longer in memory than in the file.
const MAX_TEXTS: usize = 1 << 18;

/// An array, or a scalar of numpy as one without dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Type of the elements.
    pub dtype: Rc<Dtype>,
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
    /// Whether the first index runs fastest.
    pub fortran: bool,
    content: Content,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Bytes(Bytes),
    Objects(Vec<Slot>),
}

impl Array {
    /// Of bytes, as many as the shape says.
    pub(super) fn new(
        pickle: &Pickle<'_>,
        dtype: Rc<Dtype>,
        shape: Vec<usize>,
        fortran: bool,
        bytes: Bytes,
    ) -> Option<Self> {
        let elements = elements(&shape)?;
        let size = elements.checked_mul(dtype.size)?;
        // Elements without bytes would cost the file nothing, however many there are.
        if dtype.size == 0 && elements > 0 || dtype.kind == Kind::Text && elements > MAX_TEXTS {
            return None;
        }
        let there = pickle.bytes_of(&bytes).len() == size && dtype.kind != Kind::Object;
        there.then_some(Self { dtype, shape, fortran, content: Content::Bytes(bytes) })
    }

    /// Of objects, which numpy lists with the last index running fastest whatever the order of the array.
    pub(super) fn of_objects(dtype: Rc<Dtype>, shape: Vec<usize>, objects: Vec<Slot>) -> Option<Self> {
        let there = elements(&shape)? == objects.len() && dtype.kind == Kind::Object;
        there.then_some(Self { dtype, shape, fortran: false, content: Content::Objects(objects) })
    }

    pub(super) fn objects(&self) -> &[Slot] {
        match &self.content {
            Content::Objects(objects) => objects,
            Content::Bytes(_) => &[],
        }
    }

    pub(super) fn raw<'a>(&'a self, pickle: &'a Pickle<'_>) -> &'a [u8] {
        match &self.content {
            Content::Bytes(bytes) => pickle.bytes_of(bytes),
            Content::Objects(_) => &[],
        }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        elements(&self.shape).unwrap_or_default()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the elements lie, in the order in which the last index runs fastest.
    pub(super) fn order(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|at| if self.fortran { self.place(at) } else { at })
    }

    /// Where an element lies if the first index runs fastest.
    fn place(&self, mut at: usize) -> usize {
        let mut index = [0_usize; MAX_DIMENSIONS];
        for (i, length) in index.iter_mut().zip(&self.shape).rev() {
            *i = at % length;
            at /= length;
        }
        index.iter().zip(&self.shape).rev().fold(0, |place, (i, length)| place * length + i)
    }
}

/// Product of a shape's lengths, within what a file can hold.
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    if shape.len() > MAX_DIMENSIONS {
        return None;
    }
    shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length)).filter(|n| *n <= MAX_ELEMENTS)
}
