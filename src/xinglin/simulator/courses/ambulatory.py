"""Eyes, blood, women's clinic and check-ups: patients who mostly walk in and out.

Courses of illness, invented; see the package for what a course is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging, operate, vaccinate
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import discharge_note, findings, note
from xinglin.simulator.vitals import size, vitals

from .clinic import seen
from .deck import course
from .ward import admission_day, admit, outpatient

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.simulator.chart import Chart


@course("cataract", 4, ages=(60, 88), stream="eye")
def cataract(chart: Chart) -> None:
    """Day surgery of one eye, controls on the next day and after a month."""
    chance = chart.chance
    start = admission_day(chart, 1, share=0.3).replace(
        hour=chance.whole(7, 9), minute=chance.whole(5, 55)
    )
    while start.weekday() > 4:
        start += DAY
    eye = chance.pick(["左", "右"])
    first = outpatient(
        chart, "OPHT", "EC", start - 12 * DAY, f"{eye}眼视力下降1年", "failing sight"
    )
    (why,) = seen(first, history="1年来视物模糊渐加重，无眼痛。", exam=f"{eye}眼视力0.15，晶状体核性混浊Ⅲ级。", plan="日间手术。", diagnoses=("cataract",),
                  lasting=True, labs="glucose cbc coag", signs="temp hr bp", images=(("eye_exam", f"{eye}眼晶状体混浊，眼压15mmHg，眼底窥不清。"),))  # fmt: skip
    end = start.replace(hour=16, minute=30)
    stay = admit(
        chart,
        "DAY",
        start,
        end,
        "outp",
        f"{eye}眼白内障日间手术",
        "cataract day surgery",
        kind="SS",
    )
    stay.recall("cataract", why, "AD")
    measured = vitals(stay, start + timedelta(minutes=10), "temp hr rr bp")
    knife = start + chance.minutes(120, 220)
    operate(stay, "phaco", knife, 18, why, outcome="手术顺利")
    operate(stay, "iol", knife + timedelta(minutes=18), 6, why, outcome="人工晶状体位正")
    note(
        stay,
        "operation",
        knife + timedelta(minutes=60),
        [("记录", f"表面麻醉下行{eye}眼白内障超声乳化吸除联合人工晶状体植入术，无并发症。", [])],
    )
    for key in ("eye_levofloxacin", "eye_prednisolone"):
        prescribe(stay, key, end - 2 * HOUR, 14, why, discharge=True)
    discharge_note(
        stay,
        end - HOUR,
        "日间手术完成，术眼无疼痛。",
        f"{measured}。术眼敷料干燥。",
        "次日复查，勿揉眼。",
    )
    stay.leave(end, "home")
    for gap, sight in ((1, "0.6"), (32, "0.8")):
        later = outpatient(
            chart, "OPHT", "EC", start + gap * DAY, "白内障术后复查", "after cataract surgery"
        )
        seen(later, history="视物清晰，无疼痛。", exam=f"{eye}眼视力{sight}，角膜透明，人工晶状体位正。", plan="继续滴眼。",
             known=(("cataract", why),), signs="", images=(("eye_exam", f"{eye}眼视力{sight}，眼压14mmHg。"),))  # fmt: skip


@course("iron-deficiency", 4, ages=(19, 49), sex="female")
def iron_deficiency(chart: Chart) -> None:
    """Heavy periods, low ferritin, haemoglobin that climbs under iron."""
    chance = chart.chance
    day = chart.now - chance.whole(200, 900) * DAY
    low = chance.between(74, 98)
    chart.fall_ill(Illness(day - 500 * DAY, day + 10 * DAY, effects(
        hgb=(low, 26.0), mcv=(chance.between(68, 76), 55.0), fer=(chance.between(4, 9), 70.0), iron=(4.8, 25.0), tibc=(82.0, 50.0),
        plt=(350.0, 40.0), hr=(92.0, 25.0))))  # fmt: skip
    first = outpatient(chart, "HAEM", "LH", day, "乏力、头晕3月", "tiredness")
    (why, _) = seen(first, history="3月来乏力、头晕、活动后心慌，月经量多。", exam="贫血貌，睑结膜苍白，肝脾不大。", plan="补铁，妇科评估月经过多。",
                    diagnoses=("ida", "menorrhagia"), lasting=True, labs="cbc iron vitb", signs="temp hr bp", drugs=(("ferrous", 28),))  # fmt: skip
    second = outpatient(chart, "GYNE", "WC", day + 7 * DAY, "月经量多1年", "heavy periods")
    seen(second, history="月经周期28天，经期8天，量多有血块。", exam="子宫稍大，附件区未及包块。", plan="止血治疗，随访。",
         known=(("ida", why),), signs="hr bp", images=(("pelvis_us", "子宫肌层回声不均，内膜10mm，附件未见异常。"),), drugs=(("tranexamic", 5),))  # fmt: skip
    for gap in (30, 95, 180):
        later = outpatient(chart, "HAEM", "LH", day + gap * DAY, "贫血复查", "anaemia review")
        seen(later, history="乏力改善，大便发黑。", exam="睑结膜较前红润。", plan="继续补铁至铁蛋白正常。", known=(("ida", why),),
             labs="cbc" if gap < 60 else "cbc iron", signs="hr bp", drugs=(("ferrous", 28),))  # fmt: skip


@course("vaginitis", 6, ages=(20, 50), sex="female")
def vaginitis(chart: Chart) -> None:
    """One visit to the women's clinic."""
    visit = outpatient(
        chart, "GYNE", "WC", chart.now - chart.chance.whole(5, 950) * DAY, "外阴瘙痒3天", "itching"
    )
    seen(visit, history="3天来外阴瘙痒，白带呈豆渣样。", exam="外阴充血，阴道内豆渣样分泌物。", plan="局部用药，停药后复查。",
         diagnoses=("vaginitis",), lasts=14, signs="temp hr bp", drugs=(("clotrimazole", 3),))  # fmt: skip


