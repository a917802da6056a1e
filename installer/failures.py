"""What stops a set-up, in words for the person who started it; and how pip's own words are read."""

import re
import sys


class SetupError(Exception):
    """One line: what happened and what to do next. Shown without a traceback, exit code 1."""


NETWORK_WORDS = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Failed to establish a new connection"
    r"|Temporary failure in name resolution|Network is unreachable|Connection refused|getaddrinfo failed|ProxyError"
    r"|Temporary failure resolving|Could not resolve|Could not connect to|Connection timed out|RemoteDisconnected"
    r"|ConnectionResetError|Max retries exceeded"
)
CERTIFICATE_WORDS = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError")
DISK_WORDS = re.compile(r"No space left on device|not enough space on the disk|ENOSPC|Disk quota exceeded")
NO_BUILD_WORDS = re.compile(r"No matching distribution found for (\S+)")


def is_network_failure(output: str) -> bool:
    """Whether pip's or apt's output says that it could not reach the other side."""
    return bool(NETWORK_WORDS.search(output))


def explain(output: str, doing: str) -> str | None:
    """One line for a failed child from what it wrote, if that is understood. `doing` is what failed."""
    if DISK_WORDS.search(output):
        return f"the disk ran full while {doing}. Free some space and run the same command again: it goes on."
    if CERTIFICATE_WORDS.search(output):
        return (
            f"{doing} failed: the certificate of the other side was refused. Set the computer's clock, or tell pip "
            "about your proxy's certificate (pip config set global.cert FILE), and run the same command again."
        )
    if is_network_failure(output):
        return (
            f"no network while {doing}: the package index did not answer. Check the connection and pip's index and "
            "proxy settings, then run the same command again: it goes on from there."
        )
    missing = NO_BUILD_WORDS.search(output)
    if missing:
        python = ".".join(map(str, sys.version_info[:2]))
        return (
            f"{doing} failed: no {missing[1]} was found for this system and Python {python}. "
            "Try another Python, 3.11 or newer and 64 bit."
        )
    return None
