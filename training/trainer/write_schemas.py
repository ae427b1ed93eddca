"""Writes the signatures of the trainers into ``engines/training/schemas``.

    PYTHONPATH=training/trainer/src python training/trainer/write_schemas.py

The environment has all libraries of the lock file but torch, which no signature is read from.
"""

from pathlib import Path

from headgate_trainer.schemas import schema_files

FOLDER = Path(__file__).resolve().parents[2] / "engines" / "training" / "schemas"


def main() -> None:
    """Write the files, and remove those of trainers that are gone."""
    FOLDER.mkdir(exist_ok=True)
    files = schema_files()
    for path in FOLDER.glob("*.ts"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
