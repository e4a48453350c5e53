import subprocess

from checks import lengths


def repository(folder, **files):
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_it_names_the_file_that_is_too_long(tmp_path):
    root = repository(tmp_path, src__long_dot_py="a = 1\n" * 601, src__short_dot_py="a = 1\n" * 600)
    [problem] = lengths.problems(root)
    assert "long.py has 601 lines" in problem


def test_it_does_not_read_what_git_ignores(tmp_path):
    root = repository(tmp_path, vendor__big_dot_js="x\n" * 1000, _dot_gitignore="vendor/\n")
    assert lengths.problems(root) == []
