"""What customers say: worked out from calls, shown by month, and read before what a company declares."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from registry_huaiyin import REGION, calls, import_calls, made_up
from registry_huaiyin.calls import Calls

from registry.actions import entries, jobs, plugged
from registry.api import Access, BadInput, Text
from registry.app import create_app
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.observation import observations
from registry.testing import Kit, new_registry


def test_share_of_a_year_is_rounded_and_few_calls_say_nothing() -> None:
    assert calls.satisfaction([Calls("2025-01", 60, 59), Calls("2025-02", 40, 36)]) == {
        "2025": (Decimal("0.9500"), 100)
    }
    assert calls.satisfaction([Calls("2025-01", 300, 200)]) == {"2025": (Decimal("0.6667"), 300)}
    assert calls.satisfaction([Calls("2025-01", 99, 99)]) == {} == calls.satisfaction([])


def test_file_with_every_fault_at_its_place() -> None:
    assert calls.read_csv("a.csv", b"month,called,satisfied\n2025-01,40,39\n") == [Calls("2025-01", 40, 39)]
    with pytest.raises(BadInput) as error:
        calls.read_csv("a.csv", "month,called,satisfied\n2025-1,x,-3\n2025-02,1,1\n2025-02,1,1\n".encode("gb18030"))
    assert [(f.line, f.column) for f in error.value.faults] == [(2, 1), (2, 2), (2, 3), (4, 1)]
    with pytest.raises(BadInput) as error:
        calls.read_csv("a.csv", b"month,called,satisfied\n2025-01,10,11\n")
    assert [(f.line, f.column) for f in error.value.faults] == [(2, 3)]
    with pytest.raises(BadInput, match="month,called,satisfied"):
        calls.read_csv("a.csv", b"")


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = new_registry(tmp_path_factory.mktemp("calls") / "registry")
    name = Text.model_validate("淮阴示例家政工（虚构）")
    about = {"listed": True, "kind": "labour_brand", "product": "domestic_worker", "region": REGION}
    entries.add_entry(kit.registry, SYSTEM, name=name, slug="home-help", fictitious=True, **about)
    yield kit
    kit.registry.close()


@pytest.mark.slow
def test_calls_are_a_figure_a_page_and_a_column(kit: Kit, tmp_path: Path) -> None:
    access = Access(kit.registry.store)
    (brand,) = access.entries(region=REGION, product="domestic_worker")
    file = tmp_path / "calls.csv"
    rows = "\n".join(f"{c.month},{c.called},{c.satisfied}" for c in made_up(2025))
    file.write_text(f"month,called,satisfied\n{rows}\n")
    settings = kit.registry.settings
    secrets = ("secret_key", "field_keys", "index_key", "record_key")
    env = {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in secrets}
    env["REGISTRY_DATA_DIR"] = str(settings.data_dir)
    done = CliRunner(env=env).invoke(import_calls, [str(file), "--entry", "home-help"])
    assert "home-help: 12 rows taken in." in done.output, done
    assert isinstance(CliRunner(env=env).invoke(import_calls, [str(file), "--entry", "none"]).exception, BadInput)

    with kit.registry.store.system() as session:
        plugged.compute(session, session.get_one(Entry, brand.id))
        session.record("entry.change", f"entry:{brand.id}")
    with kit.registry.store.read(SYSTEM) as session:
        (figure,) = [o for o in observations(session, "entry", [brand.id]) if o.fact == "customer_satisfaction"]
    assert (figure.source, figure.period, figure.value) == ("computed", "2025", "0.9499")
    while jobs.run_waiting(kit.registry):
        pass
    client = create_app(kit.registry).test_client()
    assert "客户怎么说" in client.get("/counties/huaiyin").text
    assert "95.0%" in client.get("/counties/huaiyin/customers").text
    assert "95.0 % satisfied in 2025" in client.get("/en/counties/huaiyin/customers").text
    columns = dict(plugged.columns(kit.registry, [brand]))
    assert columns["huaiyin.satisfaction"] == {brand.id: "0.9499 (2025)"}
