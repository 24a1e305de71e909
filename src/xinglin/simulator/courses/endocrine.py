"""Hormones and metabolism: diabetes, ketoacidosis, thyroid, gout.

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


@course("diabetes", 11, ages=(36, 78))
def diabetes(chart: Chart) -> None:
    """Type 2 diabetes: HbA1c comes down over a year; in some the kidney is touched."""
    chance = chart.chance
    campus = chance.pick(["LH", "EC"])
    day = chart.now - chance.whole(380, 1040) * DAY
    start_hba1c = chance.between(8.2, 11.4)
    goal = chance.between(6.4, 7.3)
    chart.usual |= {"hba1c": goal, "glu": goal * 1.03, "rglu": goal * 1.35}
    kidney = chance.happens(0.3)
    if kidney:
        chart.usual["acr"] = chance.between(70, 240)
    chart.fall_ill(Illness(day - 700 * DAY, day + 5 * DAY, effects(
        hba1c=(start_hba1c, 70.0), glu=(start_hba1c * 1.15, 40.0), tg=(2.8, 120.0), ldl=(3.9, 80.0) )))  # fmt: skip
    first = outpatient(chart, "ENDO", campus, day, "口干、多饮、多尿2月", "thirst")
    (why,) = seen(first, history="2月来口干多饮多尿，体重下降3kg。", exam="双足背动脉搏动可，无水肿。",
                  plan="糖尿病教育、饮食运动，二甲双胍治疗，自测血糖。", diagnoses=("t2dm",), lasting=True,
                  labs="sugar lipid short urine uacr", positive="uglu", signs="temp hr bp", weigh=True,
                  drugs=(("metformin", 28),))  # fmt: skip
    known = [("t2dm", why)]
    for gap in (45, 130, 250, 365):
        later = outpatient(chart, "ENDO", campus, day + gap * DAY, "糖尿病复诊", "diabetes review")
        made: tuple[str, ...] = ()
        if kidney and gap == 250:
            made = ("t2dm_kidney",)
        drugs = [("metformin", 28)]
        if gap > 60:
            drugs.append(("dapagliflozin", 28))
        result = seen(later, history="规律用药，口干缓解，无低血糖。", exam="足部感觉正常。", plan="继续降糖，控制血压血脂。",
                      diagnoses=made, lasting=True, known=tuple(known), signs="hr bp",
                      labs="sugar uacr lipid" if gap > 200 else "sugar", drugs=tuple(drugs))  # fmt: skip
        if made:
            known.append((made[0], result[0]))


@course("ketoacidosis", 2, ages=(26, 70), stream="dka")
def ketoacidosis(chart: Chart) -> None:
    """Insulin stopped: glucose over 25, acidosis, potassium falling under treatment."""
    chance = chart.chance
    days = chance.whole(5, 8)
    came = moment(chart, admission_day(chart, days), 6, 22)
    chart.past.append("2型糖尿病")
    chart.usual |= {"hba1c": 10.4, "glu": 9.4, "rglu": 11.5}
    chart.fall_ill(Illness(came - 3 * DAY, came + 2 * HOUR, effects(
        rglu=(chance.between(25, 34), 0.35), glu=(18.0, 0.6), ph=(chance.between(7.05, 7.18), 0.5),
        hco3=(8.0, 0.6), pco2=(23.0, 0.6), k=(5.6, 0.2), na=(131.0, 1.0), hr=(122.0, 1.0), rr=(28.0, 0.8),
        sbp=(98.0, 0.8), crea=(128.0, 1.5), wbc=(15.0, 1.5))))  # fmt: skip
    chart.fall_ill(Illness(came + 4 * HOUR, came + 20 * HOUR, effects(k=(3.2, 1.2))))
    zh, en = "恶心呕吐1天，意识淡漠半天", "vomiting and drowsiness"
    history = "自行停用胰岛素1周，1天来恶心呕吐，呼吸深快，意识淡漠。"
    first = emergency(chart, "LH", came, zh, en)
    prescribe(first, "saline", came + timedelta(minutes=10), 1)
    seen(first, history=history, exam="脱水貌，呼吸深大，有烂苹果味。", plan="补液、小剂量胰岛素，收入内分泌科。", diagnoses=("dka",),
         lasts=days, labs="glucose abg renal urine", positive="uket uglu", signs="temp hr rr bp spo2")  # fmt: skip
    start = first.last + timedelta(minutes=15)
    end = (came + days * DAY).replace(hour=10, minute=15)
    stay = admit(chart, "ENDO", start, end, "emd", zh, en)
    why = stay.diagnose("dka", start + timedelta(minutes=30), "AD", since=came - DAY, until=end)
    prescribe(stay, "insulin_aspart", start + timedelta(minutes=30), days, why)
    prescribe(stay, "insulin_glargine", start + DAY, days - 1, why)
    prescribe(stay, "potassium", start + 9 * HOUR, 3, why)
    labs(stay, "glucose abg lytes", start + 3 * HOUR)
    labs(stay, "glucose lytes", start + 16 * HOUR)
    labs(stay, "sugar lipid", (start + 2 * DAY).replace(hour=6, minute=0))
    clerk(stay, history, "脱水貌，呼吸深大。", "补液、胰岛素静脉泵入，监测血糖、血钾、血气。")
    labs(stay, "renal glucose", (end - DAY).replace(hour=6, minute=10))
    rounds(stay, end, ["酮症纠正，改皮下胰岛素，补钾。", "血糖平稳，行糖尿病教育。"])
    prescribe(stay, "insulin_glargine", end - 2 * HOUR, 28, why, discharge=True)
    prescribe(stay, "metformin", end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, "予补液、胰岛素、补钾治疗，酮症酸中毒纠正。", "神志清，无脱水。", "不可自行停用胰岛素，两周后复诊。")  # fmt: skip


@course("thyroid-nodule", 3, ages=(24, 66), stream="thyroid")
def thyroid_nodule(chart: Chart) -> None:
    """A suspicious nodule: surgery, papillary carcinoma, thyroxine by TSH."""
    chance = chart.chance
    days = chance.whole(4, 5)
    start = admission_day(chart, days).replace(hour=9, minute=chance.whole(0, 50))
    side, size = chance.pick(["左叶", "右叶"]), chance.whole(8, 21)
    first = outpatient(
        chart, "THYR", "EC", start - 20 * DAY, "体检发现甲状腺结节2周", "thyroid nodule"
    )
    seen(first, history="体检发现甲状腺结节，无颈部压迫感。", exam=f"甲状腺{side}可触及质硬结节，随吞咽活动。", plan="住院手术。",
         diagnoses=("thyroid_nodule",), lasts=25, labs="thyroid", signs="temp hr bp",
         images=(("thyroid_us", f"{side}低回声结节{size}mm，边界不清，微钙化，TI-RADS 4c类。"),))  # fmt: skip
    end = (start + days * DAY).replace(hour=10, minute=0)
    stay = admit(chart, "THYR", start, end, "outp", "甲状腺结节待手术", "thyroid nodule")
    stay.diagnose("thyroid_nodule", start + HOUR, "AD", since=start - 34 * DAY, until=end)
    labs(stay, "cbc coag short screen", start + HOUR)
    clerk(stay, "体检发现甲状腺结节，入院手术。", f"甲状腺{side}质硬结节。", "完善检查，择期手术。")
    knife = (start + DAY).replace(hour=chance.whole(9, 14), minute=20)
    operate(stay, "thyroidectomy", knife, 85, outcome="术中冰冻：甲状腺乳头状癌")
    note(
        stay,
        "operation",
        knife + 4 * HOUR,
        [
            (
                "记录",
                f"全麻下行甲状腺{side}切除加中央区淋巴结清扫，喉返神经保护完好，出血约20ml。",
                [],
            )
        ],
    )
    imaging(
        stay,
        "pathology",
        knife + HOUR,
        f"甲状腺{side}乳头状癌，直径{size}mm，未见淋巴结转移。",
        hours=30,
    )
    why = stay.diagnose("thyroid_cancer", knife + 41 * HOUR, "DD", since=knife, lasting=True)
    labs(stay, "lytes", (knife + DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["术后声音正常，无手足麻木，引流少。"])
    prescribe(stay, "levothyroxine", end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, f"全麻下行甲状腺{side}切除术，恢复顺利。", "切口愈合好，声音正常。", "口服左甲状腺素，一月后复查甲功。")  # fmt: skip
    chart.fall_ill(Illness(knife, knife + 25 * DAY, effects(tsh=(8.6, 25.0), ft4=(11.2, 25.0))))
    for turn, gap in enumerate((30, 100, 280)):
        later = outpatient(
            chart, "THYR", "EC", end + gap * DAY, "甲状腺术后复查", "after thyroid surgery"
        )
        seen(later, history="无不适，规律服药。", exam="颈部切口愈合好。", plan="按促甲状腺激素调整左甲状腺素。",
             known=(("thyroid_cancer", why),), diagnoses=("hypothyroid_post",) if turn == 0 else (), lasting=True,
             labs="thyroid", signs="hr bp", drugs=(("levothyroxine", 28),))  # fmt: skip


@course("graves", 2, ages=(20, 55))
def graves(chart: Chart) -> None:
    """Graves disease under thiamazole."""
    chance = chart.chance
    day = chart.now - chance.whole(300, 900) * DAY
    chart.fall_ill(Illness(day - 90 * DAY, day + 7 * DAY, effects(
        ft4=(chance.between(42, 68), 28.0), ft3=(chance.between(14, 24), 25.0), tsh=(0.01, 90.0), hr=(112.0, 18.0))))  # fmt: skip
    first = outpatient(
        chart, "ENDO", "LH", day, "心慌、手抖、消瘦3月", "palpitations and weight loss"
    )
    (why,) = seen(first, history="3月来怕热、心慌、手抖，体重下降5kg。", exam="甲状腺Ⅱ度肿大，双手细颤。", plan="抗甲状腺药物，监测血常规肝功能。",
                  diagnoses=("hyperthyroid",), lasting=True, labs="thyroid cbc liver", signs="temp hr bp", weigh=True,
                  drugs=(("thiamazole", 28), ("propranolol", 14)))  # fmt: skip
    for gap in (30, 75, 160, 280):
        later = outpatient(chart, "ENDO", "LH", day + gap * DAY, "甲亢复诊", "thyroid review")
        seen(later, history="心慌减轻，体重回升。", exam="甲状腺Ⅰ度肿大。", plan="调整抗甲状腺药物剂量。",
             known=(("hyperthyroid", why),), labs="thyroid cbc", signs="hr bp", drugs=(("thiamazole", 28),))  # fmt: skip


@course("gout", 3, ages=(30, 70), sex="male")
def gout(chart: Chart) -> None:
    """A hot toe at night, then urate lowered for months."""
    chance = chart.chance
    came = moment(chart, chart.now.replace(hour=0, minute=0) - chance.whole(240, 900) * DAY, 0.5, 8)
    chart.fall_ill(
        Illness(came - 900 * DAY, came + 20 * DAY, effects(ua=(chance.between(510, 640), 45.0)))
    )
    chart.fall_ill(Illness(came - DAY, came + 4 * HOUR, effects(crp=(46.0, 2.0), temp=(37.8, 0.8))))
    first = emergency(chart, "EC", came, "右足第一跖趾关节红肿热痛1天", "hot painful toe")
    seen(first, history="昨日饮酒后夜间突发右足大趾剧痛。", exam="右足第一跖趾关节红肿、压痛明显。", plan="消炎止痛，风湿科随诊。",
         diagnoses=("gout",), lasts=10, labs="cbc crp urate", signs="temp hr rr bp", drugs=(("colchicine", 7),))  # fmt: skip
    known: tuple[tuple[str, dict[str, str]], ...] = ()
    for gap in (21, 80, 200):
        later = outpatient(chart, "RHEU", "LH", came + gap * DAY, "痛风复诊", "gout review")
        made = seen(later, history="关节无红肿，低嘌呤饮食。", exam="关节无压痛。", plan="降尿酸治疗，目标低于360μmol/L。",
                    diagnoses=() if known else ("gout",), lasting=True, known=known, labs="urate", signs="hr bp",
                    drugs=(("febuxostat", 28),))  # fmt: skip
        known = (("gout", made[0]),)
