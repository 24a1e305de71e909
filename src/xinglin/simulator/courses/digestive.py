"""Belly: appendicitis, gallstones, pancreatitis, bleeding ulcer, gastritis.

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
from xinglin.simulator.vitals import vitals

from .clinic import seen
from .deck import course
from .ward import admission_day, admit, clerk, discharge, emergency, moment, outpatient, rounds

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart


@course("appendicitis", 4, ages=(9, 62), stream="surgery")
def appendicitis(chart: Chart) -> None:
    """Pain that moves to the right, surgery the same night, home in four days."""
    chance = chart.chance
    days = chance.whole(3, 5)
    came = moment(chart, admission_day(chart, days), 6, 20)
    chart.fall_ill(Illness(came - 16 * HOUR, came + 5 * HOUR, effects(
        temp=(chance.between(37.9, 38.8), 0.8), hr=(102.0, 1.0), wbc=(chance.between(13.2, 18.6), 1.6),
        neutp=(chance.between(83, 91), 1.8), lymp=(8.0, 2.0), crp=(chance.between(35, 95), 2.0, 0.8))))  # fmt: skip
    zh, en = "转移性右下腹痛16小时", "pain moving to the right lower abdomen"
    history = "16小时前上腹隐痛，后转移固定于右下腹，伴恶心。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="右下腹麦氏点压痛、反跳痛。", plan="收入普外科急诊手术。", diagnoses=("appendicitis",),
         lasts=days, since=came - 16 * HOUR, labs="cbc crp coag", signs="temp hr rr bp",
         images=(("abdomen_us", "右下腹管状低回声，直径约10mm，考虑阑尾炎。"),))  # fmt: skip
    start = first.last + timedelta(minutes=20)
    end = (came + days * DAY).replace(hour=10, minute=0)
    stay = admit(chart, "GSUR", start, end, "emd", zh, en)
    why = stay.diagnose(
        "appendicitis", start + timedelta(minutes=30), "AD", since=came - 16 * HOUR, until=end
    )
    prescribe(stay, "cefuroxime|clindamycin", start + HOUR, 2, why)
    prescribe(stay, "metronidazole", start + HOUR, 2, why)
    labs(stay, "screen short", start + timedelta(minutes=20))
    knife = start + chance.whole(3, 6) * HOUR
    operate(
        stay, "appendectomy", knife, chance.whole(40, 75), why, outcome="手术顺利，阑尾充血水肿"
    )
    prescribe(stay, "tramadol", knife + 3 * HOUR, 1, why)
    clerk(stay, history, "右下腹压痛、反跳痛，肌紧张。", "禁食、抗感染，急诊腹腔镜手术。")
    note(
        stay,
        "operation",
        knife + 9 * HOUR,
        [("记录", "全麻下行腹腔镜阑尾切除术，术中见阑尾充血水肿，无穿孔，出血约10ml。", [])],
    )
    imaging(stay, "pathology", knife + 2 * HOUR, "急性单纯性阑尾炎。", hours=30)
    labs(stay, "cbc crp", (start + 2 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["术后恢复好，已排气，进流食，切口干燥。"])
    prescribe(stay, "ibuprofen|paracetamol", end - 2 * HOUR, 3, why, discharge=True)
    discharge(
        stay,
        end,
        "急诊行腹腔镜阑尾切除术，术后恢复顺利。",
        "腹软，切口甲级愈合。",
        "一周后门诊拆线。",
    )
    later = outpatient(chart, "GSUR", "LH", end + 8 * DAY, "阑尾术后复查", "wound check")
    seen(later, history="无腹痛发热。", exam="切口愈合良好。", plan="拆线，随诊。", known=(("appendicitis", why),), signs="temp hr")  # fmt: skip


@course("cholecystitis", 4, ages=(32, 80), stream="surgery")
def cholecystitis(chart: Chart) -> None:
    """Gallstones that inflame; the gallbladder comes out after two days of antibiotics."""
    chance = chart.chance
    days = chance.whole(6, 9)
    came = moment(chart, admission_day(chart, days), 6, 21)
    chart.fall_ill(Illness(came - DAY, came + 8 * HOUR, effects(
        temp=(38.4, 1.0), hr=(99.0, 1.2), wbc=(chance.between(12, 16.5), 2.0), neutp=(85.0, 2.0), lymp=(9.0, 2.0),
        crp=(chance.between(60, 140), 2.2), alt=(chance.between(70, 160), 3.0), ast=(95.0, 3.0),
        ggt=(180.0, 5.0), alp=(150.0, 5.0), tbil=(chance.between(26, 44), 2.5), dbil=(16.0, 2.5))))  # fmt: skip
    zh, en = "右上腹痛1天", "right upper abdominal pain"
    history = "1天前进油腻食物后右上腹持续疼痛，向右肩放射，伴发热、呕吐。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="右上腹压痛，墨菲征阳性。", plan="收入普外科。", diagnoses=("cholecystitis",), lasts=days,
         labs="cbc crp liver pancreas", signs="temp hr rr bp",
         images=(("abdomen_us", "胆囊增大，壁厚5mm，颈部结石嵌顿约12mm。"),))  # fmt: skip
    start = first.last + timedelta(minutes=35)
    end = (came + days * DAY).replace(hour=10, minute=10)
    stay = admit(chart, "GSUR", start, end, "emd", zh, en)
    why = stay.diagnose("cholecystitis", start + HOUR, "AD", since=came - DAY, until=end)
    prescribe(stay, "ceftriaxone|levofloxacin", start + HOUR, 4, why)
    prescribe(stay, "metronidazole", start + HOUR, 4, why)
    labs(stay, "coag screen", start + HOUR)
    knife = (start + 2 * DAY).replace(hour=chance.whole(9, 14), minute=10)
    operate(stay, "cholecystectomy", knife, chance.whole(55, 95), why, outcome="手术顺利")
    clerk(stay, history, "右上腹压痛，墨菲征阳性。", "禁食、抗感染、解痉，择期腹腔镜手术。")
    note(
        stay,
        "operation",
        knife + 3 * HOUR,
        [("记录", "全麻下行腹腔镜胆囊切除术，胆囊充血水肿，内见结石，出血约30ml。", [])],
    )
    labs(stay, "cbc crp liver", (knife + DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["体温下降，腹痛减轻，完善术前准备。", "术后恢复可，进半流食。"])
    discharge(stay, end, "抗感染后行腹腔镜胆囊切除术，恢复顺利。", "腹软无压痛，切口愈合好。", "低脂饮食，两周后复查。")  # fmt: skip


@course("pancreatitis", 2, ages=(28, 75), stream="pancreas")
def pancreatitis(chart: Chart) -> None:
    """Enzymes far up, calcium down, fluids and time."""
    chance = chart.chance
    days = chance.whole(7, 11)
    came = moment(chart, admission_day(chart, days), 6, 22)
    chart.fall_ill(Illness(came - 10 * HOUR, came + 6 * HOUR, effects(
        amy=(chance.between(800, 2100), 1.4), lip=(chance.between(1200, 3400), 1.8), wbc=(15.4, 2.4),
        neutp=(87.0, 2.4), lymp=(8.0, 2.4), crp=(chance.between(120, 210), 3.0, 1.5), glu=(10.2, 3.0), ca=(1.92, 4.0),
        tbil=(40.0, 3.0), alt=(150.0, 3.5), hr=(112.0, 2.0), temp=(38.1, 2.0), tg=(3.0, 20.0))))  # fmt: skip
    zh, en = "上腹剧痛10小时", "severe upper abdominal pain"
    history = "10小时前饱餐后上腹持续剧痛，向背部放射，呕吐后不缓解。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="上腹压痛明显，肠鸣音减弱。", plan="禁食、补液，收入消化内科。", diagnoses=("pancreatitis",),
         lasts=days, labs="cbc pancreas short lytes", signs="temp hr rr bp spo2",
         images=(("abdomen_ct", "胰腺肿胀，周围渗出，胆囊结石。"),))  # fmt: skip
    start = first.last + timedelta(minutes=40)
    end = (came + days * DAY).replace(hour=10, minute=25)
    stay = admit(chart, "GAST", start, end, "emd", zh, en)
    why = stay.diagnose("pancreatitis", start + HOUR, "AD", since=came - 10 * HOUR, until=end)
    for key in ("octreotide", "esomeprazole", "saline"):
        prescribe(stay, key, start + HOUR, 4, why)
    clerk(stay, history, "上腹压痛，无反跳痛。", "禁食、液体复苏、抑酸抑酶、镇痛。")
    labs(stay, "cbc crp pancreas lytes", (start + 2 * DAY).replace(hour=6, minute=0))
    labs(stay, "crp pancreas", (start + 5 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["腹痛减轻，继续补液抑酶。", "淀粉酶下降，恢复流食无不适。"])
    discharge(
        stay,
        end,
        "予禁食、补液、抑酶治疗，腹痛消失。",
        "腹软，无压痛。",
        "低脂饮食，择期处理胆囊结石。",
    )


@course("gi-bleed", 3, ages=(34, 84), stream="bleed")
def gi_bleed(chart: Chart) -> None:
    """Black stools, a critical haemoglobin in the worst, transfusion, endoscopic clips."""
    chance = chart.chance
    days = chance.whole(6, 9)
    came = moment(chart, admission_day(chart, days), 4, 22)
    low = chance.between(44, 49.4) if chance.happens(0.4) else chance.between(56, 78)
    chart.fall_ill(Illness(came - DAY, came + 3 * HOUR, effects(
        hgb=(low, 4.5), hr=(118.0, 1.0), sbp=(92.0, 0.8), dbp=(58.0, 0.8), urea=(15.0, 2.0), alb=(33.0, 12.0))))  # fmt: skip
    zh, en = "呕血、黑便1天", "black stools"
    history = "1天来解柏油样便4次，呕咖啡样物1次，头晕、心慌。"
    first = emergency(chart, "LH", came, zh, en)
    prescribe(first, "saline", came + timedelta(minutes=12), 1)
    seen(first, history=history, exam="面色苍白，腹软，肠鸣音活跃。", plan="禁食、扩容、抑酸，备血，收入消化内科。",
         diagnoses=("gi_bleed",), lasts=days, labs="cbc coag renal stool", positive="fob",
         signs="temp hr rr bp spo2")  # fmt: skip
    start = first.last + timedelta(minutes=15)
    end = (came + days * DAY).replace(hour=10, minute=35)
    stay = admit(chart, "GAST", start, end, "emd", zh, en)
    why = stay.diagnose(
        "gi_bleed", start + timedelta(minutes=20), "AD", since=came - DAY, until=end
    )
    stay.diagnose("anaemia_acute", start + timedelta(minutes=25), "CM", since=came, until=end)
    prescribe(stay, "esomeprazole", start + timedelta(minutes=20), 5, why)
    before = labs(stay, "hb", start + timedelta(minutes=25))
    units = 4 if low < 50 else 2
    vitals(stay, start + timedelta(minutes=95))
    given = start + timedelta(minutes=100)
    operate(
        stay,
        "red_cells",
        given,
        150,
        why,
        outcome=f"输注悬浮红细胞{units}单位，无输血反应",
        surgery=False,
    )
    operate(
        stay,
        "endoscopic_haemostasis",
        start + 6 * HOUR,
        35,
        why,
        outcome="钛夹夹闭，出血停止",
        surgery=False,
    )
    note(stay, "transfusion", given + 4 * HOUR,
         [("记录", f"输血前血红蛋白{before['hgb']:.0f}g/L，输注同型悬浮红细胞{units}单位，过程顺利，无不良反应。", [])])  # fmt: skip
    clerk(stay, history, "贫血貌，腹软，上腹轻压痛。", "抑酸、输血、急诊内镜。")
    imaging(stay, "gastroscopy", start + 6 * HOUR, "十二指肠球部溃疡（Forrest Ⅱa），钛夹止血。")
    for day in (1, 2, 4):
        labs(stay, "hb", (start + day * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["未再呕血黑便，血红蛋白回升。", "恢复半流食，无不适。"])
    prescribe(stay, "omeprazole", end - 2 * HOUR, 28, why, discharge=True)
    prescribe(stay, "ferrous", end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, "予抑酸、输血及内镜止血，出血停止。", "无黑便，生命体征平稳。", "忌非甾体抗炎药，一月后复查胃镜及血常规。")  # fmt: skip
    later = outpatient(chart, "GAST", "LH", end + 35 * DAY, "消化道出血后复查", "after bleeding")
    seen(later, history="大便黄软，无腹痛。", exam="睑结膜红润。", plan="完成抑酸疗程。", known=(("gi_bleed", why),),
         labs="cbc ubt", signs="hr bp", drugs=(("omeprazole", 28),))  # fmt: skip


@course("gastritis", 8, ages=(22, 70))
def gastritis(chart: Chart) -> None:
    """Stomach ache, Helicobacter, two weeks of four drugs, a negative test at the end."""
    chance = chart.chance
    day = chart.now - chance.whole(120, 950) * DAY
    found = chance.happens(0.6)
    campus = chance.pick(["LH", "EC"])
    first = outpatient(chart, "GAST", campus, day, "上腹胀痛1月", "upper abdominal discomfort")
    seen(first, history="1月来餐后上腹胀痛，反酸、嗳气，无黑便。", exam="腹软，上腹轻压痛。",
         plan="根除幽门螺杆菌。" if found else "抑酸、规律饮食。", labs="ubt cbc", positive="hp" if found else "",
         diagnoses=("gastritis", "hpylori") if found else ("gastritis",), lasts=60, signs="temp hr bp",
         images=(("gastroscopy", "慢性非萎缩性胃炎。"),),
         drugs=(("omeprazole", 14), ("bismuth", 14), ("amoxicillin|clarithromycin", 14),
                ("levofloxacin", 14)) if found else (("omeprazole", 28),))  # fmt: skip
    if found:
        later = outpatient(chart, "GAST", campus, day + 50 * DAY, "根除后复查", "after eradication")
        seen(
            later,
            history="症状消失，停药1月。",
            exam="腹软无压痛。",
            plan="根除成功，随诊。",
            labs="ubt",
            signs="hr bp",
        )
