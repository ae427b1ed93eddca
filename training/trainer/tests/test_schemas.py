"""The committed signatures are those of the installed libraries."""

from pathlib import Path

import pytest

from headgate_trainer.documentation import trainer_table
from headgate_trainer.registry import all_trainers
from headgate_trainer.schemas import schema_files

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = REPOSITORY / "engines" / "training" / "schemas"


def test_committed_files_are_what_the_script_writes() -> None:
    files = schema_files()
    assert sorted(path.name for path in FOLDER.glob("*.ts")) == sorted(files)
    for name, text in files.items():
        assert (FOLDER / name).read_text() == text, f"{name}: run training/trainer/write_schemas.py"


@pytest.mark.parametrize("name", list(all_trainers()))
def test_every_sentence_stands_alone(name: str) -> None:
    trainer = all_trainers()[name]
    specs = (*trainer.inputs, *trainer.outputs, *trainer.predictions)
    for spec in (*specs, *trainer.parameters):
        assert spec.description[0].isupper(), spec.name
        assert spec.description.endswith("."), spec.name
    for parameter in trainer.parameters:
        assert parameter.any_of, f"{parameter.name} has no constraint"


def test_the_documentation_has_the_table_of_trainers() -> None:
    page = (REPOSITORY / "docs" / "training.md").read_text()
    assert trainer_table() in page, "run training/trainer/write_schemas.py"