@course("check-up", 38, ages=(22, 72))
def check_up(chart: Chart) -> None:
    """Yearly check-ups of healthy people, some with findings that drift."""
    chance = chart.chance
    campus = chance.pick(["LH", "NH"])
    times = chance.whole(1, 3)
    last = chart.now - chance.whole(10, 360) * DAY
    fat = chance.happens(0.35)
    if fat:
        chart.person.weight *= 1.16
        chart.usual |= {
            "tg": chance.between(1.8, 3.1),
            "alt": chance.between(42, 78),
            "ua": chance.between(395, 470),
        }
    for turn in range(times):
        _visit(chart, campus, last - (times - 1 - turn) * 365 * DAY, fat)


def _visit(chart: Chart, campus: str, day: datetime, fat: bool) -> None:
    visit = outpatient(chart, "CHK", campus, day, "健康体检", "check-up")
    start = visit.start
    measured = vitals(visit, start + timedelta(minutes=5), "hr bp")
    size(visit, start + timedelta(minutes=7))
    labs(
        visit,
        "cbc liver lipid fasting" if visit.chance.happens(0.4) else "cbc lipid fasting",
        start + timedelta(minutes=12),
    )
    imaging(
        visit,
        "abdomen_us",
        start + timedelta(minutes=20),
        "肝脏回声增强，符合脂肪肝；余未见异常。" if fat else "肝胆胰脾双肾未见明显异常。",
    )
    if chart.person.years(start) > 60:
        vaccinate(visit, "flu", start + timedelta(minutes=40), 1)
    decided = visit.last + timedelta(minutes=8)
    visit.diagnose("checkup", decided, "DD", until=decided + DAY)
    if fat:
        visit.diagnose("fatty_liver", decided, "DD", lasting=True)
    note(visit, "checkup", decided + timedelta(minutes=10),
         [("体格检查", f"{measured}。心肺腹查体未见异常。", []), findings(visit, start, decided),
          ("处理意见", "控制体重，低脂饮食，三月后复查肝功能血脂。" if fat else "未见明显异常，保持健康生活方式，每年体检。" if not visit.facts else "请按异常结果专科随访。", [])])  # fmt: skip
    visit.leave()
