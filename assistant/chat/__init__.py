"""The conversational assistant: the dialogue runtime over intents/ and actions/, and what it answers."""
