"""The client against the real gateway."""

from __future__ import annotations

import asyncio
import pickle
import random
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gateway_process import GatewayProcess

import headgate
from headgate.errors import InvalidArgumentError, NotFoundError


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 60))


ROW = np.zeros((1, 16), np.float32)


def test_many_in_flight_each_gets_its_own_answer(gateway: GatewayProcess) -> None:
    async def main() -> None:
        rng = np.random.default_rng(0)
        rows = rng.normal(size=(600, 1, 16)).astype(np.float32) / 10
        async with headgate.connect(gateway.url) as gate:
            together = await asyncio.gather(*(gate.infer("market-impact", {"X": row}) for row in rows))
            whole = await gate.model("market-impact").predict(rows[:, 0])
            assert np.allclose([each["impact_bps"][0, 0] for each in together], whole, rtol=1e-5)
            assert {each.source for each in together} == {"gateway"}

    run(main())


def test_a_window_of_ten_megabytes_goes_and_comes(gateway: GatewayProcess) -> None:
    async def main() -> None:
        X = np.asfortranarray(np.random.default_rng(0).normal(size=(2520, 500)))
        async with headgate.connect(gateway.url) as gate:
            inputs = {"X": X, "mean": X.mean(axis=0), "scale": X.std(axis=0)}
            result = await gate.infer("standard_scaler.apply", inputs)
        assert np.allclose(result["transform"], (X - X.mean(axis=0)) / X.std(axis=0), rtol=1e-12)

    run(main())


def test_an_error_names_its_field_and_the_rest_lives_on(gateway: GatewayProcess) -> None:
    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            bad, good = await asyncio.gather(
                gate.infer("market-impact", {"X": ROW[:, :3]}),
                gate.infer("market-impact", {"X": ROW}),
                return_exceptions=True,
            )
            assert isinstance(bad, InvalidArgumentError) and str(bad).startswith("inputs.X.shape")
            assert pickle.loads(pickle.dumps(bad)).message == bad.message
            assert good.backend.startswith("onnxruntime")
            with pytest.raises(NotFoundError):
                await gate.infer("nothing-of-the-kind", {"X": ROW})

    run(main())


