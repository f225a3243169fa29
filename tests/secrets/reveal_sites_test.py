"""Counts the files that may read a secret.

Each one mints a `RevealToken`; they are few, listed here with their reason, and an audit of where
secrets go is a reading of these files.
"""

import pathlib
import re
import sys

ALLOWED = {
    "client/brokerctl/provider/grant_session.cc": "shows a definition's author the session that it gave",
    "service/app/stored_kept_values.cc": "gives what accounts keep to what seals it",
    "service/app/tls_material.cc": "gives a listener's private key to gRPC",
    "service/crypto/sealing.cc": "gives a sealing key to the cipher",
    "service/login/known_values.cc": "gives secrets and sessions to expressions, which track them, and to requests",
    "service/login/login_inputs.cc": "gives secrets and session ids to keyed hashes",
    "service/rpc/session_encoding.cc": "hands a session id to the caller that may have it",
}
# What a list of reviewers can still keep in mind.
MOST = 7

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"\bRevealToken\s*::\s*Issue\b")
# Would let `Issue` be called under another name.
ALIAS = re.compile(r"\busing\s+\w+\s*=[^;]*\bRevealToken\b|\btypedef\b[^;]*\bRevealToken\b")
DEFINITION = "service/secrets/secret.h"


def code_of(path: pathlib.Path) -> str:
    """The text without comments."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def main() -> int:
    found, mistakes = set(), []
    for folder in ("service", "client"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            name = path.relative_to(ROOT).as_posix()
            if name == DEFINITION:
                continue
            code = code_of(path)
            if TOKEN.search(code):
                found.add(name)
            if ALIAS.search(code):
                mistakes.append(f"{name}: gives RevealToken another name")
    listed = set(ALLOWED)
    mistakes += [f"{name}: reads a secret but is not listed" for name in sorted(found - listed)]
    mistakes += [f"{name}: is listed but reads no secret" for name in sorted(listed - found)]
    if len(ALLOWED) > MOST:
        mistakes.append(f"{len(ALLOWED)} files may read a secret; at most {MOST}")
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
