"""For developers: write a migration for what has changed in the models.

``python -m assistant.store "Add teams."`` compares them with a database in the form of the latest
migration, and adds a file to migrations/versions.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from assistant.store.database import MIGRATIONS, alembic_config, engine_for, migrate


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_for(str(Path(folder) / "empty.db"))
        migrate(engine)
        with engine.begin() as connection:
            number = f"{len(list((MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04}"
            command.revision(alembic_config(connection), message=message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
