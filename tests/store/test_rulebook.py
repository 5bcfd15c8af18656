from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ConflictError
from assistant.store import rulebook

if TYPE_CHECKING:
    from assistant.store.database import Store

TEXTS = {"a.yml": "pack: a", "b/c.yml": "pack: b"}


def begun(store: Store, base: int = 0) -> rulebook.Draft:
    return store.write(
        partial(rulebook.begin_draft, by="质检小王", title="草稿", base=base, texts=TEXTS)
    ).result(10)


def published(store: Store, draft: rulebook.Draft, why: str = "试行") -> int:
    return store.write(
        partial(
            rulebook.publish, by="质检小王", base=draft.base, why=why, files=draft.files, sha256="0" * 64,
            packs=[{"name": "a", "version": "1", "sha256": "1" * 64}],
        )
    ).result(10)  # fmt: skip


def test_versions_follow_one_another(store: Store) -> None:
    assert store.read(rulebook.latest_version) == 0
    draft = begun(store)
    assert published(store, draft) == 1
    assert published(store, begun(store, 1), "又试") == 2
    assert [(each.number, each.why) for each in store.read(partial(rulebook.list_versions, most=9))] == [
        (2, "又试"),
        (1, "试行"),
    ]
    version = store.read(partial(rulebook.find_version, number=1))
    assert version is not None
    assert store.read(partial(rulebook.texts_of, files=version.files)) == TEXTS


def test_two_cant_publish_on_the_same_base(store: Store) -> None:
    first, second = begun(store), begun(store)
    published(store, first)
    with pytest.raises(ConflictError) as refused:
        published(store, second)
    assert refused.value.code == "stale"
    assert store.read(rulebook.latest_version) == 1


def test_a_draft_changes_from_revision_to_revision(store: Store) -> None:
    draft = begun(store)
    put = partial(rulebook.change_draft, by="admin", draft=draft, put={"a.yml": "pack: x"}, drop=["b/c.yml"])
    changed = store.write(put).result(10)
    assert (changed.revision, list(changed.files), changed.changed_by) == (2, ["a.yml"], "admin")
    assert store.read(partial(rulebook.texts_of, files=changed.files)) == {"a.yml": "pack: x"}
    for job in (put, partial(rulebook.drop_draft, by="admin", draft=draft)):
        with pytest.raises(ConflictError):
            store.write(job).result(10)
    store.write(partial(rulebook.keep_check, draft=draft, checked={"revision": 1})).result(10)
    assert [each.checked for each in store.read(rulebook.list_drafts)] == [None]
    store.write(partial(rulebook.keep_check, draft=changed, checked={"revision": 2})).result(10)
    assert [each.checked for each in store.read(rulebook.list_drafts)] == [{"revision": 2}]
    store.write(partial(rulebook.drop_draft, by="admin", draft=changed)).result(10)
    assert store.read(rulebook.list_drafts) == []
