"""Cancer: breast cancer with surgery and cycles, lung cancer to its end.

Chemotherapy every three weeks, blood counts before each cycle.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging, operate
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import discharge_note, note
from xinglin.simulator.vitals import size, vitals

from .clinic import seen
from .deck import course
from .ward import admit, clerk, die, discharge, emergency, outpatient, owned, rounds

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.simulator.chart import Chart
    from xinglin.simulator.codes import Json


def _first_day(chart: Chart, low: int, high: int) -> datetime:
    """A day early in the window; current ones are in the middle of their treatment now."""
    return owned(chart).starts[-1] + chart.chance.whole(low, high) * DAY


@course("breast-cancer", 3, ages=(36, 70), sex="female", stream="breast")
def breast_cancer(chart: Chart) -> None:
    """A lump, surgery, six cycles; after one the white cells fall to a critical value."""
    chance = chart.chance
    start = (_first_day(chart, 0, 8)).replace(hour=9, minute=chance.whole(0, 50))
    side, size_mm = chance.pick(["左", "右"]), chance.whole(14, 32)
    chart.usual |= {"ca153": chance.between(14, 40)}
    first = outpatient(chart, "THYR", "EC", start - 14 * DAY, f"发现{side}乳肿块1月", "breast lump")
    (why,) = seen(first, history=f"1月前自检发现{side}乳肿块，无疼痛溢液。", exam=f"{side}乳外上象限质硬肿块约{size_mm}mm，边界不清，腋窝可及肿大淋巴结。",
                  plan="穿刺病理证实后住院手术。", diagnoses=("breast_cancer",), lasting=True, labs="tumour", signs="temp hr bp",
                  images=(("breast_us", f"{side}乳低回声肿块{size_mm}mm，BI-RADS 5类。"),))  # fmt: skip
    end = (start + 7 * DAY).replace(hour=10, minute=0)
    stay = admit(chart, "THYR", start, end, "outp", f"{side}乳癌待手术", "breast surgery")
    stay.recall("breast_cancer", why, "AD")
    labs(stay, "cbc coag short screen", start + HOUR)
    clerk(
        stay,
        f"发现{side}乳肿块，穿刺病理为浸润性癌，入院手术。",
        f"{side}乳质硬肿块。",
        "完善检查，手术治疗。",
    )
    knife = (start + DAY).replace(hour=chance.whole(9, 13), minute=30)
    operate(stay, "mastectomy", knife, 130, why, outcome="手术顺利")
    note(
        stay,
        "operation",
        knife + 5 * HOUR,
        [("记录", f"全麻下行{side}乳癌改良根治术，出血约80ml，放置引流管2根。", [])],
    )
    imaging(
        stay,
        "pathology",
        knife + 2 * HOUR,
        f"浸润性导管癌Ⅱ级，{size_mm}mm，ER（+80%），HER2（1+），淋巴结2/16转移。",
        hours=70,
    )
    rounds(stay, end, ["术后恢复好，引流液减少。"])
    discharge(
        stay, end, f"行{side}乳癌改良根治术，恢复顺利。", "切口愈合好。", "三周后肿瘤科化疗。"
    )
    nadir = chance.whole(1, 3)
    for cycle in range(6):
        day = (start + (26 + 21 * cycle) * DAY).replace(hour=8, minute=40)
        _cycle(chart, day, cycle + 1, why)
        if cycle + 1 == nadir:
            _neutropenia(chart, day + 8 * DAY + chance.minutes(60, 600))
    later = outpatient(
        chart, "ONCO", "NH", start + 175 * DAY, "乳腺癌化疗后随访", "oncology review"
    )
    seen(later, history="化疗结束，轻度乏力。", exam="胸壁切口愈合好，未及肿大淋巴结。", plan="内分泌治疗。", known=(("breast_cancer", why),),
         labs="cbc tumour", signs="hr bp", drugs=(("letrozole", 28),))  # fmt: skip


def _cycle(chart: Chart, day: datetime, number: int, why: Json) -> None:
    """Two days in the oncology ward."""
    end = (day + DAY).replace(hour=16, minute=0)
    stay = admit(chart, "ONCO", day, end, "outp", f"乳腺癌第{number}周期化疗", "chemotherapy")
    stay.recall("breast_cancer", why, "AD")
    stay.diagnose("chemo", day + timedelta(minutes=20), "DD", until=end)
    measured = vitals(stay, day + timedelta(minutes=12))
    if number == 1:
        size(stay, day + timedelta(minutes=14))
    labs(stay, "cbc", day + timedelta(minutes=20))
    given = day + 5 * HOUR
    for key in (
        "ondansetron",
        "dexamethasone",
        *(("epirubicin", "cyclophosphamide") if number < 5 else ("docetaxel",)),
    ):
        prescribe(stay, key, given - HOUR, 1, why, once=True)
    operate(stay, "chemotherapy", given, 200, why, outcome="输注顺利，无过敏反应", surgery=False)
    discharge_note(
        stay,
        end - HOUR,
        f"入院查血常规符合化疗条件，完成第{number}周期化疗。",
        f"{measured}。轻度恶心，无呕吐。",
        "化疗后第8天复查血常规，三周后返院。",
    )
    stay.leave(end, "home")
    chart.fall_ill(
        Illness(
            given, given + 8 * DAY, effects(wbc=(3.1, 3.0), plt=(118.0, 4.0), hgb=(102.0, 20.0))
        )
    )


def _neutropenia(chart: Chart, came: datetime) -> None:
    chart.fall_ill(
        Illness(
            came - 3 * DAY,
            came,
            effects(wbc=(0.9, 1.5), neutp=(22.0, 3.0), temp=(38.3, 0.6), hr=(104.0, 1.0)),
        )
    )
    visit = emergency(chart, "LH", came, "化疗后发热1天", "fever after chemotherapy")
    seen(visit, history="化疗后第8天，发热38℃以上，无咳嗽腹泻。", exam="咽部轻度充血，双肺清。", plan="升白细胞，经验性抗感染，保护性隔离，次日复查。",
         diagnoses=("neutropenia",), lasts=8, labs="cbc inflam", signs="temp hr rr bp spo2",
         drugs=(("pegfilgrastim", 0), ("levofloxacin|cefuroxime", 5)))  # fmt: skip


@course("lung-cancer", 3, ages=(52, 82), stream="lung")
def lung_cancer(chart: Chart) -> None:
    """Advanced lung cancer: chemotherapy, then palliative care; the patient dies."""
    chance = chart.chance
    start = _first_day(chart, 0, 20).replace(hour=9, minute=chance.whole(0, 50))
    if owned(chart).current:
        start += 40 * DAY
    chart.fall_ill(Illness(start - 90 * DAY, start + 100 * DAY, effects(
        cea=chance.between(38, 120), hgb=94.0, alb=30.0, ldh=420.0, spo2=92.0, hr=92.0, na=131.0)))  # fmt: skip
    first = outpatient(
        chart, "RESP", "LH", start - 10 * DAY, "咳嗽、痰中带血1月", "blood in the sputum"
    )
    (why,) = seen(first, history="1月来刺激性咳嗽，痰中带血，体重下降4kg。", exam="右上肺呼吸音减弱，锁骨上可及肿大淋巴结。", plan="穿刺病理，肿瘤科治疗。",
                  diagnoses=("lung_cancer",), lasting=True, labs="cea cbc", signs="temp hr bp spo2",
                  images=(("chest_ct", "右肺上叶占位48mm，纵隔淋巴结肿大，双肺多发结节，考虑肺癌伴转移。"),))  # fmt: skip
    for cycle in range(3):
        day = (start + 21 * cycle * DAY).replace(hour=9, minute=0)
        end = (day + 3 * DAY).replace(hour=10, minute=0)
        stay = admit(chart, "ONCO", day, end, "outp", f"肺癌第{cycle + 1}周期化疗", "chemotherapy")
        stay.recall("lung_cancer", why, "AD")
        stay.diagnose("chemo", day + HOUR, "DD", until=end)
        labs(stay, "cbc short" if cycle != 1 else "cbc", day + HOUR)
        if cycle == 0:
            clerk(
                stay,
                "咳嗽、痰血，病理为腺癌，全身多发转移。",
                "右上肺呼吸音减弱。",
                "培美曲塞联合卡铂化疗。",
            )
        given = (day + DAY).replace(hour=10)
        for key in ("folic", "ondansetron", "pemetrexed", "carboplatin"):
            prescribe(stay, key, given - HOUR, 1, why, once=True)
        operate(stay, "chemotherapy", given, 220, why, surgery=False)
        discharge(stay, end, "完成化疗，无严重不良反应。", "一般情况可。", "三周后返院。")
    day = (start + 92 * DAY).replace(hour=14, minute=20)
    over = day + chance.whole(5, 11) * DAY + chance.minutes(0, 600)
    stay = admit(chart, "ONCO", day, over, "outp", "气促、消瘦加重1周", "palliative care")
    stay.recall("lung_cancer", why, "AD")
    prescribe(stay, "morphine", day + HOUR, 5, why)
    labs(stay, "cbc short", day + HOUR)
    clerk(
        stay,
        "疾病进展，气促、疼痛加重，家属要求舒缓治疗。",
        "恶病质，呼吸急促。",
        "舒缓治疗：吗啡缓释片止痛、吸氧、营养支持。",
    )
    rounds(stay, over, ["疼痛控制可，气促，家属知情并要求不行有创抢救。"])
    die(stay, over, "肺癌晚期，呼吸循环衰竭，遵家属意愿未行有创抢救。")
