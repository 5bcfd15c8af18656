"""The Dockerfile and compose.yaml name what is there, and run as nobody in particular."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from assistant.settings import NAMES, PREFIX

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "assistant").rglob("*.py"))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_what_is_copied_and_installed_is_there() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    for lock in re.findall(r"requirements/\w+\.lock", DOCKERFILE):
        assert (ROOT / lock).is_file()
    assert {"assistant", "phrase_rules", "intents", "requirements", "pyproject.toml", "setup.py"} <= kept


def test_it_runs_as_an_ordinary_user_and_says_whether_it_is_well() -> None:
    (user,) = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert int(user) > 0
    assert "HEALTHCHECK" in DOCKERFILE
    assert compose()["services"]["service"]["cap_drop"] == ["ALL"]


def test_images_come_from_no_registry_of_ours() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    services = compose()["services"].values()
    images += [service["image"] for service in services if "image" in service]
    inline = "\n".join(
        service["build"].get("dockerfile_inline", "") for service in services if "image" not in service
    )
    images += re.findall(r"^FROM (\S+)", inline, re.MULTILINE)
    assert all(re.fullmatch(r"[a-z]+(:[\w.-]+)?", image) for image in images)


def test_variables_are_settings_or_read_by_name() -> None:
    named = set(re.findall(r"(HUASHU_\w+)=", DOCKERFILE))
    environment = compose()["services"]["service"]["environment"]
    named |= {name for name in environment if name.startswith("HUASHU_")}
    settings = {PREFIX + name.upper() for name in NAMES}
    # Secrets and the place of config.yml stand in no file of settings: the code asks for them by name.
    unread = [name for name in named - settings if not re.search(rf'"{name}"|PREFIX \+ "{name[7:]}"', CODE)]
    assert not unread
    assert "DATABASE_URL" in environment


def test_the_service_waits_for_a_database_that_keeps_its_data() -> None:
    services, volumes = compose()["services"], compose()["volumes"]
    assert services["service"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["database"]["healthcheck"]["test"]
    for service in services.values():
        sources = {each.rpartition(":/")[0] for each in service["volumes"]}
        # ${NAME:-volume} is a folder somebody named, or else the volume
        assert {re.sub(r"^\$\{\w+:-(\w+)\}$", r"\1", source) for source in sources} <= set(volumes)
