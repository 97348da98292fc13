"""Is a file on a network's disk? There SQLite's locks and its shared memory do not hold."""

from __future__ import annotations

from pathlib import Path

KINDS = (
    "afs beegfs ceph cifs davfs fuse.ceph fuse.davfs2 fuse.glusterfs fuse.sshfs glusterfs gpfs"
    " lustre ncpfs nfs nfs4 smb3 smbfs"
)
MOUNTS = Path("/proc/self/mounts")


def network_disk(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of the network's disk that a file is on; None on a disk of this machine.

    Args:
        mounts: what is mounted where, as Linux tells it; without it nothing is known.
    """
    try:
        lines = mounts.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    folder, nearest, kind = path.resolve(), -1, ""
    for line in lines:
        _, place, told, *_ = line.split(" ")
        place = place.replace(r"\040", " ")
        if folder.is_relative_to(place) and len(place) >= nearest:
            nearest, kind = len(place), told
    return kind if kind in KINDS.split() else None
