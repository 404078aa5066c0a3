"""What chefs earn: the season spread over the year; files that are not right; where the figure is then read."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from registry_xuyi import import_wages, made_up, wages
from registry_xuyi.wages import Row

from registry.actions import entries, jobs, plugged
from registry.api import Access, BadInput, PluginEntry, Text
from registry.app import create_app
from registry.rules.permission import SYSTEM
from registry.store.entry import Entry
from registry.store.observation import Observation, observations
from registry.testing import XUYI, Kit, new_registry


def paid(year: int = 2025, chefs: int = 10, months: tuple[str, ...] = wages.SEASON, fen: int = 720_000) -> list[Row]:
    return [Row(f"c{n}", f"{year}-{month}", fen) for n in range(chefs) for month in months]


def test_pay_of_the_season_is_spread_over_twelve_months() -> None:
    assert wages.season_income(paid()) == {"2025": (Decimal("3000.00"), 10)}
    assert wages.season_income(paid(fen=1)) == {"2025": (Decimal("0.00"), 10)}, "5 fen a year, rounded to a fen a month"


@pytest.mark.parametrize("rows", [[], paid(chefs=9), paid(months=wages.SEASON[1:])])
def test_too_few_chefs_or_a_month_of_the_season_without_rows_is_missing_not_zero(rows: list[Row]) -> None:
    assert wages.season_income(rows) == {}


def test_file_of_windows_with_every_fault_at_its_line() -> None:
    assert wages.read_csv("甲.csv", "chef,month,yuan\n甲1,2025-06,6800.50\n".encode("gb18030")) == [
        Row("甲1", "2025-06", 680_050)
    ]
    wrong = "chef,month,yuan\n,2025-06,1\nA1,2025-13,1\nA1,2025-06,abc\nA1,2025-06,1.005\nA2,2025-06,2\nA2,2025-06,3\n"
    with pytest.raises(BadInput) as error:
        wages.read_csv("x.csv", wrong.encode())
    assert [(f.line, f.column) for f in error.value.faults] == [(2, 1), (3, 2), (4, 3), (5, 3), (7, 1)]
    with pytest.raises(BadInput, match="chef,month,yuan"):
        wages.read_csv("x.csv", "姓名,月份\n".encode())


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = new_registry(tmp_path_factory.mktemp("wages") / "registry")
    yield kit
    kit.registry.close()


@pytest.fixture(scope="module")
def brand(kit: Kit) -> PluginEntry:
    name = Text.model_validate({"zh-Hans": "盱眙龙虾厨师（虚构）", "en": "Chefs (made up)"})
    entries.add_entry(
        kit.registry,
        SYSTEM,
        listed=True,
        kind="labour_brand",
        product="crayfish_chef",
        region=XUYI,
        name=name,
        slug="chefs",
        fictitious=True,
    )
    (found,) = Access(kit.registry.store).entries(region=XUYI, product="crayfish_chef")
    return found


def computed(kit: Kit, brand: PluginEntry) -> list[Observation]:
    with kit.registry.store.system() as session:
        plugged.compute(session, session.get_one(Entry, brand.id))
        session.record("entry.change", f"entry:{brand.id}")
    with kit.registry.store.read(SYSTEM) as session:
        return [o for o in observations(session, "entry", [brand.id]) if o.fact == "season_income"]


def test_figure_stands_with_its_source_and_a_new_one_takes_its_place(kit: Kit, brand: PluginEntry) -> None:
    access = Access(kit.registry.store)
    assert computed(kit, brand) == []
    wages.put(access, brand, paid())
    (first,) = computed(kit, brand)
    assert (first.value, first.period, first.source, first.recorded_by) == (
        "3000.00",
        "2025",
        "computed",
        "plugin:xuyi",
    )
    assert "10名厨师" in first.source_text
    assert [o.id for o in computed(kit, brand)] == [first.id], "nothing new, nothing written"
    wages.put(access, brand, [Row("c0", "2025-05", 1_920_000)])
    (second,) = computed(kit, brand)
    assert (second.value, second.supersedes) == ("3100.00", first.id)
    wages.put(access, brand, [Row("c0", f"2025-{month}", 0) for month in wages.SEASON])
    with access.write() as session:
        session.execute(wages.TABLE.delete().where(wages.TABLE.c.chef == "c1"))
    assert computed(kit, brand) == [], "with nine chefs nothing is known any more"
    wages.put(access, brand, paid(2026))
    assert computed(kit, brand) == [], "a year that is not over says nothing yet"
    with access.write() as session:
        session.execute(wages.TABLE.delete())
    assert kit.health().fault is None


@pytest.mark.slow
def test_figures_are_shown_on_the_page_and_stand_in_the_export(kit: Kit, brand: PluginEntry) -> None:
    wages.put(Access(kit.registry.store), brand, made_up(2025))
    while jobs.run_waiting(kit.registry):
        pass
    client = create_app(kit.registry).test_client()
    assert "旺季和淡季" in client.get("/brands/chefs").text
    english = client.get("/en/brands/chefs").text
    assert "In season and out of it" in english and "<td>1</td>" in english
    ((name, values),) = plugged.columns(kit.registry, [brand])
    assert name == "xuyi.season_income" and values[brand.id].endswith("(2025)")


def test_command_takes_a_file_in_or_names_what_is_not_there(kit: Kit, brand: PluginEntry, tmp_path: Path) -> None:
    file = tmp_path / "wages.csv"
    file.write_text("chef,month,yuan\nA1,2026-01,5000\n")
    settings = kit.registry.settings
    secrets = ("secret_key", "field_keys", "index_key", "record_key")
    env = {f"REGISTRY_{key.upper()}": getattr(settings, key).get_secret_value() for key in secrets}
    env["REGISTRY_DATA_DIR"] = str(settings.data_dir)
    done = CliRunner(env=env).invoke(import_wages, [str(file), "--entry", "chefs"])
    assert "chefs: 1 rows taken in." in done.output, done
    gone = CliRunner(env=env).invoke(import_wages, [str(file), "--entry", "none"])
    assert isinstance(gone.exception, BadInput)
