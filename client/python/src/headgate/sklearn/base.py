"""What all drop-ins share: parameters, feature names, tags for scikit-learn, and the way to the gateway."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np

from .. import libraries
from ..sync import default_client
from ..tensors import Array
from .awaited import awaited, watching
from .constraints import Constraints, require, sent
from .exceptions import not_fitted
from .validation import check_array, feature_names, require_same_names

Self = TypeVar("Self", bound="Estimator")


class Estimator:
    """An estimator as scikit-learn knows it."""

    _servable: ClassVar[str]
    """The gateway's name of the fit."""
    _kind: ClassVar[str | None] = None
    """scikit-learn's estimator type."""
    _min_samples: ClassVar[int] = 1
    _allow_nan: ClassVar[bool] = False
    _float16: ClassVar[bool] = False
    """Whether float16 stays what it is."""
    _positive: ClassVar[bool] = False
    _constraints: ClassVar[Constraints]
    """What each parameter of the constructor may be."""

    source_: str
    """Who computed the fit: gateway, local (cheaper than its way), or what it fell back to."""
    n_features_in_: int

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's parameters."""
        return {name: getattr(self, name) for name in self._get_param_names()}

    def set_params(self: Self, **params: Any) -> Self:
        """Change parameters.

        :raises ValueError: for one that there is not
        """
        names = self._get_param_names()
        for name, value in params.items():
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {names!r}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        """Asked for by scikit-learn alone, which is then there."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        transformer = TransformerTags(preserves_dtype=["float64", "float32"])
        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(required=False),
            transformer_tags=transformer if hasattr(type(self), "transform") else None,
            input_tags=InputTags(allow_nan=self._allow_nan, positive_only=self._positive),
        )

    def _fit_input(self, X: Any, *, min_samples: int | None = None, float32: bool = True) -> Array:
        """X of a fit, once the parameters are what they may be; notes its features."""
        self._require_parameters()
        names = feature_names(X)
        array = check_array(
            X,
            type(self).__name__,
            min_samples=min_samples or self._min_samples,
            allow_nan=self._allow_nan,
            float32=float32,
            float16=self._float16,
        )
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.n_features_in_ = array.shape[1]
        return array

    def _require_parameters(self) -> None:
        require(
            type(self).__name__, self._constraints, {name: getattr(self, name) for name in self._constraints}
        )

    def _sent(self, *names: str) -> dict[str, Any]:
        """Parameters as they go to the gateway."""
        return {name: sent(getattr(self, name), self._constraints[name]) for name in names}

    def _input(self, X: Any) -> Array:
        """X of anything after the fit.

        :raises NotFittedError: before the fit
        :raises ValueError: for other features than the fit's
        """
        self._require_fitted()
        name = type(self).__name__
        require_same_names(getattr(self, "feature_names_in_", None), feature_names(X), name)
        array = check_array(X, name, allow_nan=self._allow_nan, float16=self._float16)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {array.shape[1]} features, but {name} is expecting {self.n_features_in_} features "
                "as input."
            )
        return array

    def _require_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise not_fitted(self)

    def _fit_remotely(
        self, inputs: Mapping[str, Any], parameters: Mapping[str, Any], outputs: list[str] | None = None
    ) -> dict[str, Array]:
        """A fit's outputs, copied so that they can be written to, and who made them."""
        found, self.source_ = ask(self._servable, inputs, parameters, outputs)
        return found

    def _apply_remotely(self, inputs: Mapping[str, Any], parameters: Mapping[str, Any], output: str) -> Array:
        """One output of the fit's `.apply`."""
        return ask(f"{self._servable}.apply", inputs, parameters, [output])[0][output]


def ask(
    servable: str, inputs: Mapping[str, Any], parameters: Mapping[str, Any], outputs: list[str] | None
) -> tuple[dict[str, Array], str]:
    """Ask the process's gateway, or what stands in for it."""
    client = default_client()
    chain = libraries.chain(servable) if client.options.falls_back else ()
    given = dict(parameters)
    inputs = client.gate.tables.referred(inputs)
    cancellation = watching.get()
    if cancellation is None:
        result = client.infer(servable, inputs, parameters=given, outputs=outputs, fallbacks=chain)
    else:
        request = client.submit(
            client.gate.infer(servable, inputs, parameters=given, outputs=outputs, fallbacks=chain)
        )
        cancellation.watch(request)
        result = request.result()
    copied = {name: np.array(value) for name, value in result.outputs.items()}
    return copied, result.source


class Transformer(Estimator):
    """An estimator with `transform`, and with feature names out."""

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        raise NotImplementedError

    def transform(self, X: Any) -> Any:
        raise NotImplementedError

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """`fit(X).transform(X)`."""
        return self.fit(X, y, **fit_params).transform(X)

    def set_output(self: Self, *, transform: str | None = None) -> Self:
        """Have `transform` answer with arrays ("default") or pandas frames ("pandas").

        :raises ValueError: for another container
        """
        if transform is not None:
            if transform not in ("default", "pandas"):
                raise ValueError(f"output container must be 'default' or 'pandas', got {transform!r}")
            self._sklearn_output_config = {"transform": transform}
        return self

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """The names of what `transform` answers: pca0, pca1, ..."""
        self._require_fitted()
        prefix = type(self).__name__.lower()
        return np.asarray([f"{prefix}{i}" for i in range(self._n_features_out)], dtype=object)

    @property
    def _n_features_out(self) -> int:
        raise NotImplementedError

    def _wrap(self, out: Array, X: Any) -> Any:
        """As the output container that was asked for."""
        config = getattr(self, "_sklearn_output_config", None)
        container = config["transform"] if config else _global_container()
        if container == "default":
            return out
        if container != "pandas":
            raise ValueError(f"output container must be 'default' or 'pandas', got {container!r}")
        import pandas

        return pandas.DataFrame(out, columns=self.get_feature_names_out(), index=getattr(X, "index", None))


def _global_container() -> str:
    """What `sklearn.set_config(transform_output=...)` says, if scikit-learn is loaded."""
    sklearn = sys.modules.get("sklearn")
    get_config = getattr(sklearn, "get_config", None)
    return str(get_config()["transform_output"]) if get_config is not None else "default"


class OneToOne(Transformer):
    """A transformer with the features it was given."""

    afit_transform = awaited(Transformer.fit_transform)

    def _writable(self, X: Any, copy: bool) -> Array:
        """X to be scaled: itself where it need not be copied and can be written to."""
        array = self._input(X)
        in_place = not copy and array.flags.writeable
        return array if in_place else np.array(array)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """The names it was given, or x0, x1, ..."""
        self._require_fitted()
        fitted = getattr(self, "feature_names_in_", None)
        if input_features is None:
            if fitted is not None:
                return np.asarray(fitted, dtype=object)
            return np.asarray([f"x{i}" for i in range(self.n_features_in_)], dtype=object)
        names = np.asarray(input_features, dtype=object)
        if fitted is not None and not np.array_equal(fitted, names):
            raise ValueError("input_features is not equal to feature_names_in_")
        if len(names) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(names)}"
            )
        return names
