"""Pages that say what is not so are found."""

import pytest

from docs.website.blocks import alike, blocks, mask, rewrite, run

PAGE = """\
# A page

```python title="one.py"
x = 1
print(x)
```

```text
1
```

    ```python
    print(x + 1)
    ```

    ```text
    2
    ```
"""


def results(text, folder):
    return [(block.body.strip(), printed.strip()) for block, printed in run(text, folder)]


def test_blocks_share_names_and_are_files(tmp_path):
    assert results(PAGE, tmp_path) == [("1", "1"), ("2", "2")]
    assert (tmp_path / "one.py").exists()


def test_indented_blocks_are_read_without_their_indentation():
    assert [block.body for block in blocks(PAGE)][2] == "print(x + 1)\n"


def test_a_difference_shows():
    assert not alike("CORRECT\n", "WRONG\n")
    assert not alike("derived 1.25\n", "derived 1.26\n")
    assert not alike("a\nb\n", "a\n")


def test_what_no_machine_repeats_makes_no_difference():
    assert alike("numerical 1.25 ± 3e-15, 0.3 s", "numerical  1.25 ± 8e-15, 12.1 s")
    assert mask("1 layer (10 checks, 1,920 forward and 3 VJP calls)") == "1 layer (10 checks, some calls)"


def test_numbers_of_calls_are_about_those_that_are_made():
    assert alike("(10 checks, 246 forward and 420 VJP calls)", "(10 checks, 241 forward and 419 VJP calls)")
    assert not alike(
        "(10 checks, 246 forward and 420 VJP calls)", "(10 checks, 146 forward and 420 VJP calls)"
    )


def test_numbers_of_calls_are_written_anew_however_near_they_are(tmp_path):
    page = tmp_path / "page.md"
    told = "```python\nprint('12 forward calls')\n```\n\n```text\n{} forward calls\n```\n"
    page.write_text(told.format(11), encoding="utf-8")
    assert rewrite(page) == 1
    assert page.read_text(encoding="utf-8") == told.format(12)


def test_dots_stand_for_lines():
    assert alike("first\n…\nlast\n", "first\n2\n3\nlast\n")
    assert not alike("first\n…\nlast\n", "first\n2\n3\n")


def test_output_that_the_page_does_not_show_is_an_error(tmp_path):
    with pytest.raises(AssertionError, match="does not show"):
        results("```python\nprint(1)\n```\n", tmp_path)


def test_output_that_nothing_prints_is_an_error(tmp_path):
    with pytest.raises(AssertionError, match="nothing prints"):
        results("```python\nx = 1\n```\n\n```text\n1\n```\n", tmp_path)


def test_a_page_is_written_anew_where_it_says_something_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("\n2\n", "\n3\n").replace("    2", "    3"), encoding="utf-8")
    assert rewrite(page) == 1
    assert page.read_text(encoding="utf-8") == PAGE
    assert rewrite(page) == 0


def test_commands_run_in_the_folder_of_the_files(tmp_path):
    text = '```python title="l.py"\nX = 1\n```\n\n```console\n$ gradcheck verify l.py\n```\n'
    ((_, printed),) = results(text, tmp_path)
    assert printed.startswith("$ gradcheck verify l.py\ngradcheck: 'l.py'")
