//! The tag's allocator: takes memory upwards and never gives it back, but for temporary work as a whole.
//!
//! A page's scorer allocates its model once and little afterwards. Not freeing makes every destructor vanish from the
//! download, which is worth 4 kB; what `save` and `reasons` allocate is taken back by [`temporarily`].

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

const PAGE: usize = 65_536;

pub(crate) struct Arena {
    /// First free byte; 0 before the first allocation.
    top: Cell<usize>,
}

// SAFETY: a WebAssembly instance without shared memory has one thread.
unsafe impl Sync for Arena {}

unsafe extern "C" {
    /// Set by the linker: the first byte after the static data.
    static __heap_base: u8;
}

impl Arena {
    pub(crate) const fn new() -> Self {
        Self { top: Cell::new(0) }
    }

    fn top(&self) -> usize {
        match self.top.get() {
            0 => &raw const __heap_base as usize,
            top => top,
        }
    }

    /// Runs `work` and takes back what it allocated. Nothing that it allocates may outlive it.
    pub(crate) fn temporarily<T: Copy>(&self, work: impl FnOnce() -> T) -> T {
        let top = self.top();
        let result = work();
        self.top.set(top);
        result
    }

    /// Moves the top; false when the memory cannot grow.
    fn grow_to(&self, top: usize) -> bool {
        let have = core::arch::wasm32::memory_size::<0>() * PAGE;
        if top > have && core::arch::wasm32::memory_grow::<0>((top - have).div_ceil(PAGE)) == usize::MAX {
            return false;
        }
        self.top.set(top);
        true
    }
}

// SAFETY: every block lies above the one before and inside the memory; blocks never overlap.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = (self.top() + layout.align() - 1) & !(layout.align() - 1);
        if self.grow_to(start + layout.size()) { start as *mut u8 } else { core::ptr::null_mut() }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The last block grows where it is.
        if block as usize + layout.size() == self.top() {
            return if self.grow_to(block as usize + size) { block } else { core::ptr::null_mut() };
        }
        // SAFETY: `size` is not zero and both blocks are at least the smaller size long.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(block, new, layout.size().min(size));
            }
            new
        }
    }
}
