"""Pregnancy, birth and the newborn: mother and child are two patients in one bundle.

RelatedPerson and Patient.link, https://hl7.org/fhir/R4/patient.html#maternity
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import operate
from xinglin.simulator.chart import DAY, HOUR, Chart
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.newborn import born
from xinglin.simulator.notes import note

from .clinic import seen
from .deck import course
from .newborns import incubator, rooming_in
from .ward import admission_day, admit, clerk, discharge, outpatient, rounds

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.simulator.codes import Json
    from xinglin.simulator.visit import Visit


def _antenatal(chart: Chart, birth: datetime, weeks: int, *, sugar: bool = False) -> Json:
    """Four antenatal visits; answers the pregnancy as a condition."""
    conceived = birth - weeks * 7 * DAY
    chart.person.weight = max(chart.person.weight, 50.0)
    chart.fall_ill(
        Illness(
            conceived, birth + DAY, effects(hgb=(111.0, 20.0), hr=(84.0, 10.0), alb=(36.0, 10.0))
        )
    )
    known: list[tuple[str, Json]] = []
    for week in (12, 20, 28, 35):
        if week > weeks - 2:
            continue
        visit = outpatient(
            chart,
            "OBST",
            "WC",
            conceived + week * 7 * DAY,
            f"停经{week}周，产前检查",
            "antenatal visit",
        )
        panels = {
            12: "cbc thyroid screen short",
            20: "urine",
            28: "cbc fasting urine",
            35: "cbc coag urine",
        }[week]
        finding = {
            12: "宫内早孕，胎心可见，头臀长符合孕周。", 20: "胎儿结构筛查未见明显异常。",
            28: "胎儿大小符合孕周，羊水正常。", 35: "头位，胎儿大小符合孕周。",
        }[week]  # fmt: skip
        womb = f"宫高符合孕{week}周" if week > 12 else "子宫增大如孕12周"
        extra: tuple[str, ...] = (
            ("pregnancy",) if week == 12 else ("gdm",) if sugar and week == 28 else ()
        )
        made = seen(visit, history=f"孕{week}周，无腹痛及阴道流血。", exam=f"{womb}，胎心率{chart.chance.whole(132, 152)}次/分。",
                    plan="按期产检，补充叶酸和铁剂。" if week < 28 else "监测胎动，按期产检。", diagnoses=extra,
                    lasts=(weeks - week) * 7 + 1, known=tuple(known), labs=panels, signs="temp hr bp",
                    images=(("obstetric_us", finding),), drugs=(("folic", 28),) if week == 12 else ())  # fmt: skip
        if week == 12:
            known.append(("pregnancy", made[0]))
    return known[0][1]


@course("delivery", 7, ages=(21.5, 40), sex="female", stream="birth")
def delivery(chart: Chart) -> None:
    """A normal birth at term; mother and child go home together after two or three days."""
    chance = chart.chance
    days = chance.whole(3, 4)
    start = admission_day(chart, days) + chance.minutes(20, 16 * 60)
    birth = start + chance.minutes(300, 780)
    weeks = chance.whole(38, 41)
    _antenatal(chart, birth, weeks, sugar=chance.happens(0.15))
    end = (start + days * DAY).replace(hour=10, minute=15)
    stay = admit(chart, "OBST", start, end, "outp", f"停经{weeks}周，规律腹痛3小时", "labour")
    labs(stay, "cbc coag", start + timedelta(minutes=20))
    clerk(
        stay,
        f"孕{weeks}周，规律宫缩3小时，无阴道流液。",
        "宫口开大2cm，头先露，胎心正常。",
        "待产，监测胎心宫缩。",
    )
    why = stay.diagnose("delivery", birth + timedelta(minutes=1), "DD", since=start, until=end)
    operate(
        stay, "delivery", birth - timedelta(minutes=30), 30, why, outcome="活婴娩出", surgery=False
    )
    prescribe(stay, "oxytocin", birth + timedelta(minutes=6), 1, why, once=True)
    child = born(chart, birth, chance.between(2.75, 3.95), chance.whole(48, 52))
    _birth_note(stay, child, birth, "会阴Ⅰ度裂伤缝合，产时出血约200ml。")
    labs(stay, "hb", (birth + DAY).replace(hour=6, minute=10))
    rounds(stay, end, ["产后恢复好，子宫复旧可，恶露少，母乳喂养。"])
    discharge(stay, end, "顺产一活婴，产后恢复好。", "宫底脐下两指，恶露少。", "产后42天复查。")
    rooming_in(child, birth, end)
    _after_birth(chart, end)


@course("caesarean", 4, ages=(23.5, 43), sex="female", stream="birth")
def caesarean(chart: Chart) -> None:
    """A planned caesarean section for a scarred uterus."""
    chance = chart.chance
    days = chance.whole(5, 6)
    start = admission_day(chart, days).replace(hour=9, minute=chance.whole(0, 50))
    birth = (start + DAY).replace(hour=chance.whole(9, 11), minute=chance.whole(10, 50))
    _antenatal(chart, birth, 39)
    end = (start + days * DAY).replace(hour=10, minute=20)
    stay = admit(
        chart, "OBST", start, end, "outp", "停经39周，瘢痕子宫，要求手术", "planned caesarean"
    )
    labs(stay, "cbc coag short", start + timedelta(minutes=40))
    clerk(
        stay,
        "孕39周，既往剖宫产一次，无腹痛。",
        "宫高34cm，腹围98cm，头位，胎心正常。",
        "次日行剖宫产术。",
    )
    prescribe(stay, "cefazolin|clindamycin", birth - timedelta(minutes=40), 1)
    why = stay.diagnose("caesarean", birth + timedelta(minutes=1), "DD", since=start, until=end)
    operate(stay, "caesarean", birth - timedelta(minutes=10), 50, why, outcome="活婴娩出")
    prescribe(stay, "oxytocin", birth + timedelta(minutes=2), 1, why, once=True)
    prescribe(stay, "enoxaparin", birth + 10 * HOUR, 3, why)
    child = born(chart, birth, chance.between(2.9, 4.0), chance.whole(48, 52))
    _birth_note(stay, child, birth, "腰硬联合麻醉下行子宫下段剖宫产术，术中出血约300ml。")
    labs(stay, "hb", (birth + DAY).replace(hour=6, minute=15))
    rounds(stay, end, ["术后排气，切口干燥，子宫复旧好。"])
    prescribe(stay, "ferrous", end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, "行子宫下段剖宫产术，恢复顺利。", "切口愈合好，恶露少。", "产后42天复查。")
    rooming_in(child, birth, end)
    _after_birth(chart, end)


def _birth_note(stay: Visit, child: Chart, birth: datetime, words: str) -> None:
    baby = child.person
    note(stay, "delivery", birth + timedelta(minutes=100),
         [("记录", (f"娩出一活{'男' if baby.sex == 'male' else '女'}婴，体重{baby.weight * 1000:.0f}g，"
           f"身长{baby.height:.0f}cm，Apgar评分1分钟9分、5分钟10分。{words}"), [])])  # fmt: skip


def _after_birth(chart: Chart, end: datetime) -> None:
    later = outpatient(chart, "OBST", "WC", end + 40 * DAY, "产后42天复查", "postnatal visit")
    seen(later, history="母乳喂养，恶露已净。", exam="子宫复旧好，切口或会阴愈合好。", plan="避孕指导，盆底康复。",
         labs="cbc", signs="temp hr bp")  # fmt: skip


@course("preterm", 2, ages=(21.5, 41), sex="female", stream="preterm")
def preterm(chart: Chart) -> None:
    """Born at 29 to 33 weeks: surfactant, CPAP, caffeine, phototherapy, weeks in the NICU."""
    chance = chart.chance
    weeks, days = chance.whole(29, 33), chance.whole(30, 52)
    start = admission_day(chart, days + 2) + chance.minutes(30, 600)
    birth = start + chance.minutes(60 * 20, 60 * 40)
    _antenatal(chart, birth, weeks)
    out = (birth + 4 * DAY).replace(hour=10, minute=30)
    stay = admit(chart, "OBST", start, out, "emd", f"停经{weeks}周，阵发性腹痛", "preterm labour")
    labs(stay, "cbc crp coag", start + timedelta(minutes=20))
    prescribe(stay, "dexamethasone", start + HOUR, 1)
    clerk(
        stay,
        f"孕{weeks}周，规律腹痛4小时，少许见红。",
        "宫口开大1cm，胎心正常。",
        "促胎肺成熟，抑制宫缩。",
    )
    why = stay.diagnose(
        "preterm_delivery", birth + timedelta(minutes=1), "DD", since=start, until=out
    )
    operate(
        stay,
        "delivery",
        birth - timedelta(minutes=20),
        20,
        why,
        outcome="早产活婴娩出",
        surgery=False,
    )
    prescribe(stay, "oxytocin", birth + timedelta(minutes=5), 1, why, once=True)
    child = born(chart, birth, (weeks - 29) * 0.2 + chance.between(1.05, 1.4), weeks + 8)
    note(stay, "delivery", birth + timedelta(minutes=90),
         [("记录", f"孕{weeks}周早产，娩出一活婴，体重{child.person.weight * 1000:.0f}g，Apgar评分1分钟6分、5分钟8分，转新生儿科。", [])])  # fmt: skip
    rounds(stay, out, ["产后恢复好，已指导挤奶送新生儿科。"])
    discharge(stay, out, "早产分娩，产后恢复好。", "子宫复旧可。", "产后42天复查，按时送母乳。")
    incubator(child, birth, (birth + days * DAY).replace(hour=10, minute=45), weeks)
