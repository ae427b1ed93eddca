"""The signatures of the trainers as TypeScript files, one a trainer, and a list of them."""

import re
from typing import Any

from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.registry import TensorSpec, Trainer, all_trainers, installed_version
from headgate_trainer.typescript import Inline, write_value

SCRIPT = "training/trainer/write_schemas.py"
# The signatures of their trainers are written without them, and do not tell their versions.
UNREAD = ("torch", "stable-baselines3")


def schema_files() -> dict[str, str]:
    """Write the files of all trainers, by their names; all libraries must be installed."""
    trainers = all_trainers().values()
    files = {f"{file_of(trainer)}.ts": schema_file(trainer) for trainer in trainers}
    imports = sorted((file_of(trainer), constant_of(trainer)) for trainer in trainers)
    lines = [
        f"/** All trainers. Written by {SCRIPT}. */",
        'import type { TrainerSchema } from "../trainer-schema.js";',
        *(f'import {{ {constant} }} from "./{file}.js";' for file, constant in imports),
        "",
        "export const trainerSchemas: readonly TrainerSchema[] = [",
        *(f"  {constant_of(trainer)}," for trainer in trainers),
        "];",
        "",
    ]
    return {**files, "index.ts": "\n".join(lines)}


def file_of(trainer: Trainer) -> str:
    """Name a trainer's file."""
    return trainer.name.replace("_", "-")


def constant_of(trainer: Trainer) -> str:
    """Name a trainer's constant."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), trainer.name)


def schema_file(trainer: Trainer) -> str:
    """Write one trainer's file."""
    version = f" {installed_version(trainer.library)}"
    if trainer.library in UNREAD:
        version = ""
    application = trainer.application_input
    value = {
        "signature": {
            "name": trainer.name,
            "version": "1",
            "kind": "trainer",
            "description": trainer.description,
            "inputs": [_tensor(spec) for spec in trainer.inputs],
            "outputs": [_tensor(spec) for spec in trainer.outputs],
            "parameters": [],
            "nestedParameters": [_parameter(each) for each in trainer.parameters],
        },
        "library": trainer.library,
        **({} if application is None else {"applicationInput": _tensor(application)}),
        "predictions": [_tensor(spec) for spec in trainer.predictions],
    }
    return (
        f"/** The trainer {trainer.name}, of {trainer.library}{version}. Written by {SCRIPT}. */\n"
        'import type { TrainerSchema } from "../trainer-schema.js";\n\n'
        f"export const {constant_of(trainer)}: TrainerSchema = {write_value(value)};\n"
    )


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "datatypes": list(spec.datatypes),
        "shape": list(spec.shape),
        **(
            {"otherShapes": [list(shape) for shape in spec.other_shapes]}
            if spec.other_shapes
            else {}
        ),
        **({"optional": True} if spec.optional else {}),
        **({"allowNonFinite": True} if spec.allow_non_finite else {}),
        "description": spec.description,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "description": parameter.description,
        "default": parameter.default,
        **({"required": True} if parameter.required else {}),
        "anyOf": [_constraint(each) for each in parameter.any_of],
    }


def _constraint(constraint: Constraint) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in constraint.items():
        if name == "is_tuple":
            continue
        if name == "fields":
            found[name] = [_parameter(each) for each in value]
        elif constraint["type"] in ("list", "map") and name in ("items", "values"):
            found[name] = [_constraint(each) for each in value]
        else:
            found[name] = value
    return found if "fields" in found else Inline(found)
