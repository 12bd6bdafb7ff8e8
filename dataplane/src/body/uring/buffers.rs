//! The ring of buffers that the kernel picks from when something arrives.
#![allow(unsafe_code)]

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::IoUring;
use io_uring::types::BufRingEntry;

/// Buffers of one size, shared with the kernel.
///
/// A buffer belongs to the kernel from [`give`](Self::give) until a completion names it, and
/// to us from then until it is given again.
#[derive(Debug)]
pub(super) struct Buffers {
    /// Where the kernel looks for free buffers: `count` entries, page-aligned.
    ring: Mapping,
    memory: Mapping,
    count: u16,
    size: usize,
    tail: u16,
}

/// Anonymous memory of our own.
#[derive(Debug)]
struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

impl Buffers {
    /// Makes and registers `count` buffers (a power of two) of `size` octets as group
    /// [`GROUP`].
    pub(super) fn register(uring: &IoUring, count: u16, size: usize) -> io::Result<Self> {
        assert!(count.is_power_of_two(), "the kernel masks with count - 1");
        let entries = usize::from(count);
        let ring = Mapping::new(entries * size_of::<BufRingEntry>())?;
        let memory = Mapping::new(entries * size)?;
        // SAFETY: the ring is page-aligned, zeroed memory of `count` entries. It stays mapped
        // until this value is dropped, and `Uring` drops its io_uring first, which ends the
        // registration.
        unsafe {
            let address = ring.start.as_ptr() as u64;
            uring.submitter().register_buf_ring_with_flags(address, count, GROUP, 0)?;
        }
        let mut buffers = Self { ring, memory, count, size, tail: 0 };
        (0..count).for_each(|id| buffers.give(id));
        buffers.publish();
        Ok(buffers)
    }

    /// Gives a buffer to the kernel, with the next [`publish`](Self::publish).
    pub(super) fn give(&mut self, id: u16) {
        assert!(id < self.count, "the kernel names only buffers it was given");
        let at = usize::from(self.tail & (self.count - 1));
        // SAFETY: `at` is below `count`, so the entry lies inside the ring; the kernel does not
        // read it before `publish` moves the tail past it, and nobody else in this process holds
        // a reference into the ring. The first entry overlaps the tail, whose two octets
        // (`resv`) the setters do not touch.
        let entry = unsafe { &mut *self.ring.start.as_ptr().cast::<BufRingEntry>().add(at) };
        let offset = usize::from(id) * self.size;
        entry.set_addr(self.memory.start.as_ptr() as u64 + offset as u64);
        entry.set_len(self.size as u32);
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Shows the kernel what was given.
    pub(super) fn publish(&mut self) {
        // SAFETY: the address is that of the ring's first entry; the tail lies in it, aligned to
        // two octets, and both sides access it atomically. Release orders the entries written in
        // `give` before it.
        unsafe {
            let tail = BufRingEntry::tail(self.ring.start.as_ptr().cast()).cast_mut();
            AtomicU16::from_ptr(tail).store(self.tail, Ordering::Release);
        }
    }

    /// What arrived in a buffer that a completion named, and that was not given again since.
    pub(super) fn get(&self, id: u16, len: usize) -> &[u8] {
        assert!(id < self.count && len <= self.size, "the kernel writes inside the buffer");
        let offset = usize::from(id) * self.size;
        // SAFETY: the range lies inside the mapping (checked above) and is initialised: the
        // mapping began as zeros. The kernel does not write to a buffer between its completion
        // and the next `give`, which needs `&mut self` and therefore outlives this borrow.
        unsafe { std::slice::from_raw_parts(self.memory.start.as_ptr().add(offset), len) }
    }

    /// Never unmaps: the kernel may still hold buffers of operations that would not end.
    pub(super) fn leak(&mut self) {
        self.ring.len = 0;
        self.memory.len = 0;
    }
}

impl Mapping {
    fn new(len: usize) -> io::Result<Self> {
        // SAFETY: an anonymous private mapping at an address of the kernel's choice touches no
        // memory that exists.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_ANONYMOUS | libc::MAP_PRIVATE | libc::MAP_POPULATE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).expect("a mapping is never at zero");
        Ok(Self { start, len })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: the mapping is ours, was made with this length, and nobody refers to it
            // any more: `Uring` drops its ring, and with it every operation, before us.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
        }
    }
}

/// The only buffer group of a ring.
pub(super) const GROUP: u16 = 0;
