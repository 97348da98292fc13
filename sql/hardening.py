"""What every connection to a release, built or read, may not do."""

from __future__ import annotations

Settings = dict[str, str | bool | int | float | list[str]]

# Exports are read outside DuckDB, so its connection needs no file but its own.
HARDENED: Settings = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "1GB",
    "lock_configuration": "true",
}
