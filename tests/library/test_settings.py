from tenure.settings import FILE, Settings


def test_the_file_explains_every_entry_in_the_language_of_the_workspace(tmp_path):
    Settings(language="zh-hans").save(tmp_path)
    assert "# 未注明币种的金额按此币种计。\ncurrency: USD\n" in (tmp_path / FILE).read_text("utf-8")
    Settings.load(tmp_path).changed(language="en").save(tmp_path)
    assert "# Currency of amounts that name none.\ncurrency: USD\n" in (tmp_path / FILE).read_text("utf-8")
