"""Brain and mind: stroke, migraine, vertigo, depression, anxiety with insomnia.

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

from .clinic import seen
from .deck import course
from .ward import admission_day, admit, clerk, die, discharge, emergency, moment, outpatient, rounds

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart


@course("stroke", 4, ages=(52, 88), stream="stroke")
def stroke(chart: Chart) -> None:
    """Sudden weakness, CT, thrombolysis where the window allows, then the ward and recovery."""
    chance = chart.chance
    days = chance.whole(9, 15)
    came = moment(chart, admission_day(chart, days), 5, 22)
    early, dies = chance.happens(0.4), chance.happens(0.08)
    side = chance.pick(["左", "右"])
    ago = "2小时" if early else "9小时"
    onset = came - (2 if early else 9) * HOUR
    chart.fall_ill(Illness(onset, came + 4 * HOUR, effects(
        sbp=(chance.between(162, 188), 4.0), dbp=(96.0, 4.0), glu=(7.3, 3.0), ldl=(3.9, 60.0),
        crp=(16.0, 4.0), wbc=(9.9, 3.0))))  # fmt: skip
    zh, en = f"突发{side}侧肢体无力、言语不清{ago}", "sudden weakness"
    history = f"{ago}前突发{side}侧肢体无力，口角歪斜，言语含糊，无抽搐。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam=f"神志清，构音障碍，{side}侧肢体肌力3级，巴氏征阳性。",
         plan="启动卒中绿色通道" + ("，静脉溶栓，收入神经内科。" if early else "，超过溶栓时间窗，收入神经内科。"),
         diagnoses=("stroke",), lasts=days, since=onset, labs="glucose coag cbc", signs="temp hr rr bp spo2",
         images=(("head_ct", "未见出血，未见大面积低密度影。"),))  # fmt: skip
    start = first.last + timedelta(minutes=10)
    end = (came + days * DAY).replace(hour=10, minute=50)
    over = start + chance.whole(4, 7) * DAY if dies else end
    stay = admit(chart, "NEUR", start, over, "emd", zh, en)
    why = stay.diagnose("stroke", start + timedelta(minutes=20), "AD", since=onset, until=over)
    if early:
        prescribe(stay, "alteplase", start + timedelta(minutes=5), 1, why, once=True)
        operate(stay, "thrombolysis", start + timedelta(minutes=8), 60, why, surgery=False)
    prescribe(stay, "aspirin", start + (26 if early else 2) * HOUR, days - 1, why)
    prescribe(stay, "atorvastatin", start + 2 * HOUR, days, why)
    prescribe(stay, "butylphthalide", start + 3 * HOUR, days, why)
    labs(stay, "short lipid", (start + DAY).replace(hour=6, minute=0))
    imaging(stay, "brain_mr", (start + DAY).replace(hour=10), "大脑中动脉供血区急性脑梗死。")
    imaging(stay, "carotid_us", (start + 2 * DAY).replace(hour=9), "双侧颈动脉粥样硬化斑块形成。")
    clerk(
        stay,
        history,
        f"构音障碍，{side}侧肢体肌力3级，NIHSS 7分。",
        "抗血小板、他汀、控制血压，早期康复。",
    )
    if dies:
        die(stay, over, "大面积脑梗死并脑疝，抢救无效。")
        return
    rounds(
        stay,
        end,
        ["肢体无力无加重，血压平稳，继续治疗。", "肌力恢复至4级，床旁康复训练。"],
        every=2,
    )
    for key in ("aspirin", "atorvastatin"):
        prescribe(stay, key, end - 2 * HOUR, 30, why, discharge=True)
    discharge(stay, end, "予抗血小板、调脂及康复治疗，肢体功能改善。", f"言语基本清楚，{side}侧肢体肌力4级。",
              "继续康复训练，一月后神经内科复诊。")  # fmt: skip
    later = outpatient(chart, "NEUR", "LH", end + 32 * DAY, "脑梗死后复诊", "after stroke")
    seen(later, history="肢体无力较前好转，可自行行走。", exam=f"{side}侧肢体肌力4+级。", plan="二级预防，继续康复。",
         diagnoses=("stroke_old",), lasting=True, labs="lipid", signs="hr bp",
         drugs=(("aspirin", 30), ("atorvastatin", 30)))  # fmt: skip


@course("migraine", 3, ages=(18, 50), sex="female")
def migraine(chart: Chart) -> None:
    """Migraine, two visits."""
    day = chart.now - chart.chance.whole(120, 900) * DAY
    first = outpatient(chart, "NEUR", "LH", day, "反复头痛3年，加重2周", "recurrent headache")
    (why,) = seen(first, history="单侧搏动性头痛，伴恶心、畏光。", exam="神经系统查体无阳性体征。", plan="头痛日记，预防治疗。",
                  diagnoses=("migraine",), lasting=True, signs="temp hr bp",
                  images=(("head_ct", "颅内未见异常。"),), drugs=(("flunarizine", 28), ("paracetamol", 5)))  # fmt: skip
    later = outpatient(chart, "NEUR", "LH", day + 60 * DAY, "偏头痛复诊", "headache review")
    seen(later, history="发作次数减少。", exam="无特殊。", plan="继续预防治疗。", known=(("migraine", why),),
         signs="hr bp", drugs=(("flunarizine", 28),))  # fmt: skip


@course("vertigo", 3, ages=(35, 80))
def vertigo(chart: Chart) -> None:
    """Positional vertigo, one repositioning."""
    came = moment(
        chart, chart.now.replace(hour=0, minute=0) - chart.chance.whole(10, 900) * DAY, 6, 21
    )
    visit = emergency(chart, "EC", came, "体位变化时眩晕1天", "positional vertigo")
    operate(
        visit, "repositioning", came + timedelta(minutes=40), 10, outcome="眩晕缓解", surgery=False
    )
    seen(visit, history="翻身时天旋地转，持续数十秒，伴恶心，无耳鸣。", exam="Dix-Hallpike试验阳性。", plan="耳石复位，避免快速转头。",
         diagnoses=("vertigo",), lasts=14, labs="glucose", signs="temp hr rr bp", drugs=(("betahistine", 7),))  # fmt: skip


@course("depression", 4, ages=(17, 68))
def depression(chart: Chart) -> None:
    """Depression treated for half a year, with weight and thyroid looked at once."""
    day = chart.now - chart.chance.whole(240, 900) * DAY
    first = outpatient(chart, "PSY", "NH", day, "情绪低落、兴趣减退2月", "low mood")
    (why,) = seen(first, history="2月来情绪低落、早醒、乏力，PHQ-9评分17分，否认轻生计划。", exam="接触合作，情感低落，无幻觉妄想。",
                  plan="药物联合心理治疗，2周复诊。", diagnoses=("depression",), lasting=True, labs="thyroid cbc liver",
                  signs="temp hr bp", weigh=True, drugs=(("sertraline", 28),))  # fmt: skip
    for gap, score in ((14, 14), (45, 9), (110, 5), (190, 3)):
        later = outpatient(chart, "PSY", "NH", day + gap * DAY, "抑郁复诊", "mood review")
        seen(later, history=f"情绪较前改善，PHQ-9评分{score}分。", exam="接触合作，情感反应适切。", plan="继续舍曲林。",
             known=(("depression", why),), signs="hr bp", drugs=(("sertraline", 28),))  # fmt: skip


@course("anxiety", 4, ages=(22, 70))
def anxiety(chart: Chart) -> None:
    """Anxiety with insomnia."""
    day = chart.now - chart.chance.whole(120, 900) * DAY
    first = outpatient(chart, "PSY", "NH", day, "紧张、入睡困难3月", "anxiety and poor sleep")
    (why, _) = seen(first, history="3月来过度担心，心慌，入睡需2小时以上。", exam="接触合作，情绪焦虑。", plan="睡眠卫生，药物治疗。",
                    diagnoses=("anxiety", "insomnia"), lasting=True, labs="thyroid", signs="temp hr bp",
                    drugs=(("escitalopram", 28), ("zopiclone", 7)))  # fmt: skip
    for gap in (21, 80):
        later = outpatient(chart, "PSY", "NH", day + gap * DAY, "焦虑复诊", "anxiety review")
        seen(later, history="焦虑减轻，睡眠改善。", exam="接触合作，情绪平稳。", plan="继续治疗。",
             known=(("anxiety", why),), signs="hr bp", drugs=(("escitalopram", 28),))  # fmt: skip
