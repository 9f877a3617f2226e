//! How often the disk was told to make its cache durable: a run that flushed nothing promised
//! nothing.

use std::fs;
use std::os::linux::fs::MetadataExt as _;
use std::path::Path;

/// Where the kernel's count of completed flushes stands in a line of a disk, from 0.
const FLUSHES_FIELD: usize = 18;

/// Flushes that the disk under a folder has completed since the machine started; none where the
/// kernel does not count them.
pub(crate) fn flushes(folder: &Path) -> Option<u64> {
    let device = fs::metadata(folder).ok()?.st_dev();
    let (major, minor) = (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00);
    let (major, minor) = (major.to_string(), minor.to_string());
    let disks = fs::read_to_string("/proc/diskstats").ok()?;
    let fields = disks
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.starts_with(&[&major, &minor]))?;
    fields.get(FLUSHES_FIELD)?.parse().ok()
}
