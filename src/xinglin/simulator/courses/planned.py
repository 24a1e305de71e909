"""Planned stays: fibroids, rehabilitation, severe depression; and an infected leg.

Courses of illness, invented; see the package for what a course is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging, operate
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import note

from .clinic import seen
from .deck import course
from .ward import admission_day, admit, clerk, discharge, emergency, moment, outpatient, rounds

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart


@course("fibroids", 3, ages=(28, 50), sex="female", stream="gyne")
def fibroids(chart: Chart) -> None:
    """Fibroids with anaemia, taken out by laparoscopy."""
    chance = chart.chance
    days = chance.whole(5, 6)
    start = admission_day(chart, days).replace(hour=9, minute=chance.whole(0, 50))
    size = chance.whole(52, 88)
    chart.fall_ill(
        Illness(
            start - 400 * DAY,
            start + 3 * DAY,
            effects(hgb=(chance.between(92, 112), 40.0), fer=(8.0, 60.0)),
        )
    )
    first = outpatient(chart, "GYNE", "WC", start - 18 * DAY, "月经量多半年", "heavy periods")
    (why, _) = seen(first, history="半年来月经量多，伴血块，经期延长至9天。", exam="子宫增大如孕3月，质硬，无压痛。", plan="住院手术。",
                    diagnoses=("fibroids", "menorrhagia"), lasting=True, labs="cbc iron", signs="temp hr bp",
                    images=(("pelvis_us", f"子宫前壁肌层低回声团{size}mm，考虑肌瘤。"),), drugs=(("ferrous", 18),))  # fmt: skip
    end = (start + days * DAY).replace(hour=10, minute=15)
    stay = admit(chart, "GYNE", start, end, "outp", "子宫肌瘤待手术", "fibroids")
    stay.recall("fibroids", why, "AD")
    labs(stay, "cbc coag short screen", start + HOUR)
    clerk(
        stay,
        "月经量多半年，超声示子宫肌瘤，入院手术。",
        "子宫增大如孕3月。",
        "完善术前检查，腹腔镜手术。",
    )
    knife = (start + DAY).replace(hour=chance.whole(9, 14), minute=15)
    prescribe(stay, "cefuroxime|clindamycin", knife - timedelta(minutes=30), 1, why)
    operate(stay, "myomectomy", knife, 90, why, outcome="手术顺利")
    note(
        stay,
        "operation",
        knife + 4 * HOUR,
        [("记录", f"全麻下行腹腔镜子宫肌瘤剔除术，剔除肌瘤{size}mm，出血约100ml。", [])],
    )
    imaging(stay, "pathology", knife + HOUR, "子宫平滑肌瘤。", hours=34)
    labs(stay, "hb", (knife + DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["术后恢复可，已排气，腹部切口干燥。"])
    prescribe(stay, "ferrous", end - 2 * HOUR, 28, why, discharge=True)
    discharge(
        stay,
        end,
        "行腹腔镜子宫肌瘤剔除术，恢复顺利。",
        "切口愈合好，无阴道流血。",
        "避孕一年，三月后复查超声。",
    )


@course("rehabilitation", 3, ages=(50, 82), stream="rehab")
def rehabilitation(chart: Chart) -> None:
    """Three weeks of training after a stroke elsewhere."""
    chance = chart.chance
    days = chance.whole(18, 26)
    start = admission_day(chart, days).replace(hour=9, minute=chance.whole(10, 50))
    chart.past.append("脑梗死")
    side, score = chance.pick(["左", "右"]), chance.whole(35, 50)
    end = (start + days * DAY).replace(hour=10, minute=30)
    stay = admit(
        chart, "REHA", start, end, "outp", f"{side}侧肢体活动不利1月", "weakness after stroke"
    )
    why = stay.diagnose("stroke_old", start + HOUR, "AD", since=start - 30 * DAY, lasting=True)
    for key in ("aspirin", "atorvastatin"):
        prescribe(stay, key, start + 2 * HOUR, days, why)
    labs(stay, "cbc short lipid", start + HOUR)
    clerk(
        stay,
        f"1月前脑梗死，遗留{side}侧肢体无力，Barthel指数{score}分。",
        f"{side}上肢肌力3级，下肢肌力3+级。",
        "运动疗法、作业疗法，二级预防。",
    )
    for day in range(1, days, 5):
        when = (start + day * DAY).replace(hour=14, minute=10)
        if when.weekday() < 5:
            operate(stay, "training", when, 45, why, surgery=False)
    rounds(
        stay,
        end,
        [
            f"训练耐受好，Barthel指数{score + 10}分。",
            f"可独立床椅转移，Barthel指数{score + 20}分。",
        ],
        every=3,
    )
    prescribe(stay, "aspirin", end - 2 * HOUR, 28, why, discharge=True)
    discharge(
        stay,
        end,
        "予系统康复训练，肢体功能改善。",
        f"{side}侧肢体肌力4级，Barthel指数{score + 25}分。",
        "家庭训练，一月后复评。",
    )


@course("severe-depression", 2, ages=(18, 66), stream="mood")
def severe_depression(chart: Chart) -> None:
    """Three weeks in the psychiatric ward, then the clinic."""
    chance = chart.chance
    days = chance.whole(17, 26)
    start = admission_day(chart, days).replace(hour=10, minute=chance.whole(0, 45))
    end = (start + days * DAY).replace(hour=10, minute=0)
    stay = admit(
        chart, "PSY", start, end, "outp", "情绪低落、消极言语1月", "low mood with hopelessness"
    )
    why = stay.diagnose(
        "severe_depression", start + HOUR, "AD", since=start - 60 * DAY, lasting=True
    )
    prescribe(stay, "escitalopram", start + 2 * HOUR, days, why)
    prescribe(stay, "zopiclone", start + 2 * HOUR, 10, why)
    labs(stay, "cbc short thyroid", start + HOUR)
    imaging(stay, "ecg", start + 3 * HOUR, "窦性心律，QTc间期正常。")
    clerk(
        stay,
        "1月来情绪低落，早醒，有消极观念，PHQ-9评分23分。",
        "意志减退，思维迟缓，无幻觉。",
        "防自杀护理，药物及心理治疗。",
    )
    rounds(
        stay,
        end,
        ["睡眠改善，消极观念减少。", "情绪好转，PHQ-9评分11分。"],
        signs="temp hr bp",
        every=3,
    )
    prescribe(stay, "escitalopram", end - 2 * HOUR, 28, why, discharge=True)
    discharge(
        stay,
        end,
        "予抗抑郁药物及心理治疗，情绪好转。",
        "接触合作，无消极言行。",
        "坚持服药，两周后复诊。",
    )
    later = outpatient(chart, "PSY", "NH", end + 15 * DAY, "抑郁出院复诊", "mood review")
    seen(later, history="情绪平稳，睡眠可。", exam="情感反应适切。", plan="继续药物治疗。", known=(("severe_depression", why),),
         signs="hr bp", drugs=(("escitalopram", 28),))  # fmt: skip


@course("cellulitis", 3, ages=(45, 84), stream="medicine")
def cellulitis(chart: Chart) -> None:
    """A hot red leg and intravenous antibiotics."""
    chance = chart.chance
    days = chance.whole(6, 9)
    came = moment(chart, admission_day(chart, days), 7, 21)
    side = chance.pick(["左", "右"])
    chart.fall_ill(Illness(came - 2 * DAY, came + 8 * HOUR, effects(
        temp=(38.7, 1.2), hr=(101.0, 1.5), wbc=(14.6, 2.2), neutp=(84.0, 2.5), lymp=(9.0, 2.5), crp=(chance.between(70, 130), 2.3))))  # fmt: skip
    zh, en = f"{side}小腿红肿热痛2天", "hot red leg"
    history = f"2天前{side}小腿抓伤后红肿热痛，伴畏寒发热。"
    first = emergency(chart, "EC", came, zh, en)
    seen(first, history=history, exam=f"{side}小腿片状红斑，皮温高，压痛，无波动感。", plan="收入综合内科抗感染。", diagnoses=("cellulitis",),
         lasts=days, labs="cbc crp glucose", signs="temp hr rr bp")  # fmt: skip
    start = first.last + timedelta(minutes=35)
    end = (came + days * DAY).replace(hour=10, minute=20)
    stay = admit(chart, "GMED", start, end, "emd", zh, en)
    why = stay.diagnose("cellulitis", start + HOUR, "AD", since=came - 2 * DAY, until=end)
    drug = prescribe(stay, "cefazolin|clindamycin", start + HOUR, days - 1, why)
    labs(stay, "short", start + HOUR)
    clerk(stay, history, f"{side}小腿红肿，边界不清。", f"抗感染（{drug}），抬高患肢。")
    labs(stay, "cbc crp", (start + 3 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["体温正常，红肿范围缩小，继续抗感染。"])
    discharge(
        stay,
        end,
        f"予{drug}抗感染，红肿消退。",
        f"{side}小腿无明显红肿压痛。",
        "治疗足癣，避免搔抓。",
    )