def test_models_take_lists_frames_and_windows(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as gate:
        signal = gate.model("signal-xgboost", sticky_key="desk-1")
        X = np.random.default_rng(1).normal(size=(700, 12)) / 10
        labels, probabilities = signal.predict(pd.DataFrame(X)), signal.predict_proba(X)
        assert labels.shape == (700,) and np.array_equal(probabilities.argmax(axis=1), labels)
        assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert signal.predict(X[0].tolist()).shape == (1,) and signal.source == "gateway"
        with pytest.raises(InvalidArgumentError, match="takes \\[n, 12\\]"):
            signal.predict(X[:, :5])

        regime = gate.model("lstm-regime")
        series = np.random.default_rng(2).normal(size=(50, 4)) / 100
        each = regime.predict_windows(series)
        assert each.shape == (9, 2)
        assert np.allclose(each[3], regime.predict(series[3:45])[0], atol=1e-6)
        with pytest.raises(InvalidArgumentError, match="less than the window"):
            regime.predict_windows(series[:10])
        with pytest.raises(InvalidArgumentError, match="no probabilities"):
            gate.model("market-impact").predict_proba(ROW)


def test_policies_act(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as gate:
        for name, kind in (("policy-ppo", np.float32), ("policy-dqn", np.int64)):
            policy = gate.policy(name)
            one, many = policy.act(np.zeros(13)), policy.act(np.zeros((4, 13)))
            assert np.ndim(one) == 0 and many.shape == (4,) and many.dtype == kind and (many == one).all()


def test_a_stream_is_fed_and_its_changes_pushed(gateway: GatewayProcess) -> None:
    normal = random.Random(1)
    deviations = [0.004] * 320 + ([0.05] * 80 + [0.004] * 80) * 2
    returns = np.array([normal.gauss(0, deviation) for deviation in deviations])
    times = np.arange(len(returns)) * 60_000.0

    async def main() -> None:
        async with headgate.connect(gateway.url) as feed, headgate.connect(gateway.url) as desk:
            subscription = desk.subscribe("regime.python-client")
            await subscription.caught_up()
            stream = await feed.stream(
                "python-client", detector="gaussian_hmm", parameters={"n_components": 2}
            )
            assert stream.created
            observed = await stream.observe(times, returns)
            assert observed.accepted == len(returns)
            assert (await stream.observe(times[-5:], returns[-5:, None])).duplicates == 5
            first = change = await anext(subscription)
            assert first.from_ == "unknown" and first.offset == 1
            while change.to != "turbulent" or change.observed_ts < times[320]:
                before, change = change, await anext(subscription)
                assert change.offset == before.offset + 1 and change.from_ == before.to
            state = await feed.regime("python-client")
            assert state is not None and state["observations"] == len(returns)
            resumed = feed.subscribe(
                "regime.python-client", since={**(subscription.cursor or {}), "offset": 1}
            )
            assert (await anext(resumed)).offset == 2
            await stream.close()
            assert await desk.regime("python-client-none") is None

    run(main())


def test_the_synchronous_client_from_many_threads(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as gate, ThreadPoolExecutor(8) as pool:
        results = list(
            pool.map(lambda _: gate.infer("market-impact", {"X": ROW})["impact_bps"][0, 0], range(100))
        )
        assert len(set(results)) == 1
        subscription = gate.subscribe("regime.sync")
        subscription.caught_up()
        closer = threading.Timer(0.1, subscription.close)
        closer.start()
        assert list(subscription) == []
        stream = gate.stream("sync")
        assert stream.observe(1.0, [0.1]).accepted == 1
        assert gate.regime("sync")["observations"] == 1  # type: ignore[index]
        stream.close()
    with pytest.raises(headgate.HeadgateError):
        gate.infer("market-impact", {"X": ROW})


def test_a_subscription_and_a_keyed_request_survive_a_restart(own_gateway: GatewayProcess) -> None:
    async def main() -> None:
        again: GatewayProcess | None = None
        backoff = headgate.Backoff(0.05, 0.2)
        try:
            async with headgate.connect(own_gateway.url, fallback=False, backoff=backoff) as gate:
                snapshots: list[headgate.TopicSnapshot] = []
                subscription = gate.subscribe("regime.S", on_snapshot=snapshots.append)
                await subscription.caught_up()
                own_gateway.kill()
                keyed = asyncio.create_task(gate.infer("market-impact", {"X": ROW}, key="k"))
                again = await asyncio.to_thread(GatewayProcess, None, own_gateway.port)
                assert (await keyed).source == "gateway"
                while len(snapshots) < 2:
                    await asyncio.sleep(0.02)
        finally:
            if again is not None:
                again.dispose()

    run(main())


def test_a_drained_gateway_loses_nothing(own_gateway: GatewayProcess) -> None:
    async def main() -> None:
        events: list[str] = []
        async with headgate.connect(
            own_gateway.url, on_event=lambda event: events.append(event.kind)
        ) as gate:
            X = np.random.default_rng(0).normal(size=(4000, 2))
            parameters = {"n_components": 3, "n_iter": 100, "tol": -1e300}
            fit = asyncio.create_task(gate.infer("gaussian_hmm", {"X": X}, parameters=parameters))
            await asyncio.sleep(0.1)
            ended = asyncio.create_task(asyncio.to_thread(own_gateway.drain))
            assert (await fit).source == "gateway"
            assert await ended == 0
            await asyncio.sleep(0.05)
        assert "draining" in events and "disconnected" in events

    run(main())


def test_many_rows_in_one_call_each_have_their_own_answer_or_error(gateway: GatewayProcess) -> None:
    async def main() -> None:
        rng = np.random.default_rng(1)
        rows = rng.normal(size=(600, 1, 16)).astype(np.float32) / 10
        async with headgate.connect(gateway.url) as gate:
            asked = [{"X": row} for row in rows]
            asked[3] = {"X": ROW[:, :3]}
            asked[7] = {"X": np.array([object()])}
            results = await gate.infer_many("market-impact", asked, timeout=20)
            whole = await gate.model("market-impact").predict(rows[:, 0])
            assert len(results) == 600
            for index, result in enumerate(results):
                if index in (3, 7):
                    assert isinstance(result, InvalidArgumentError)
                    assert "X" in str(result)
                else:
                    assert isinstance(result, headgate.Result)
                    assert np.allclose(result["impact_bps"][0, 0], whole[index], rtol=1e-5)
            assert await gate.infer_many("market-impact", []) == []
            unknown = await gate.infer_many("no-such-model", asked[:2])
            assert [type(each) for each in unknown] == [NotFoundError, NotFoundError]
            calls = gate.metrics.calls
            assert calls[("ok", "gateway")] >= 598
            assert calls[("not_found", "gateway")] == 2
            assert calls[("invalid_argument", "gateway")] == 1
            assert calls[("invalid_argument", "client")] == 1

    run(main())


def test_many_rows_go_in_few_messages_without_a_task_each(gateway: GatewayProcess) -> None:
    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            written: list[int] = []
            socket = gate._link._socket
            assert socket is not None
            write = socket.write
            socket.write = lambda message: written.append(len(message)) or write(message)  # type: ignore[method-assign,func-returns-value]
            tasks = len(asyncio.all_tasks())
            work = asyncio.ensure_future(gate.infer_many("market-impact", [{"X": ROW}] * 100))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == tasks + 1
            results = await work
            assert all(isinstance(each, headgate.Result) for each in results)
            assert len(written) == 1

    run(main())


def test_cancelling_many_rows_cancels_all_and_the_client_goes_on(gateway: GatewayProcess) -> None:
    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            work = asyncio.ensure_future(gate.infer_many("market-impact", [{"X": ROW}] * 50))
            await asyncio.sleep(0)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            result = await gate.infer("market-impact", {"X": ROW})
            assert result.source == "gateway"

    run(main())


class Unreadable:
    """As a tensor of torch that requires a gradient: its conversion raises a `RuntimeError`."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no numbers without detach()")


def test_an_input_that_cannot_be_read_fails_alone(gateway: GatewayProcess) -> None:
    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            first, wrong, last = await gate.infer_many(
                "market-impact", [{"X": ROW}, {"X": Unreadable()}, {"X": ROW}]
            )
            assert [type(first), type(last)] == [headgate.Result, headgate.Result]
            assert isinstance(wrong, InvalidArgumentError)
            assert "detach" in str(wrong)
            assert isinstance(wrong.__cause__, RuntimeError)
            with pytest.raises(InvalidArgumentError, match="detach"):
                await gate.infer("market-impact", {"X": Unreadable()})
            result = await gate.infer("market-impact", {"X": ROW})
            assert result.source == "gateway"

    run(main())


def test_a_call_that_sends_nothing_does_not_close_the_breaker(gateway: GatewayProcess) -> None:
    async def main() -> None:
        async with headgate.connect(gateway.url) as gate:
            await gate.infer("market-impact", {"X": ROW})
            gate.breaker._first_s = gate.breaker._pause_s = 0.0  # the next call is a trial
            gate.breaker.trip()
            assert await gate.infer_many("market-impact", []) == []
            assert gate.breaker.state == "half_open"
            await gate.infer_many("market-impact", [{"X": Unreadable()}])
            assert gate.breaker.state == "half_open"
            with pytest.raises(InvalidArgumentError):
                await gate.infer("market-impact", {"X": Unreadable()})
            assert gate.breaker.state == "half_open"
            await gate.infer_many("market-impact", [{"X": ROW}])
            assert gate.breaker.state == "closed"

    run(main())


def test_rows_must_be_many(gateway: GatewayProcess) -> None:
    with headgate.Client(gateway.url) as client:
        for wrong in ({"X": ROW}, [ROW]):
            with pytest.raises(InvalidArgumentError, match="rows"):
                client.infer_many("market-impact", wrong)  # type: ignore[arg-type]
        results = client.infer_many("market-impact", [{"X": ROW}, {"X": ROW + 1}])
        assert [type(each) for each in results] == [headgate.Result, headgate.Result]
