"""Understanding: what a turn is, by models trained on our own sentences.

`customer` tells a customer's emotion, intents and kind of complaint, `conduct` whether an agent's
sentence breaks a family of the service standard in words no rule lists. Both are linear models
over character n-grams: small, quick, and able to say which characters spoke for their verdict.
"""

from pathlib import Path

MODELS = Path(__file__).parents[1] / "data" / "models"
