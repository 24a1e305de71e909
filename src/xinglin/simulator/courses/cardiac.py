"""Heart and vessels: infarction, failure, atrial fibrillation, hypertension, lipids.

Door-to-balloon and the like follow the clinical specification of the project.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import imaging, operate
from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.notes import note, visit_note
from xinglin.simulator.vitals import vitals

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
    from xinglin.simulator.chart import Chart


@course("stemi", 3, ages=(42, 82), stream="stemi")
def stemi(chart: Chart) -> None:
    """Chest pain, ECG within ten minutes, a stent within ninety; one in ten dies."""
    chance = chart.chance
    days = chance.whole(6, 9)
    came = moment(chart, admission_day(chart, days), 1, 22)
    dies = chance.happens(0.1)
    chart.fall_ill(
        Illness(
            came - 2 * HOUR,
            came + 2 * HOUR,
            effects(
                tni=(chance.between(9000, 42000), 1.3, 0.5), ckmb=(chance.between(120, 290), 0.8, 0.4),
                hr=(98.0, 1.5), sbp=(104.0, 1.0), spo2=(94.0, 1.0), bnp=(1900.0, 3.0, 1.0),
                wbc=(13.1, 2.0), neutp=(84.0, 2.0), ast=(180.0, 2.0, 0.8), glu=(7.4, 2.0), ldl=(4.1, 90.0),
                ),
        )
    )  # fmt: skip
    zh, en = "突发胸痛2小时", "chest pain"
    history = "2小时前突发胸骨后压榨样疼痛，向左肩放射，大汗，含服硝酸甘油不缓解。"
    first = emergency(chart, "LH", came, zh, en)
    measured = vitals(first, came + timedelta(minutes=2))
    imaging(
        first,
        "ecg",
        came + timedelta(minutes=0),
        "窦性心律，V1～V5导联ST段弓背向上抬高0.2～0.5mV。",
    )
    labs(first, "cardiac", came + timedelta(minutes=4))
    made = first.last + timedelta(minutes=4)
    ami = first.diagnose("stemi", made, "DD", since=came - 2 * HOUR, until=came + 28 * DAY)
    prescribe(first, "aspirin", made, 1, ami, once=True)
    prescribe(first, "ticagrelor", made, 1, ami, once=True)
    visit_note(first, made + timedelta(minutes=5), history, f"{measured}。心音低钝，双肺底少许湿啰音。",
               "启动胸痛中心绿色通道，急诊冠脉介入治疗。")  # fmt: skip
    start = first.leave() + timedelta(minutes=2)
    end = (came + days * DAY).replace(hour=10, minute=20)
    over = start + chance.whole(34, 60) * HOUR if dies else end
    stay = admit(chart, "CCU", start, over, "emd", zh, en)
    if not dies:
        step = start + timedelta(days=2, hours=4)
        move(stay, [("CCU", start, step), ("CARD", step, end)])
    why = stay.diagnose(
        "stemi", start + timedelta(minutes=3), "AD", since=came - 2 * HOUR, until=over
    )
    stay.diagnose("coronary", start + HOUR, "CM", since=came - 2 * HOUR, lasting=True)
    operate(
        stay,
        "coronary_angiography",
        start + timedelta(minutes=5),
        12,
        why,
        outcome="前降支近段闭塞",
    )
    operate(stay, "pci", start + timedelta(minutes=18), 35, why, outcome="植入支架1枚，TIMI血流3级")
    prescribe(stay, "enoxaparin", start + 3 * HOUR, min(3, days), why)
    note(stay, "operation", start + timedelta(minutes=110),
         [("记录", "经右桡动脉行冠脉造影，前降支近段完全闭塞，植入药物洗脱支架1枚，术后血流TIMI 3级，门球时间小于90分钟。", [])])  # fmt: skip
    for hours in (6, 14):
        labs(stay, "cardiac", start + hours * HOUR)
    labs(stay, "short lipid bnp", (start + DAY).replace(hour=6, minute=0))
    clerk(stay, history, "心音低钝，未闻及杂音。", "双联抗血小板、他汀，监测心肌标志物。")
    scan = start + 5 * HOUR if dies else (start + 2 * DAY).replace(hour=9)
    imaging(stay, "echo", scan, "左室前壁运动减弱，LVEF 46%。")
    if dies:
        die(stay, over, "急性心肌梗死并心源性休克，抢救无效。")
        return
    labs(stay, "cardiac", (start + 3 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["胸痛消失，心肌标志物达峰后下降。", "病情平稳，拟出院，行二级预防宣教。"])
    for key in ("aspirin", "ticagrelor|clopidogrel", "atorvastatin", "metoprolol"):
        prescribe(stay, key, end - 2 * HOUR, 30, why, discharge=True)
    discharge(stay, end, "急诊行冠脉介入治疗，术后胸痛缓解。", "无胸痛，心肺查体无特殊。", "一月后心内科复诊，双抗至少12月。")  # fmt: skip
    for months in (1, 6):
        later = outpatient(
            chart, "CARD", "LH", end + months * 30 * DAY, "冠脉支架术后复诊", "after stent"
        )
        seen(later, history="无胸痛胸闷，规律服药。", exam="心律齐，无杂音。", plan="继续二级预防。",
             known=(("stemi", why),), labs="lipid short", signs="hr bp",
             drugs=(("aspirin", 30), ("ticagrelor|clopidogrel", 30), ("rosuvastatin", 30)))  # fmt: skip


@course("heart-failure", 3, ages=(62, 90), stream="failure")
def heart_failure(chart: Chart) -> None:
    """Two decompensations with NT-proBNP up and down again."""
    chance = chart.chance
    chart.usual |= {"bnp": chance.between(600, 1200), "crea": chance.between(95, 125)}
    for turn in range(len(owned(chart).starts)):
        days = chance.whole(6, 10)
        came = moment(chart, admission_day(chart, days, turn), 6, 20)
        end = (came + days * DAY).replace(hour=10, minute=45)
        chart.fall_ill(
            Illness(came - 6 * DAY, came + 5 * HOUR, effects(
                bnp=(chance.between(5200, 11800), 4.0), hr=(112.0, 2.5), rr=(27.0, 2.0), sbp=(148.0, 3.0),
                spo2=(90.0, 2.0), na=(132.5, 4.0), k=(3.4, 4.0), crea=(146.0, 6.0), alt=(72.0, 6.0))))  # fmt: skip
        zh, en = "活动后气促1周，不能平卧2天", "breathlessness lying down"
        history = "1周前起活动后气促，双下肢水肿，近2天夜间不能平卧。"
        first = emergency(chart, "LH", came, zh, en)
        seen(first, history=history, exam="颈静脉怒张，双肺底湿啰音，双下肢凹陷性水肿。", plan="利尿，收入心内科。",
             diagnoses=("heart_failure",), lasts=days, labs="bnp cardiac renal", signs="temp hr rr bp spo2",
             images=(("ecg", "心房颤动，心室率偏快，未见ST段抬高。"),))  # fmt: skip
        stay = admit(chart, "CARD", first.last + timedelta(minutes=40), end, "emd", zh, en)
        start = stay.start
        why = stay.diagnose("heart_failure", start + HOUR, "AD", since=came - 6 * DAY, until=end)
        prescribe(stay, "furosemide", start + HOUR, 5, why)
        prescribe(stay, "spironolactone", start + HOUR, days, why)
        prescribe(stay, "potassium", start + 2 * HOUR, 3, why)
        imaging(stay, "echo", (start + DAY).replace(hour=9, minute=0), "左房左室增大，LVEF 36%。")
        clerk(
            stay,
            history,
            "颈静脉怒张，双肺底湿啰音，双下肢水肿。",
            "利尿、限液，监测电解质和出入量。",
        )
        labs(stay, "bnp renal", (start + 3 * DAY).replace(hour=6, minute=0))
        labs(stay, "bnp renal", (end - DAY).replace(hour=6, minute=0))
        rounds(stay, end, ["尿量增加，气促减轻，可平卧。", "水肿消退，调整口服药物。"])
        for key in ("sacubitril", "metoprolol", "spironolactone", "furosemide_po"):
            prescribe(stay, key, end - 2 * HOUR, 30, why, discharge=True)
        discharge(stay, end, "予利尿、抑制心室重构治疗，水肿消退。", "双肺啰音消失，双下肢无水肿。", "每日称体重，两周后复诊。")  # fmt: skip


@course("af-warfarin", 3, ages=(58, 84))
def af_warfarin(chart: Chart) -> None:
    """Warfarin watched by INR; once far too high, with vitamin K and a critical-value note."""
    chance = chart.chance
    day = chart.now - chance.whole(420, 900) * DAY
    chart.usual |= {"hr": 88.0, "inr": 1.05}
    first = outpatient(chart, "CARD", chance.pick(["LH", "EC"]), day, "心悸1月", "palpitations")
    (why,) = seen(first, history="1月来阵发心悸，无胸痛晕厥。", exam="心律绝对不齐，第一心音强弱不等。",
                  plan="华法林抗凝，目标INR 2.0～3.0，控制心室率。", diagnoses=("af",), lasting=True, labs="inr cbc short",
                  images=(("ecg", "心房颤动，平均心室率96次/分。"),), signs="temp hr bp", weigh=True,
                  drugs=(("warfarin", 28), ("metoprolol", 28)))  # fmt: skip
    start = first.start
    over = chance.happens(0.45)
    chart.fall_ill(Illness(start, start + 12 * DAY, effects(inr=chance.between(2.2, 2.7))))
    for turn, gap in enumerate((14, 45, 110, 200)):
        visit = outpatient(chart, "CARD", first.campus, day + gap * DAY, "华法林监测", "INR check")
        if over and turn == 2:
            chart.fall_ill(
                Illness(
                    visit.start - 9 * DAY, visit.start, effects(inr=(chance.between(5.8, 7.2), 4.0))
                )
            )
            seen(visit, history="近期自服感冒药，牙龈出血。", exam="牙龈渗血，皮肤散在瘀斑。",
                 plan="停华法林3天，维生素K1，3天后复查INR。", diagnoses=("over_anticoagulation",), lasts=10,
                 known=(("af", why),), labs="inr cbc", signs="hr bp", drugs=(("vitamin_k", 0),))  # fmt: skip
            again = outpatient(
                chart, "CARD", first.campus, visit.start + 12 * DAY, "复查INR", "INR check"
            )
            seen(again, history="出血停止，已恢复小剂量华法林。", exam="无新发瘀斑。", plan="继续华法林。",
                 known=(("af", why),), labs="inr", signs="hr bp", drugs=(("warfarin", 28),))  # fmt: skip
            continue
        seen(visit, history="规律服药，无出血。", exam="心律不齐，心室率控制可。", plan="按INR调整华法林。",
             known=(("af", why),), labs="inr", signs="hr bp", drugs=(("warfarin", 28), ("metoprolol", 28)))  # fmt: skip


@course("hypertension", 14, ages=(38, 80))
def hypertension(chart: Chart) -> None:
    """Blood pressure that comes down with treatment over a year."""
    chance = chart.chance
    campus = chance.pick(["LH", "EC", "NH"])
    day = chart.now - chance.whole(300, 1000) * DAY
    high = chance.between(158, 182)
    chart.fall_ill(Illness(day - 400 * DAY, day + 12 * HOUR, effects(
        sbp=(high, 60.0), dbp=(high * 0.6, 60.0), ldl=(4.0, 150.0), tg=2.1)))  # fmt: skip
    first = outpatient(chart, "GP", campus, day, "头晕1月，发现血压升高", "raised blood pressure")
    (why,) = seen(first, history="1月来间断头晕，社区多次测血压升高。", exam="心律齐，双下肢无水肿。",
                  plan="低盐饮食、运动，家庭血压监测。", diagnoses=("hypertension",), lasting=True,
                  labs="short lipid urine", signs="temp hr bp", weigh=True, drugs=(("amlodipine", 28),),
                  images=(("ecg", "窦性心律，正常心电图。"),))  # fmt: skip
    for gap in chance.pick([(30, 120, 240), (28, 90, 180, 270), (30, 150)]):
        later = outpatient(
            chart, "GP", campus, day + gap * DAY, "高血压复诊", "blood pressure review"
        )
        seen(later, history="规律服药，头晕消失。", exam="心肺无特殊。", plan="继续降压治疗。",
             known=(("hypertension", why),), labs="lipid" if gap > 100 else "", signs="hr bp",
             drugs=(("amlodipine", 28), ("valsartan", 28)) if gap > 60 else (("amlodipine", 28),))  # fmt: skip


@course("lipids", 3, ages=(32, 68))
def lipids(chart: Chart) -> None:
    """Mixed hyperlipidaemia; LDL falls under a statin."""
    chance = chart.chance
    day = chart.now - chance.whole(240, 900) * DAY
    chart.fall_ill(Illness(day - 900 * DAY, day + DAY, effects(
        ldl=(4.9, 22.0), tg=(chance.between(2.6, 4.4), 60.0))))  # fmt: skip
    first = outpatient(chart, "GP", "EC", day, "体检发现血脂升高", "raised lipids")
    (why,) = seen(first, history="体检发现血脂升高，无胸痛。", exam="无黄色瘤。", plan="低脂饮食，他汀治疗。",
                  diagnoses=("hyperlipidaemia",), lasting=True, labs="lipid liver", signs="hr bp", weigh=True,
                  drugs=(("atorvastatin", 28),))  # fmt: skip
    for gap in (45, 180):
        later = outpatient(chart, "GP", "EC", day + gap * DAY, "高脂血症复诊", "lipid review")
        seen(later, history="规律服药，无肌痛。", exam="无特殊。", plan="继续他汀。", known=(("hyperlipidaemia", why),),
             labs="lipid", signs="hr bp", drugs=(("atorvastatin", 28),))  # fmt: skip
