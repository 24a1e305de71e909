"""The first weeks and months of a child: rooming in, health care, preterm care, jaundice.

Vaccines by the national programme; https://hl7.org/fhir/R4/immunization.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging, operate, vaccinate
from xinglin.simulator.chart import DAY, HOUR, Chart
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.newborn import score
from xinglin.simulator.notes import admission_note, discharge_note, note, progress_note
from xinglin.simulator.vitals import growth, vitals

from .clinic import seen
from .deck import course
from .ward import admission_day, admit, discharge, emergency, move, outpatient, rounds

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.simulator.visit import Visit


def rooming_in(child: Chart, birth: datetime, end: datetime) -> None:
    """The healthy newborn beside the mother: screening, vaccines, bilirubin by eye and blood."""
    baby = child.person
    stay = admit(child, "COT", birth, end, "born", "出生后", "newborn")
    stay.diagnose("liveborn", birth + timedelta(minutes=30), "DD", since=birth, until=end)
    score(stay, birth + timedelta(minutes=5), 9, 10)
    growth(stay, birth + timedelta(minutes=20), baby.height, baby.weight, 34.0)
    prescribe(stay, "vitamin_k", birth + timedelta(minutes=50), 1, once=True)
    vaccinate(stay, "hepb", birth + 6 * HOUR, 1)
    vaccinate(stay, "bcg", (birth + DAY).replace(hour=10, minute=30), 1)
    child.fall_ill(
        Illness(birth, birth + 3 * DAY, effects(tbil=(child.chance.between(110, 190), 5.0)))
    )
    day = (birth + 2 * DAY).replace(hour=7, minute=10)
    if day + 3 * HOUR < end:
        labs(stay, "bili", day)
    measured = vitals(stay, (birth + DAY).replace(hour=8, minute=5), "temp hr rr")
    progress_note(
        stay,
        (birth + DAY).replace(hour=9, minute=15),
        birth,
        f"{measured}。",
        "反应好，吸吮有力，已排胎便，听力筛查通过。",
    )
    discharge_note(
        stay,
        end - HOUR,
        "足月新生儿，母婴同室，母乳喂养。",
        "反应好，脐部干燥。",
        "社区访视，一月后儿童保健。",
    )
    stay.leave(end, "home")
    for months, words in (
        (1.4, "体重增长满意，可短暂抬头。"),
        (3.2, "竖头稳，逗笑。"),
        (6.2, "可独坐片刻，添加辅食。"),
    ):
        visit = outpatient(
            child,
            "CHC",
            "WC",
            birth + timedelta(days=months * 30.4),
            "儿童保健",
            "well-child visit",
        )
        well(visit, words, months)


def well(visit: Visit, words: str, months: float) -> None:
    """One visit of child health care: growth, vaccines that are due, the note."""
    chart = visit.chart
    growth(visit, visit.start + timedelta(minutes=5), *measures(chart, months))
    due = _due(months)
    for turn, (key, dose) in enumerate(due):
        vaccinate(visit, key, visit.start + timedelta(minutes=12 + 3 * turn), dose)
    visit.diagnose("well_child", visit.last + timedelta(minutes=1), "DD", until=visit.start + DAY)
    note(visit, "outpatient", visit.last + timedelta(minutes=4),
         [("主诉", visit.complaint, []), ("体格检查", words, []), ("处理意见", "按期接种疫苗，母乳及辅食喂养指导。" if due else "喂养和发育指导。", [])])  # fmt: skip
    visit.leave()


def measures(chart: Chart, months: float) -> tuple[float, float, float]:
    """Length, weight, head circumference at an age in months, on the child's own curve."""
    factor = chart.usual.setdefault("growth", chart.chance.normal(1.0, 0.04))
    if months <= 24:
        length, weight = 50 + 25.0 * (months / 12) ** 0.6, 3.3 + 6.6 * (months / 12) ** 0.55
        return (
            length * (1 + (factor - 1) * 0.5),
            weight * factor,
            34.2 + 12 * (months / 12) ** 0.5 * 0.95,
        )
    years = months / 12
    return (
        (86 + 6.6 * (years - 2)) * (1 + (factor - 1) * 0.6),
        (12.4 + 2.1 * (years - 2)) * factor,
        0.0,
    )


def _due(months: float) -> list[tuple[str, int]]:
    """Doses of the national programme by age in months, at the visits simulated."""
    plan = {
        1: [("hepb", 2)], 3: [("ipv", 1), ("dtap", 1)], 6: [("hepb", 3), ("mena", 1)],
        8: [("mmr", 1), ("je", 1)], 18: [("dtap", 4), ("mmr", 2), ("hepa", 1)], 24: [("je", 2)],
        36: [("mena", 2)],
    }  # fmt: skip
    return plan.get(int(months), [])


