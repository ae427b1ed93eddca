"""Writes the trainers' signatures in ``engines/training/schemas``, and the table of the docs.

    PYTHONPATH=training/trainer/src python training/trainer/write_schemas.py

The environment has all libraries of the lock file but torch, which no signature is read from.
"""

from pathlib import Path

from headgate_trainer.documentation import with_table
from headgate_trainer.schemas import schema_files

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "engines" / "training" / "schemas"
PAGE = REPOSITORY / "docs" / "training.md"


def main() -> None:
    """Write the files, and remove those of trainers that are gone."""
    FOLDER.mkdir(exist_ok=True)
    files = schema_files()
    for path in FOLDER.glob("*.ts"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text)
    PAGE.write_text(with_table(PAGE.read_text()))


if __name__ == "__main__":
    main()
