"""How drug names are typed, polyphones included."""

import pytest

from xinglin.group.catalogue.spelling import spellings


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("阿莫西林", "amxl"),
        ("阿莫西林", "amoxilin"),
        ("阿莫西林", "emxl"),
        ("单硝酸异山梨酯片", "dxsyslzp"),
        ("重组人胰岛素注射液", "czryds" + "zsy"),
        ("硝苯地平控释片", "xiaobendipingkongshipian"),
        ("0.9%氯化钠注射液", "lhnzsy"),
        ("氯化钠", "luhuana"),
        ("参麦注射液", "smzsy"),
        ("泊沙康唑口服混悬液", "bskz" + "kfhxy"),
        ("维生素B12注射液", "wssb12zsy"),
        ("维生素B12注射液", "wsszsy"),
        ("乐伐替尼", "lftn"),
    ],
)
def test_typed(name, typed):
    assert typed in spellings(name)


def test_latin_has_no_pinyin():
    assert spellings("amoxicillin") == []
