"""Lungs of adults: pneumonia, COPD, sepsis, colds and influenza, hay fever.

Courses of illness, invented; see the package for what a course is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import culture, operate
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import note

from .clinic import seen
from .deck import course
from .ward import (
    admission_day,
    admit,
    clerk,
    die,
    discharge,
    emergency,
    moment,
    move,
    outpatient,
    owned,
    rounds,
)

if TYPE_CHECKING:
    from datetime import datetime

    from xinglin.simulator.chart import Chart
    from xinglin.simulator.visit import Visit


@course("pneumonia", 6, ages=(18, 90), stream="resp")
def pneumonia(chart: Chart) -> None:
    """Fever and cough, an infiltrate, antibiotics, better within days, a clean film later."""
    chance = chart.chance
    days = chance.whole(5, 10)
    came = moment(chart, admission_day(chart, days), 7, 20)
    ill = chance.whole(2, 5)
    side = chance.pick(["右肺下叶", "左肺下叶", "右肺中叶", "双肺下叶"])
    crp = chance.between(60, 210)
    chart.fall_ill(
        Illness(
            came - ill * DAY,
            came + 5 * HOUR,
            effects(
                temp=(chance.between(38.6, 39.8), 1.1), hr=(108.0, 1.5), rr=(24.0, 2.0),
                spo2=(chance.between(90, 94), 2.0), crp=(crp, 2.2), pct=(crp / 90, 1.4),
                wbc=(chance.between(12.5, 19), 2.4), neutp=(chance.between(82, 92), 3.0),
                lymp=(8.0, 3.0), alb=(34.0, 12.0), na=(134.0, 2.0),
            ),
        )
    )  # fmt: skip
    zh, en = f"发热、咳嗽、咳痰{ill}天", "fever and cough"
    history = f"{ill}天前受凉后出现发热，最高体温39℃以上，伴咳嗽、咳黄痰，无咯血。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam=f"{side}可闻及湿啰音。", plan="收入呼吸与危重症医学科住院治疗。",
         diagnoses=("pneumonia",), lasts=days + 14, labs="cbc inflam", signs="temp hr rr bp spo2",
         images=(("chest_ct", f"{side}见斑片状实变影，考虑炎症。"),))  # fmt: skip
    start = first.last + timedelta(minutes=45)
    end = (came + days * DAY).replace(hour=10, minute=30)
    stay = admit(chart, "RESP", start, end, "emd", zh, en)
    why = stay.diagnose("pneumonia", start + HOUR, "AD", since=came - ill * DAY, until=end)
    drug = prescribe(stay, "ceftriaxone|moxifloxacin", start + HOUR, days - 1, why)
    prescribe(stay, "azithromycin", start + HOUR, 5, why)
    prescribe(stay, "ambroxol", start + HOUR, days, why)
    labs(stay, "short", start + HOUR)
    clerk(stay, history, f"{side}可闻及湿啰音。", f"抗感染（{drug}）、祛痰、吸氧，监测炎症指标。")
    labs(stay, "cbc crp", (start + 3 * DAY).replace(hour=6, minute=10))
    labs(stay, "crp", (end - DAY).replace(hour=6, minute=15))
    rounds(stay, end, ["体温较前下降，咳嗽减轻，继续抗感染治疗。", "病情好转，继续原方案。"])
    prescribe(stay, "levofloxacin|azithromycin", end - 2 * HOUR, 5, why, discharge=True)
    discharge(stay, end, f"入院后予{drug}抗感染、祛痰等治疗，体温正常，咳嗽明显减轻。",
              "双肺呼吸音清，无明显啰音。", "两周后呼吸科门诊复查胸片。")  # fmt: skip
    later = outpatient(chart, "RESP", "LH", end + 14 * DAY, "肺炎出院后复查", "follow-up")
    seen(later, history="肺炎治疗后，无发热咳嗽。", exam="双肺呼吸音清。", plan="已痊愈，停药，随诊。",
         known=(("pneumonia", why),), labs="cbc crp", signs="temp hr spo2",
         images=(("chest_xr", "双肺未见明确实变影，炎症吸收。"),))  # fmt: skip


@course("copd", 3, ages=(58, 86), stream="copd", sex="")
def copd(chart: Chart) -> None:
    """Years of COPD with an exacerbation every winter or so, inhalers in between."""
    chance = chart.chance
    chart.usual |= {"spo2": 94.5, "rr": 19.0, "pco2": 44.5, "po2": 74.0, "hco3": 26.6}
    first = outpatient(chart, "RESP", "LH", owned(chart).starts[0] - 80 * DAY,
                       "反复咳嗽咳痰5年，气促2年", "cough and breathlessness")  # fmt: skip
    ratio = chance.whole(48, 64)
    habit = "吸烟30余年" if chart.person.sex == "male" else "长期接触柴火烟雾"
    (why,) = seen(first, history=f"{habit}，每年冬季咳嗽咳痰，近2年活动后气促。", exam="桶状胸，双肺呼吸音低。",
                  plan="避免烟雾，吸入治疗，接种流感疫苗。", diagnoses=("copd",), lasting=True,
                  labs="cbc", signs="temp hr rr bp spo2", weigh=True, drugs=(("tiotropium", 90),),
                  images=(("lung_function", f"FEV1/FVC {ratio}%，阻塞性通气功能障碍。"),))  # fmt: skip
    for turn in range(len(owned(chart).starts)):
        days = chance.whole(6, 11)
        end = _exacerbation(chart, moment(chart, admission_day(chart, days, turn), 6, 21), days)
        later = outpatient(chart, "RESP", "LH", end + 30 * DAY, "慢阻肺复诊", "copd review")
        seen(later, history="出院后气促缓解，规律吸入。", exam="双肺呼吸音低，无啰音。",
             plan="继续吸入治疗，呼吸康复。", known=(("copd", why),), signs="hr rr bp spo2",
             drugs=(("tiotropium", 90),))  # fmt: skip


def _exacerbation(chart: Chart, came: datetime, days: int) -> datetime:
    chance = chart.chance
    severe = chance.happens(0.3)
    chart.fall_ill(
        Illness(
            came - 4 * DAY,
            came + 6 * HOUR,
            effects(
                temp=(37.9, 1.0), hr=(106.0, 2.0), rr=(27.0, 2.5), spo2=(86.0 if severe else 89.0, 2.0),
                pco2=(chance.between(72, 79) if severe else chance.between(52, 62), 1.6),
                ph=(7.27 if severe else 7.33, 1.0), po2=(chance.between(47, 56), 1.6),
                hco3=(31.0, 6.0), crp=(55.0, 2.2), wbc=(12.4, 2.4), neutp=(82.0, 3.0), pct=(0.4, 1.5),
            ),
        )
    )  # fmt: skip
    zh, en = "咳嗽、气促加重4天", "worsening breathlessness"
    history = "4天前受凉后咳嗽、咳脓痰，气促加重，夜间不能平卧。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="口唇发绀，双肺可闻及哮鸣音。", plan="氧疗、雾化，收入院。",
         diagnoses=("copd_ae",), lasts=days, labs="abg cbc crp", signs="temp hr rr bp spo2")  # fmt: skip
    start = first.last + timedelta(minutes=40)
    end = (came + days * DAY).replace(hour=10, minute=15)
    stay = admit(chart, "RESP", start, end, "emd", zh, en)
    why = stay.diagnose("copd_ae", start + HOUR, "AD", since=came - 4 * DAY, until=end)
    if severe:
        stay.diagnose("resp_failure", start + HOUR, "CM", since=came, until=end - 2 * DAY)
        operate(stay, "niv", start + 2 * HOUR, 60 * 40, why, outcome="呼吸困难缓解", surgery=False)
    prescribe(stay, "methylprednisolone", start + HOUR, 5, why)
    prescribe(stay, "salbutamol", start + HOUR, days - 1, why)
    prescribe(stay, "ipratropium", start + HOUR, days - 1, why)
    prescribe(stay, "ceftriaxone|moxifloxacin|levofloxacin", start + HOUR, 7, why)
    labs(stay, "short", start + HOUR)
    clerk(
        stay, history, "口唇发绀，双肺可闻及散在哮鸣音。", "控制性氧疗、支气管舒张、激素、抗感染。"
    )
    labs(stay, "abg", (start + 2 * DAY).replace(hour=7, minute=0))
    labs(stay, "crp", (start + 4 * DAY).replace(hour=6, minute=10))
    rounds(stay, end, ["气促减轻，复查血气，继续目前治疗。", "哮鸣音减少，激素减停。"])
    prescribe(stay, "tiotropium", end - 2 * HOUR, 30, why, discharge=True)
    discharge(stay, end, "予氧疗、雾化、激素及抗感染治疗后气促明显缓解。", "双肺哮鸣音消失。",
              "避免烟雾，规律吸入，一月后呼吸科门诊随访。")  # fmt: skip
    return end


@course("sepsis", 2, ages=(50, 92), stream="sepsis")
def sepsis(chart: Chart) -> None:
    """Septic shock from the lungs: culture, antibiotics within the hour, ICU; some die."""
    chance = chart.chance
    dies = chance.happens(0.35)
    icu, days = chance.whole(5, 8), chance.whole(14, 20)
    came = moment(chart, admission_day(chart, days), 7, 20)
    turn = came + (20 * DAY if dies else 14 * HOUR)
    chart.fall_ill(
        Illness(
            came - 2 * DAY,
            turn,
            effects(
                temp=(39.4, 2.0), hr=(128.0, 2.5), rr=(31.0, 3.0), sbp=(82.0, 1.2), dbp=(46.0, 1.2),
                spo2=(87.0, 3.0), lac=(5.6, 1.0), crp=(260.0, 3.0), pct=(28.0, 1.6), wbc=(24.0, 3.0),
                neutp=(93.0, 4.0), plt=(68.0, 5.0), crea=(212.0, 5.0), urea=(17.0, 5.0), k=(5.3, 3.0),
                ph=(7.24, 1.0), pco2=(33.0, 2.0), po2=(58.0, 2.5), hco3=(15.5, 1.5), alb=(26.0, 14.0),
                tbil=(36.0, 5.0), inr=(1.6, 4.0), aptt=(52.0, 4.0),
            ),
        )
    )  # fmt: skip
    zh, en = "发热2天，意识模糊半天", "fever and confusion"
    history = "2天前高热、咳嗽，半天前意识模糊，尿量减少，收缩压低于90mmHg。"
    first = emergency(chart, "LH", came, zh, en)
    culture(first, "blood", came + timedelta(minutes=12), "肺炎克雷伯菌生长", 0.09)
    prescribe(first, "meropenem|piptaz|levofloxacin", came + timedelta(minutes=35), 1)
    prescribe(first, "saline", came + timedelta(minutes=20), 1)
    seen(first, history=history, exam="嗜睡，皮肤花斑，右肺可闻及湿啰音。", plan="液体复苏、血管活性药，收入重症监护病房。",
         diagnoses=("sepsis", "septic_shock"), lasts=days, labs="abg cbc inflam renal",
         signs="temp hr rr bp spo2", images=(("chest_ct", "右肺大片实变，考虑重症肺炎。"),))  # fmt: skip
    start = first.last + timedelta(minutes=30)
    end = (came + days * DAY).replace(hour=10, minute=40)
    over = came + icu * DAY if dies else end
    stay = admit(chart, "ICU", start, over, "emd", zh, en)
    if not dies:
        move(stay, [("ICU", start, start + icu * DAY), ("RESP", start + icu * DAY, end)])
    _intensive(stay, history, over, icu)
    if dies:
        die(stay, over, "感染性休克、多器官功能衰竭，抢救无效。")
        return
    discharge(stay, end, "予抗感染、液体复苏、血管活性药及呼吸支持，好转后转普通病房。", "神志清，双肺啰音消失。",
              "两周后复查，不适随诊。")  # fmt: skip


def _intensive(stay: Visit, history: str, over: datetime, icu: int) -> None:
    start = stay.start
    why = stay.diagnose("sepsis", start + HOUR, "AD", since=start - 2 * DAY, until=over)
    stay.diagnose("pneumonia", start + HOUR, "CM", since=start - 2 * DAY, until=over)
    prescribe(stay, "meropenem|piptaz|levofloxacin", start + HOUR, icu, why)
    prescribe(stay, "norepinephrine", start + HOUR, 3, why)
    prescribe(stay, "enoxaparin", start + 20 * HOUR, icu, why)
    operate(stay, "central_line", start + HOUR, 30, why, surgery=False)
    operate(stay, "ventilation", start + 2 * HOUR, 60 * 24 * (icu - 1) - 180, why, surgery=False)
    clerk(
        stay,
        history,
        "镇静状态，右肺湿啰音，四肢湿冷。",
        "集束化治疗：抗感染、去甲肾上腺素维持平均压≥65mmHg、机械通气。",
    )
    for day in range(1, icu, 2):
        labs(stay, "abg cbc inflam", (start + day * DAY).replace(hour=6, minute=0))
    labs(stay, "renal coag liver", (start + 2 * DAY).replace(hour=6, minute=5))
    culture(stay, "sputum", start + 3 * HOUR, "肺炎克雷伯菌生长，对碳青霉烯敏感", 3)
    note(stay, "progress", (start + DAY).replace(hour=8, minute=40),
         [("记录", "机械通气中，血管活性药物维持，密切监测乳酸及器官功能。", [])])  # fmt: skip
    rounds(stay, over, ["病情危重，继续器官支持，已与家属沟通。", "继续抗感染，监测感染指标。"])


@course("cold", 22, ages=(14, 75))
def cold(chart: Chart) -> None:
    """A cold or influenza, one visit."""
    chance = chart.chance
    day = chart.now - chance.whole(3, 1000) * DAY
    flu = chance.happens(0.35)
    visit = outpatient(
        chart, "GP", chance.pick(["LH", "EC", "NH"]), day, "发热、咽痛、流涕2天", "sore throat"
    )
    chart.fall_ill(
        Illness(visit.start - 2 * DAY, visit.start + 8 * HOUR, effects(
            temp=(38.9 if flu else 37.8, 0.8), hr=(96.0, 1.0), wbc=(4.2 if flu else 8.8, 3.0),
            lymp=(20.0, 3.0), crp=(14.0 if flu else 7.0, 2.0))))  # fmt: skip
    seen(visit, history="2天前起发热、咽痛、流涕，全身酸痛。", exam="咽部充血，双肺呼吸音清。",
         plan="休息、多饮水，症状加重随诊。", diagnoses=("influenza" if flu else "urti",), lasts=7,
         labs="cbc crp flu", positive="flua" if flu else "", signs="temp hr rr bp",
         drugs=(("oseltamivir", 5), ("paracetamol", 3)) if flu else (("paracetamol", 3),))  # fmt: skip


@course("hay-fever", 5, ages=(8, 55))
def hay_fever(chart: Chart) -> None:
    """Allergic rhinitis, two visits a year apart."""
    chance = chart.chance
    chart.usual["eosp"] = chance.between(8.5, 12)
    day = chart.now - chance.whole(420, 900) * DAY
    first = outpatient(chart, "ENT", "EC", day, "反复鼻痒、喷嚏、流清涕1年", "sneezing")
    (why,) = seen(first, history="晨起及换季时加重。", exam="双侧下鼻甲苍白水肿。", plan="避免尘螨，鼻用激素。",
                  diagnoses=("rhinitis",), lasting=True, labs="cbc", signs="temp hr bp",
                  drugs=(("mometasone", 30), ("loratadine", 14)))  # fmt: skip
    later = outpatient(chart, "ENT", "EC", day + 365 * DAY, "过敏性鼻炎复诊", "rhinitis review")
    seen(later, history="用药后症状控制，停药后复发。", exam="下鼻甲轻度水肿。", plan="继续鼻用激素。",
         known=(("rhinitis", why),), signs="hr bp", drugs=(("mometasone", 30), ("loratadine", 14)))  # fmt: skip
