"""Lungs: pneumonia, chronic obstructive disease.

Courses of illness, invented; see the package for what a course is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import visit_note
from xinglin.simulator.vitals import vitals

from .deck import course
from .ward import admission_day, admit, clerk, discharge, emergency, moment, outpatient, rounds

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart


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
                lymp=(8.0, 3.0), alb=(34.0, 12.0), esr=(62.0, 9.0), na=(134.0, 2.0),
            ),
        )
    )  # fmt: skip
    zh, en = f"发热、咳嗽、咳痰{ill}天", "fever and cough"
    first = emergency(chart, "LH", came, zh, en)
    measured = vitals(first, came + timedelta(minutes=6))
    labs(first, "cbc inflam", came + timedelta(minutes=25))
    imaging(first, "chest_ct", came + timedelta(minutes=30), f"{side}见斑片状实变影，考虑炎症。")
    seen = first.last + timedelta(minutes=10)
    first.diagnose("pneumonia", seen, "AD", until=came + (days + 14) * DAY)
    visit_note(first, seen + timedelta(minutes=4), f"{ill}天前受凉后出现发热，伴咳嗽、咳黄痰。",
               f"{measured}。{side}可闻及湿啰音。", "收入呼吸与危重症医学科住院治疗。")  # fmt: skip
    start = first.leave() + timedelta(minutes=30)
    end = (came + days * DAY).replace(hour=10, minute=30)
    stay = admit(chart, "RESP", start, end, "emd", zh, en)
    why = stay.diagnose("pneumonia", start + HOUR, "AD", since=came - ill * DAY, until=end)
    drug = prescribe(stay, "ceftriaxone|moxifloxacin", start + HOUR, days - 1, why)
    prescribe(stay, "azithromycin", start + HOUR, 5, why)
    prescribe(stay, "ambroxol", start + HOUR, days, why)
    clerk(stay, f"{ill}天前受凉后发热，最高体温39℃以上，咳黄痰，无咯血。", f"{side}可闻及湿啰音。",
          f"抗感染（{drug}）、祛痰、吸氧，监测炎症指标。")  # fmt: skip
    labs(stay, "renal liver coag", start + 2 * HOUR)
    labs(stay, "cbc inflam", (start + 3 * DAY).replace(hour=6, minute=10))
    rounds(
        stay,
        end,
        ["体温较前下降，咳嗽减轻，继续抗感染治疗。", "病情好转，炎症指标下降，继续原方案。"],
    )
    labs(stay, "cbc crp", (end - DAY).replace(hour=6, minute=15))
    prescribe(stay, "levofloxacin|azithromycin", end - 2 * HOUR, 5, why, discharge=True)
    discharge(stay, end, f"入院后予{drug}抗感染、祛痰等治疗，体温正常，咳嗽明显减轻。",
              "双肺呼吸音清，无明显啰音。", "两周后呼吸科门诊复查胸片。")  # fmt: skip
    later = outpatient(chart, "RESP", "LH", end + 14 * DAY, "肺炎出院后复查", "follow-up")
    again = vitals(later, later.start + timedelta(minutes=4), "temp hr spo2")
    labs(later, "cbc crp", later.start + timedelta(minutes=12))
    imaging(
        later, "chest_xr", later.start + timedelta(minutes=15), "双肺未见明确实变影，炎症吸收。"
    )
    visit_note(later, later.last + timedelta(minutes=5), "肺炎治疗后，无发热咳嗽。", f"{again}。双肺呼吸音清。",
               "已痊愈，停药，随诊。")  # fmt: skip
    later.leave()
