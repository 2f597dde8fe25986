"""Tries the hooks and the action for real on a sample repository: `make hosts`.

pre-commit clones what is committed here and installs it, the action's own steps install it too, both from
the package index: a minute or two, and a network. What must come out is checked; the rest is shown.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import action

ROOT = Path(__file__).parent.parent
BAD = ROOT / "sample_manifests" / "guide-example.json"
GOOD = ROOT / "sample_manifests" / "good-series.json"
CONFIG = """\
repos:
  - repo: {root}
    rev: {rev}
    hooks:
      - id: s3transfer-tl-lint
"""


def main() -> int:
    """Try both hosts; return 0 where each said what it must."""
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-hosts-") as name:
        place = Path(name)
        repository = _repository(place / "repository")
        wrong = [
            *_pre_commit(repository, place / "pre-commit"),
            *_action(repository, place / "runner"),
        ]
    for one in wrong:
        print(f"WRONG: {one}")
    print("the hosts did not say what they must" if wrong else "both hosts say what they must")
    return bool(wrong)


def _repository(folder: Path) -> Path:
    """A repository with a bad manifest and, where a language is upper case, a mendable one."""
    folder.mkdir()
    _git(folder, "init", "--quiet")
    (folder / "manifest.json").write_bytes(BAD.read_bytes())
    mendable = GOOD.read_text(encoding="utf-8").replace('"en"', '"EN"', 1)
    (folder / "shows.manifest.json").write_text(mendable, encoding="utf-8")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    _git(folder, "add", ".")
    return folder


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _pre_commit(repository: Path, home: Path) -> list[str]:
    config = CONFIG.format(root=ROOT, rev=_git(ROOT, "rev-parse", "HEAD"))
    (repository / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    _git(repository, "add", ".pre-commit-config.yaml")
    ran = _run(repository, home, "run", "--all-files")
    mended = _run(repository, home, "try-repo", str(ROOT), "s3transfer-tl-lint-fix", "--all-files")
    good = GOOD.read_text(encoding="utf-8")
    checks = {
        "`pre-commit run` fails on the bad manifest": ran.returncode == 1 and "TL111" in ran.stdout,
        "it judges manifests, and no other JSON": "package.json" not in ran.stdout,
        "the fix hook mends the other": (repository / "shows.manifest.json").read_text("utf-8") == good,
        "and says that it did": "files were modified by this hook" in mended.stdout,
    }
    return [what for what, holds in checks.items() if not holds]


def _run(repository: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    print(f"$ pre-commit {' '.join(words)}")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", *words],
        cwd=repository,
        env=os.environ | {"PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout + done.stderr)
    return done


def _action(repository: Path, temporary: Path) -> list[str]:
    temporary.mkdir()
    print("$ the steps of action.yml")
    job = action.run(ROOT / "action.yml", {"files": "*.json"}, workspace=repository, temporary=temporary)
    print(job.output)
    for one in job.annotations:
        print(f"annotation: {one}")
    checks = {
        "all steps run": len(job.steps) == 3,
        "the last one fails on the bad manifest": job.code == 1,
        "the bad line is annotated": any(
            (one["file"], one["code"]) == ("manifest.json", "TL111") for one in job.annotations
        ),
    }
    return [what for what, holds in checks.items() if not holds]


if __name__ == "__main__":
    sys.exit(main())