def incubator(child: Chart, birth: datetime, end: datetime, weeks: int) -> None:
    """The preterm child in intensive care, from the first breath to going home."""
    chance = child.chance
    child.fall_ill(Illness(birth, birth + 20 * HOUR, effects(
        rr=(66.0, 3.0), spo2=(88.0, 2.0), ph=(7.25, 0.7), pco2=(58.0, 1.0), po2=(50.0, 1.5), hr=(158.0, 4.0), lac=(3.4, 1.0))))  # fmt: skip
    child.fall_ill(
        Illness(
            birth, birth + 4 * DAY, effects(tbil=(chance.between(175, 240), 3.5), hgb=(160.0, 14.0))
        )
    )
    stay = admit(
        child,
        "NICU",
        birth + timedelta(minutes=20),
        end,
        "born",
        f"胎龄{weeks}周早产，呼吸困难20分钟",
        "preterm with breathing trouble",
    )
    start = stay.start
    why = stay.diagnose("rds", start + HOUR, "AD", since=birth, until=birth + 9 * DAY)
    stay.diagnose("preterm", start + HOUR, "CM", since=birth, until=end)
    score(stay, start, 6, 8)
    baby = child.person
    growth(stay, start + timedelta(minutes=8), baby.height, baby.weight, 24.5 + (weeks - 29))
    labs(stay, "abg cbc", start + timedelta(minutes=25))
    prescribe(stay, "surfactant", start + timedelta(minutes=40), 1, why, once=True)
    prescribe(stay, "caffeine", start + HOUR, 20, why)
    operate(stay, "cpap", start + timedelta(minutes=30), 60 * 24 * 6, why, surgery=False)
    imaging(
        stay,
        "chest_xr",
        start + timedelta(minutes=35),
        "双肺透亮度减低，呈毛玻璃样改变，符合呼吸窘迫综合征。",
    )
    measured = vitals(stay, start + timedelta(minutes=15), "temp hr rr spo2")
    admission_note(
        stay,
        start + 3 * HOUR,
        f"胎龄{weeks}周，生后即出现呻吟、吸气性三凹征。",
        f"{measured}。呻吟，三凹征阳性。",
        "肺表面活性物质，无创通气，暖箱，母乳微量喂养。",
    )
    labs(stay, "abg short", start + DAY)
    jaundice = stay.diagnose(
        "jaundice", start + 3 * DAY, "CM", since=start + 2 * DAY, until=start + 9 * DAY
    )
    labs(stay, "bili", (start + 3 * DAY).replace(hour=6, minute=0))
    operate(
        stay,
        "phototherapy",
        (start + 3 * DAY).replace(hour=9, minute=0),
        60 * 40,
        jaundice,
        surgery=False,
    )
    labs(stay, "bili cbc", (start + 6 * DAY).replace(hour=6, minute=0))
    stay.diagnose("apnoea", start + 5 * DAY, "CM", since=start + 4 * DAY, until=start + 20 * DAY)
    length = int((end - start) / DAY)
    for day in range(7, length, 7):
        when = (start + day * DAY).replace(hour=9, minute=10)
        growth(
            stay,
            when,
            baby.height + day * 0.14,
            baby.weight + max(day - 8, 0) * 0.024,
            24.5 + (weeks - 29) + day * 0.1,
        )
    rounds(stay, end, ["无创通气下氧合改善，微量母乳喂养耐受。", "停氧，奶量增加，体重增长。", "全量经口喂养，体温稳定。"],
           signs="temp hr rr spo2", every=4)  # fmt: skip
    growth(
        stay,
        end - 4 * HOUR,
        baby.height + length * 0.14,
        baby.weight + max(length - 8, 0) * 0.024,
        0.0,
    )
    vaccinate(stay, "hepb", end - 3 * HOUR, 1)
    discharge(
        stay,
        end,
        "予肺表面活性物质、无创通气、咖啡因、光疗及母乳喂养。",
        "吃奶好，体重增长，自主呼吸平稳。",
        "高危儿门诊随访，眼底筛查。",
    )
    move(stay, [("NICU", start, end)])


@course("jaundice", 3, ages=(0.02, 2.9), stream="jaundice")
def jaundice(chart: Chart) -> None:
    """A newborn of five days, bilirubin high (in some at the critical limit), phototherapy."""
    chance = chart.chance
    days = chance.whole(3, 5)
    came = admission_day(chart, days) + chance.minutes(8 * 60, 20 * 60)
    age = chance.whole(5, 7)
    chart.person.born = (came - age * DAY).date()
    chart.person.rename(chance)
    chart.person.height, chart.person.weight = 50.5, chance.between(2.9, 3.7)
    high = chance.between(346, 380) if chance.happens(0.4) else chance.between(270, 325)
    chart.fall_ill(
        Illness(came - 4 * DAY, came + 3 * HOUR, effects(tbil=(high, 1.1), dbil=(14.0, 1.5)))
    )
    zh, en = f"皮肤黄染{age - 2}天", "yellow skin"
    first = emergency(chart, "WC", came, zh, en)
    seen(first, history=f"生后2天出现皮肤黄染，渐加重，足月顺产，母乳喂养，生后{age}天。", exam="全身皮肤重度黄染，反应可，吸吮有力。",
         plan="收入新生儿科光疗。", diagnoses=("jaundice",), lasts=days, labs="bili cbc", signs="temp hr rr")  # fmt: skip
    start = first.last + timedelta(minutes=25)
    end = (came + days * DAY).replace(hour=10, minute=20)
    stay = admit(chart, "NICU", start, end, "emd", zh, en)
    why = stay.diagnose(
        "jaundice", start + timedelta(minutes=30), "AD", since=came - 3 * DAY, until=end
    )
    growth(stay, start + timedelta(minutes=10), chart.person.height, chart.person.weight, 34.5)
    operate(
        stay,
        "phototherapy",
        start + timedelta(minutes=40),
        60 * 36,
        why,
        outcome="胆红素下降",
        surgery=False,
    )
    measured = vitals(stay, start + timedelta(minutes=12), "temp hr rr spo2")
    admission_note(
        stay,
        start + 3 * HOUR,
        "足月儿，生后2天起黄染加重。",
        f"{measured}。全身皮肤黄染，肌张力正常。",
        "强光疗，监测胆红素，补足奶量。",
    )
    labs(stay, "bili", start + 7 * HOUR)
    labs(stay, "bili", (start + 2 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["光疗后黄疸减轻，吃奶好。"], signs="temp hr rr spo2")
    discharge(
        stay,
        end,
        "予强光疗，胆红素下降至安全水平。",
        "皮肤轻度黄染，反应好。",
        "三天后门诊复测经皮胆红素。",
    )
