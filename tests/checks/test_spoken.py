from checks import spoken

CODE = 'say(tr("Stopped."))\nsay(tr("Made {folder}.", folder=1))\nsay(tr("one" if a else "two"))\n'


def problems(folder, words):
    (folder / "up.py").write_text(CODE, "utf-8")
    (folder / "words.py").write_text(f"CHINESE: dict[str, str] = {words!r}\n", "utf-8")
    return [problem.split(": ", 1)[1] for problem in spoken.problems(folder)]


def test_it_names_every_text_without_chinese(tmp_path):
    assert problems(tmp_path, {"Stopped.": "已停止。", "Made {folder}.": "已创建 {folder}。"}) == [
        'no Chinese for "one".',
        'no Chinese for "two".',
    ]


def test_it_refuses_chinese_that_lost_a_placeholder(tmp_path):
    words = {"Stopped.": "已停止。", "Made {folder}.": "已创建。", "one": "一", "two": "二"}
    assert problems(tmp_path, words) == ['"Made {folder}." and its Chinese differ in their placeholders.']
