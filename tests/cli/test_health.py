"""`tenure risk health`, and `tenure check` of its definition."""

import pytest


@pytest.mark.thorough
def test_bands_are_told_with_what_happened_to_each(tell, shop):
    told = tell("risk", "health", "--workspace", shop, "--json").document
    assert list(told["bands"]) == ["good", "fair", "poor"]
    assert sum(told["bands"].values()) > 100
    good, _fair, poor = told["fared"]
    assert good["share"] < poor["share"]
    shown = tell("risk", "health", "--workspace", shop, LANG="zh_CN.UTF-8").out
    assert "较差" in shown
    assert "占全部流失" in shown


def test_wrong_reasons_for_leaving_fail_the_check(tell, shop, tmp_path):
    (tmp_path / "departures.yml").write_text("depart: {}")
    assert 'Did you mean "departures"?' in tell("check", tmp_path, "--workspace", shop, code=1).err


def test_wrong_limits_of_offers_fail_the_check(tell, shop, tmp_path):
    (tmp_path / "needs.yml").write_text("never_product: [tea]")
    assert 'needs.yml line 1: unknown entry "never_product"' in tell("check", tmp_path, "--workspace", shop, code=1).err


@pytest.mark.parametrize(("text", "said"), [("grups: {}", 'Did you mean "groups"?'), ("pulse: {weight: 1}", "groups")])
def test_a_wrong_definition_of_health_fails_the_check(tell, shop, tmp_path, text, said):
    (tmp_path / "health.yml").write_text(text)
    told = tell("check", tmp_path, "--workspace", shop, code=1)
    assert "health.yml line 1" in told.err
    assert said in told.err
