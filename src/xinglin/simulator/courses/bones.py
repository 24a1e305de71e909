"""Bones and joints: hip fracture, forearm fracture of a child, backs and knees.

Courses of illness, invented; see the package for what a course is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import operate
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


@course("hip-fracture", 3, ages=(66, 93), stream="hip")
def hip_fracture(chart: Chart) -> None:
    """A fall at home, surgery within two days, rehabilitation, bone protection."""
    chance = chart.chance
    days = chance.whole(9, 14)
    came = moment(chart, admission_day(chart, days), 5, 22)
    side = chance.pick(["左", "右"])
    chart.fall_ill(Illness(came - 2 * HOUR, came + 50 * HOUR, effects(
        hgb=(chance.between(86, 104), 14.0), crp=(chance.between(60, 110), 3.5), ddi=(4.8, 6.0), hr=(92.0, 4.0), alb=(33.0, 12.0),
        temp=(37.6, 2.0), wbc=(11.2, 3.0))))  # fmt: skip
    zh, en = f"跌倒致{side}髋部疼痛、活动受限2小时", "fall with hip pain"
    history = f"2小时前在家中跌倒，{side}髋部着地，疼痛剧烈，不能站立。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam=f"{side}下肢短缩外旋畸形，{side}髋压痛，足背动脉可及。", plan="制动，收入骨科手术。",
         diagnoses=("hip_fracture", "fall"), lasts=days, since=came - 2 * HOUR, labs="cbc coag", signs="temp hr rr bp spo2",
         images=(("hip_xr", f"{side}股骨颈骨折，Garden Ⅲ型。"),), drugs=(("tramadol", 1),))  # fmt: skip
    start = first.last + timedelta(minutes=40)
    end = (came + days * DAY).replace(hour=10, minute=30)
    stay = admit(chart, "ORTH", start, end, "emd", zh, en)
    why = stay.diagnose(
        "hip_fracture", start + HOUR, "AD", since=came - 2 * HOUR, until=end + 90 * DAY
    )
    if chart.person.sex == "female":
        stay.diagnose("osteoporosis", start + 2 * HOUR, "CM", since=came - 700 * DAY, lasting=True)
    prescribe(stay, "enoxaparin", start + 2 * HOUR, days - 1, why)
    labs(stay, "short bnp screen", start + HOUR)
    clerk(
        stay, history, f"{side}下肢短缩外旋，纵向叩击痛阳性。", "术前评估，48小时内手术，预防血栓。"
    )
    knife = (start + chance.whole(1, 2) * DAY).replace(hour=chance.whole(9, 14), minute=30)
    prescribe(stay, "cefazolin|clindamycin", knife - timedelta(minutes=30), 1, why)
    operate(stay, "hip_replacement", knife, chance.whole(65, 100), why, outcome="手术顺利")
    note(
        stay,
        "operation",
        knife + 4 * HOUR,
        [("记录", f"腰硬联合麻醉下行{side}侧人工股骨头置换术，出血约180ml，假体稳定。", [])],
    )
    prescribe(stay, "parecoxib|tramadol", knife + 3 * HOUR, 2, why)
    for day in (1, 4):
        labs(stay, "hb crp", (knife + day * DAY).replace(hour=6, minute=0))
    rounds(
        stay,
        end,
        ["术后生命体征平稳，切口干燥，开始床上训练。", "助行器下地行走，疼痛可控。"],
        every=2,
    )
    prescribe(stay, "calcium", end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, "行人工股骨头置换术，术后康复训练。", f"切口愈合好，{side}髋活动可，可扶助行器行走。", "防跌倒，一月后骨科复查。")  # fmt: skip
    later = outpatient(chart, "ORTH", "LH", end + 32 * DAY, "髋部术后复查", "after hip surgery")
    seen(later, history="可扶拐行走，无明显疼痛。", exam=f"切口愈合好，{side}髋屈曲90°。", plan="抗骨质疏松，继续康复。",
         known=(("hip_fracture", why),), signs="hr bp", images=(("hip_xr", "人工股骨头位置良好。"),),
         drugs=(("calcium", 28),))  # fmt: skip


@course("forearm", 3, ages=(5, 14))
def forearm(chart: Chart) -> None:
    """A child falls on the hand; plaster and two controls."""
    chance = chart.chance
    came = moment(chart, chart.now.replace(hour=0, minute=0) - chance.whole(70, 900) * DAY, 10, 21)
    side = chance.pick(["左", "右"])
    first = emergency(chart, "WC", came, f"摔倒致{side}腕部肿痛1小时", "fall on the hand")
    (why,) = seen(first, history="1小时前玩耍时摔倒，手掌撑地。", exam=f"{side}腕部肿胀、压痛，手指血运感觉正常。", plan="手法复位，石膏固定，患肢抬高。",
                  diagnoses=("forearm_fracture",), lasts=42, signs="temp hr rr",
                  images=(("forearm_xr", f"{side}桡骨远端骨折，轻度背侧移位。"),), drugs=(("ibuprofen|paracetamol", 3),))  # fmt: skip
    for gap, words in ((8, "石膏固定好，手指活动自如。"), (36, "拆除石膏，腕关节活动稍受限。")):
        later = outpatient(
            chart, "ORTH", "LH", came + gap * DAY, "前臂骨折复查", "fracture control"
        )
        seen(later, history="无麻木，疼痛减轻。", exam=words, plan="继续随访，功能锻炼。", known=(("forearm_fracture", why),),
             signs="hr", images=(("forearm_xr", "骨折对位对线可，骨痂形成中。"),))  # fmt: skip


@course("back-pain", 6, ages=(26, 66))
def back_pain(chart: Chart) -> None:
    """A disc, conservative treatment."""
    day = chart.now - chart.chance.whole(60, 950) * DAY
    campus = chart.chance.pick(["LH", "EC"])
    first = outpatient(chart, "ORTH", campus, day, "腰痛伴左下肢放射痛2周", "back pain")
    (why,) = seen(first, history="2周前弯腰搬物后腰痛，向左下肢放射。", exam="腰4/5棘旁压痛，左直腿抬高试验45°阳性。", plan="卧床、消炎止痛，无效再评估手术。",
                  diagnoses=("back_pain",), lasting=True, signs="temp hr bp", images=(("lumbar_mr", "L4/5椎间盘向左后突出，压迫神经根。"),),
                  drugs=(("ibuprofen|paracetamol", 7),))  # fmt: skip
    later = outpatient(chart, "ORTH", campus, day + 30 * DAY, "腰痛复诊", "back pain review")
    seen(
        later,
        history="疼痛明显缓解。",
        exam="直腿抬高70°。",
        plan="腰背肌锻炼。",
        known=(("back_pain", why),),
        signs="hr bp",
    )


@course("knee", 5, ages=(52, 82))
def knee(chart: Chart) -> None:
    """Worn knees."""
    day = chart.now - chart.chance.whole(60, 950) * DAY
    first = outpatient(chart, "ORTH", "EC", day, "双膝疼痛2年，加重1月", "knee pain")
    (why,) = seen(first, history="上下楼疼痛明显，晨僵少于10分钟。", exam="双膝骨摩擦感，无明显肿胀。", plan="减重、股四头肌锻炼，止痛。",
                  diagnoses=("knee_oa",), lasting=True, signs="temp hr bp", weigh=True, drugs=(("ibuprofen|paracetamol", 10),))  # fmt: skip
    later = outpatient(chart, "ORTH", "EC", day + 90 * DAY, "膝关节复诊", "knee review")
    seen(
        later,
        history="疼痛减轻。",
        exam="膝关节活动度可。",
        plan="继续锻炼。",
        known=(("knee_oa", why),),
        signs="hr bp",
    )
