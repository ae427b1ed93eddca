"""`headgate-doctor`: prints what this container can reach, and the fallbacks of each model and fit."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import statistics
import sys
import time
from typing import Any

import numpy as np

from . import libraries
from .addresses import ready_after
from .clock import clock_ahead
from .connecting import connect
from .errors import HeadgateError
from .gate import Gate
from .options import DEFAULT_URL, addresses, fallback_allowed

_PINGS = 20


def main() -> None:
    """The command line; it exits with 1 when no gateway could be used."""
    parser = argparse.ArgumentParser(prog="headgate-doctor", description=__doc__)
    parser.add_argument("url", nargs="*", help=f"gateways (default: HEADGATE_URL, else {DEFAULT_URL})")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for each gateway (default 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    urls = asked.url or (addresses(None) if os.environ.get("HEADGATE_URL") else [DEFAULT_URL])
    report = asyncio.run(examine(urls, asked.timeout))
    print(json.dumps(report) if asked.json else _text(report))
    sys.exit(0 if any(each["ok"] for each in report["gateways"]) else 1)


async def examine(urls: list[str], timeout_s: float) -> dict[str, Any]:
    """All findings of the doctor, as one object."""
    return {
        "versions": _versions(),
        "token": "HEADGATE_TOKEN is set" if os.environ.get("HEADGATE_TOKEN") else "none",
        "gateways": [await _gateway(url, timeout_s) for url in urls],
        "fallback": _fallbacks(),
    }


def _versions() -> dict[str, str | None]:
    names = (
        "headgate",
        "numpy",
        "websockets",
        "msgpack",
        "scikit-learn",
        "hmmlearn",
        "onnxruntime",
        "pandas",
    )
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _fallbacks() -> dict[str, str]:
    if not fallback_allowed():
        return {"all": "forbidden by HEADGATE_FALLBACK"}
    found = {name: [each.source for each in libraries.chain(name)] for name in libraries.fits()}
    table = {name: " then ".join(sources) or "an error" for name, sources in found.items()}
    runtime = importlib.util.find_spec("onnxruntime") is not None and os.environ.get("HEADGATE_MODELS")
    table["learned models"] = "onnxruntime" if runtime else "an error, unless registered"
    table["policies"] = "an error, unless registered"
    return table


async def _gateway(url: str, timeout_s: float) -> dict[str, Any]:
    found: dict[str, Any] = {"url": url, "ok": False}
    ready = await ready_after(url, timeout_s)
    found["health"] = "not ready or not there" if math.isinf(ready) else f"ready after {ready * 1e3:.1f} ms"
    clock = await clock_ahead(url, timeout_s)
    if clock is not None:
        found["clock_ahead_ms"] = round(clock.ahead_s * 1e3)
        found["clock_within_ms"] = math.ceil(clock.within_s * 1e3)
    started = time.perf_counter()
    try:
        async with connect(url, connect_timeout=timeout_s, timeout=timeout_s, fallback=False) as gate:
            found["connected_after_ms"] = round((time.perf_counter() - started) * 1e3, 1)
            found |= await _conversation(gate)
            found["ok"] = True
    except HeadgateError as error:
        found["error"] = f"{error.code}: {error}"
        found["advice"] = _ADVICE.get(error.code, "ask whoever runs the gateway; its log has more")
    return found


_ADVICE = {
    "unauthenticated": "set HEADGATE_TOKEN to a token of this gateway",
    "permission_denied": "this token may not connect: ask for another",
    "unavailable": "check that the gateway runs, the address and port, and that nothing between refuses them",
    "not_found": "the path of a gateway's address is /v1",
}


async def _conversation(gate: Gate) -> dict[str, Any]:
    welcome = gate.welcome or {}
    described = await gate.describe()
    times = []
    for _ in range(_PINGS):
        started = time.perf_counter()
        await gate.infer("standard_scaler", {"X": np.zeros((2, 1))}, outputs=["mean"])
        times.append((time.perf_counter() - started) * 1e3)
    states = [each["state"] for each in described["models"] if each["kind"] == "model"]
    return {
        "server": welcome.get("server"),
        "features": welcome.get("features"),
        "round_trip_ms": {"median": round(statistics.median(times), 2), "worst": round(max(times), 2)},
        "models": {state: states.count(state) for state in sorted(set(states))},
        "fits": sum(each["kind"] == "fit" for each in described["models"]),
        "detectors": [each["name"] for each in described["detectors"]],
    }


def _text(report: dict[str, Any]) -> str:
    lines = ["versions  " + ", ".join(f"{name} {value or '-'}" for name, value in report["versions"].items())]
    lines.append(f"token     {report['token']}")
    for gateway in report["gateways"]:
        lines.append(f"\n{'ok  ' if gateway['ok'] else 'FAIL'} {gateway['url']}")
        details = {name: value for name, value in gateway.items() if name not in _TOLD_OTHERWISE}
        if "clock_ahead_ms" in gateway:
            details["clock"] = _clock(gateway["clock_ahead_ms"], gateway["clock_within_ms"])
        lines += [f"  {name.replace('_', ' ')}: {_shown(value)}" for name, value in details.items()]
    lines.append("\nwithout a gateway")
    lines += [f"  {name}: {value}" for name, value in report["fallback"].items()]
    return "\n".join(lines)


_TOLD_OTHERWISE = ("url", "ok", "clock_ahead_ms", "clock_within_ms")


def _clock(ahead_ms: int, within_ms: int) -> str:
    """A difference below the clock's accuracy counts as none."""
    if abs(ahead_ms) <= within_ms:
        return f"as this one's, to {within_ms} ms"
    relation = "ahead of" if ahead_ms > 0 else "behind"
    return (
        f"{abs(ahead_ms)} ms {relation} this one's, to {within_ms} ms (requests carry spans and do not mind; "
        "times of observations may)"
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
