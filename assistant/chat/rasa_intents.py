"""The assistant's own intent model as a component of a Rasa pipeline: both runtimes then understand alike.

It runs in Rasa's environment (Rasa 3.6, Python 3.10; numpy and scikit-learn come with Rasa) and needs this
package on the path. In a pipeline: ``name: assistant.chat.rasa_intents.HuashuIntentClassifier``.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.chat.intents import MODEL, IntentModel, learnt
from assistant.nlp import MODELS
from assistant.nlp.linear import load_model


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HuashuIntentClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa isn't here
    """Learns from the examples and lookup tables of the project, guesses by `IntentModel`."""

    def __init__(self, storage: ModelStorage, resource: Resource, model: IntentModel | None = None) -> None:
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HuashuIntentClassifier:
        del config, execution_context
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> HuashuIntentClassifier:
        del config, execution_context, kwargs
        with model_storage.read_from(resource) as folder:
            model = IntentModel(folder / MODEL)
            model.warm()
        return cls(model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [(each.get(INTENT), each.get(TEXT)) for each in training_data.intent_examples]
        model = learnt(examples, _cues(training_data), load_model(MODELS / MODEL).fold)
        with self._storage.write_to(self._resource) as folder:
            model.save(folder / MODEL, small=True)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if not text or self._model is None:
                continue
            ranking = [
                {"name": guess.intent, "confidence": guess.confidence} for guess in self._model.ranking(text)
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _cues(training_data: TrainingData) -> dict[str, tuple[str, ...]]:
    """Return regular expressions and lookup tables by name, as `reading` does."""
    found = [(each["name"], each["pattern"]) for each in training_data.regex_features]
    found += [
        (table["name"], "(" + "|".join(map(re.escape, table["elements"])) + ")")
        for table in training_data.lookup_tables
    ]
    cues: dict[str, tuple[str, ...]] = {}
    for name, pattern in found:
        cues[name] = (*cues.get(name, ()), pattern)
    return cues
