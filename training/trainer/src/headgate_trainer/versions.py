"""What the installed environment has, told without importing any of it."""

import platform
from pathlib import Path

from headgate_trainer.registry import installed_version

DISTRIBUTIONS = {
    "scikit-learn": "scikit-learn",
    "numpy": "numpy",
    "scipy": "scipy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "xgboost": "xgboost",
    "xgboost-cpu": "xgboost",
    "lightgbm": "lightgbm",
    "torch": "torch",
    "stable-baselines3": "stable-baselines3",
    "gymnasium": "gymnasium",
}


def library_versions() -> dict[str, str]:
    """List the versions of Python and of the installed libraries."""
    versions = {"python": platform.python_version()}
    for distribution, library in DISTRIBUTIONS.items():
        version = installed_version(distribution)
        if version is not None:
            versions[library] = version
    return versions


def has_cuda() -> bool:
    """Tell whether torch is installed on a machine with NVIDIA's driver."""
    return installed_version("torch") is not None and Path("/proc/driver/nvidia/version").exists()
