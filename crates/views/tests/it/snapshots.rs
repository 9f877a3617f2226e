//! Cached states: kept, ignored, replaced, forgotten.

use crate::open;
use backhaul_views::{SNAPSHOT_BYTES_MAX, Snapshot};

#[test]
fn a_snapshot_is_given_back_to_its_own_schema_only() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let snapshots = views.snapshots(3).unwrap();
    assert_eq!(snapshots.get("s"), None);
    snapshots.put("s", 7, b"state");
    let kept = Snapshot {
        version: 7,
        schema: 3,
        bytes: b"state".to_vec(),
    };
    assert_eq!(snapshots.get("s"), Some(kept));
    assert_eq!(snapshots.get("s2"), None);

    let newer = views.snapshots(4).unwrap();
    assert_eq!(newer.get("s"), None);
    newer.put("s", 8, b"other");
    assert_eq!(newer.get("s").map(|snapshot| snapshot.version), Some(8));
    assert_eq!(snapshots.get("s"), None);
    newer.remove("s").unwrap();
    assert_eq!(newer.get("s"), None);
}

#[test]
fn a_large_state_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let snapshots = views.snapshots(1).unwrap();
    snapshots.put("s", 1, &vec![1; SNAPSHOT_BYTES_MAX]);
    snapshots.put("s", 2, &vec![2; SNAPSHOT_BYTES_MAX + 1]);
    let kept = snapshots.get("s").unwrap();
    assert_eq!((kept.version, kept.bytes.len()), (1, SNAPSHOT_BYTES_MAX));
}

#[test]
fn closed_views_have_no_snapshots_and_do_not_complain() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let snapshots = views.snapshots(1).unwrap();
    snapshots.put("s", 1, b"state");
    views.close().unwrap();
    snapshots.put("s", 2, b"state");
    assert_eq!(snapshots.get("s"), None);
    assert!(snapshots.remove("s").is_err());
}
