"""Kidney, bladder, prostate: dialysis with dangerous potassium, infections, stones, prostate.

Critical potassium: limits of the clinical specification (2.8 and 6.2 mmol/L).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.acts import culture, imaging, operate
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
    from datetime import datetime

    from xinglin.simulator.chart import Chart
    from xinglin.simulator.codes import Json


@course("dialysis", 4, ages=(38, 80), stream="dialysis")
def dialysis(chart: Chart) -> None:
    """Kidney failure: hyperkalaemia brings the first dialysis, a fistula, then three a week."""
    chance = chart.chance
    days = chance.whole(8, 13)
    came = moment(chart, admission_day(chart, days), 6, 21)
    chart.past.append("慢性肾脏病")
    chart.usual |= {"crea": chance.between(560, 900), "urea": chance.between(17, 25), "k": 4.9, "phos": chance.between(1.7, 2.3),
                    "ca": 2.02, "pth": chance.between(28, 62), "hgb": chance.between(84, 104), "hco3": 20.5,
                    "sbp": 148.0, "dbp": 84.0}  # fmt: skip
    chart.fall_ill(Illness(came - 5 * DAY, came + 3 * HOUR, effects(
        k=(chance.between(6.6, 7.5), 0.15), urea=(36.0, 3.0), ph=(7.28, 0.6), pco2=(31.0, 1.0), sbp=(172.0, 3.0),
        spo2=(94.0, 1.0), bnp=(4200.0, 4.0))))  # fmt: skip
    zh, en = "乏力、尿少1周，胸闷1天", "weakness and little urine"
    history = "慢性肾脏病多年，1周来尿少、乏力，1天来胸闷、四肢无力。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="颜面水肿，双肺底少许湿啰音，双下肢水肿。", plan="紧急降钾，急诊血液透析，收入肾内科。",
         diagnoses=("hyperkalaemia",), lasts=1, labs="renal abg cbc", signs="temp hr rr bp spo2",
         images=(("ecg", "窦性心律，T波高尖，符合高钾血症改变。"),), drugs=(("calcium_gluconate", 0),))  # fmt: skip
    start = first.last + timedelta(minutes=15)
    end = (came + days * DAY).replace(hour=10, minute=40)
    stay = admit(chart, "NEPH", start, end, "emd", zh, en)
    why = stay.diagnose("ckd5", start + HOUR, "AD", since=came - 400 * DAY, lasting=True)
    stay.diagnose("renal_anaemia", start + HOUR, "CM", since=came - 300 * DAY, lasting=True)
    operate(stay, "haemodialysis", start + timedelta(minutes=50), 180, why, surgery=False)
    labs(stay, "lytes", start + 5 * HOUR)
    labs(stay, "mineral liver iron screen", (start + DAY).replace(hour=6, minute=0))
    clerk(stay, history, "贫血貌，双下肢凹陷性水肿。", "降钾、血液透析，评估长期透析通路。")
    for day in (2, 4, 7):
        if start + (day + 1) * DAY < end:
            operate(
                stay,
                "haemodialysis",
                (start + day * DAY).replace(hour=8, minute=20),
                240,
                why,
                surgery=False,
            )
    operate(
        stay,
        "fistula",
        (start + 5 * DAY).replace(hour=14, minute=30),
        70,
        why,
        outcome="内瘘震颤良好",
    )
    labs(stay, "renal cbc", (end - DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["血钾已降至安全范围，水肿减轻。", "内瘘术后震颤良好，规律透析。"])
    for key in ("epo", "sevelamer", "calcitriol", "amlodipine"):
        prescribe(stay, key, end - 2 * HOUR, 28, why, discharge=True)
    discharge(stay, end, "紧急降钾及血液透析，建立动静脉内瘘。", "水肿消退，内瘘震颤良好。", "每周三次血液透析，低钾低磷饮食。")  # fmt: skip
    _sessions(chart, end, why)


def _sessions(chart: Chart, since: datetime, why: Json) -> None:
    """Some of the sessions that follow, with blood taken now and then."""
    for turn in range(6):
        start = (since + (3 + turn * 19) * DAY).replace(hour=8, minute=0)
        while start.weekday() > 4:
            start += DAY
        visit = outpatient(chart, "NEPH", "LH", start, "规律血液透析", "dialysis session")
        before = vitals(visit, visit.start + timedelta(minutes=5), "temp hr bp")
        if turn % 2 == 0:
            labs(
                visit,
                "renal cbc mineral" if turn % 4 == 0 else "renal",
                visit.start + timedelta(minutes=8),
            )
        visit.recall("ckd5", why)
        operate(visit, "haemodialysis", visit.start + timedelta(minutes=20), 240, why, surgery=False,
                outcome=f"超滤{chart.chance.whole(18, 32) / 10}L，过程平稳")  # fmt: skip
        after = vitals(visit, visit.last, "hr bp")
        note(visit, "outpatient", visit.last + timedelta(minutes=4),
             [("记录", f"透析前{before}；透析后{after}。经动静脉内瘘透析4小时，过程平稳。", [])])  # fmt: skip
        visit.leave()


@course("pyelonephritis", 2, ages=(19, 75), sex="female", stream="pyelo")
def pyelonephritis(chart: Chart) -> None:
    """Fever with flank pain, E. coli in the culture."""
    chance = chart.chance
    days = chance.whole(5, 7)
    came = moment(chart, admission_day(chart, days), 6, 21)
    chart.fall_ill(Illness(came - 2 * DAY, came + 6 * HOUR, effects(
        temp=(39.2, 1.0), hr=(108.0, 1.2), wbc=(15.2, 2.0), neutp=(86.0, 2.2), lymp=(8.0, 2.2), crp=(130.0, 2.2), pct=(2.2, 1.3),
        uwbc=(65.0, 1.5), urbc=(12.0, 1.5))))  # fmt: skip
    zh, en = "发热、腰痛2天", "fever and flank pain"
    history = "2天前尿频尿急尿痛，继而寒战高热，右侧腰痛。"
    first = emergency(chart, "LH", came, zh, en)
    seen(first, history=history, exam="右肾区叩击痛阳性。", plan="留取培养后抗感染，收入肾内科。", diagnoses=("pyelonephritis",), lasts=days,
         labs="cbc inflam urine", positive="uleu unit", signs="temp hr rr bp spo2")  # fmt: skip
    start = first.last + timedelta(minutes=30)
    end = (came + days * DAY).replace(hour=10, minute=5)
    stay = admit(chart, "NEPH", start, end, "emd", zh, en)
    why = stay.diagnose("pyelonephritis", start + HOUR, "AD", since=came - 2 * DAY, until=end)
    culture(stay, "urine", start + timedelta(minutes=20), "大肠埃希菌生长，菌落计数≥10⁵CFU/ml", 2.2)
    drug = prescribe(stay, "ceftriaxone|levofloxacin", start + timedelta(minutes=50), days, why)
    labs(stay, "short", start + HOUR)
    imaging(stay, "urine_us", (start + DAY).replace(hour=9), "右肾体积稍大，未见结石及积水。")
    clerk(stay, history, "右肾区叩击痛。", f"抗感染（{drug}），多饮水。")
    labs(stay, "cbc crp urine", (start + 3 * DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["体温正常，腰痛减轻，继续抗感染。"])
    prescribe(stay, "fosfomycin", end - 2 * HOUR, 3, why, discharge=True)
    discharge(
        stay, end, f"予{drug}抗感染，体温正常，尿路症状消失。", "肾区无叩痛。", "两周后复查尿常规。"
    )


@course("cystitis", 5, ages=(19, 72), sex="female")
def cystitis(chart: Chart) -> None:
    """Cystitis, one visit and a control."""
    day = chart.now - chart.chance.whole(30, 950) * DAY
    first = outpatient(
        chart, "GP", chart.chance.pick(["LH", "EC"]), day, "尿频尿急尿痛2天", "burning urine"
    )
    chart.fall_ill(
        Illness(
            first.start - 2 * DAY,
            first.start + 12 * HOUR,
            effects(uwbc=(48.0, 1.5), urbc=(9.0, 1.5)),
        )
    )
    seen(first, history="2天来尿频、尿急、尿痛，无发热腰痛。", exam="下腹轻压痛，肾区无叩痛。", plan="抗感染，多饮水。",
         diagnoses=("cystitis",), lasts=7, labs="urine", positive="uleu unit", signs="temp hr bp", drugs=(("fosfomycin", 3),))  # fmt: skip
    later = outpatient(chart, "GP", first.campus, day + 11 * DAY, "复查尿常规", "urine control")
    seen(later, history="症状消失。", exam="无压痛。", plan="已愈。", labs="urine", signs="temp")


@course("colic", 4, ages=(24, 62))
def colic(chart: Chart) -> None:
    """Ureteric colic in the emergency room."""
    came = moment(
        chart, chart.now.replace(hour=0, minute=0) - chart.chance.whole(10, 950) * DAY, 0, 23
    )
    side = chart.chance.pick(["左", "右"])
    chart.fall_ill(
        Illness(
            came - 3 * HOUR,
            came + HOUR,
            effects(urbc=(60.0, 1.0), hr=(96.0, 0.3), sbp=(146.0, 0.3)),
        )
    )
    visit = emergency(
        chart, chart.chance.pick(["LH", "EC"]), came, f"突发{side}侧腰腹部绞痛3小时", "flank colic"
    )
    seen(visit, history=f"3小时前突发{side}侧腰部绞痛，向下腹放射，伴恶心、肉眼血尿。", exam=f"{side}肾区叩击痛。", plan="解痉止痛，多饮水，泌尿外科随诊。",
         diagnoses=("renal_colic",), lasts=20, labs="urine renal", signs="temp hr rr bp",
         images=(("urine_us", f"{side}侧输尿管下段结石约5mm，轻度肾积水。"),), drugs=(("ibuprofen|tramadol", 3), ("tamsulosin_stone", 14)))  # fmt: skip


@course("prostate", 4, ages=(58, 84), sex="male", stream="prostate")
def prostate(chart: Chart) -> None:
    """Prostate: drugs first, then the resection."""
    chance = chart.chance
    days = chance.whole(5, 7)
    start = admission_day(chart, days).replace(hour=9, minute=chance.whole(0, 55))
    volume = chance.whole(48, 82)
    chart.usual["psa"] = chance.between(2.2, 6.2)
    first = outpatient(
        chart, "UROL", "EC", start - 200 * DAY, "进行性排尿困难2年", "difficult urination"
    )
    (why,) = seen(first, history="2年来尿频、夜尿3～4次、尿线变细。", exam=f"直肠指检前列腺Ⅱ度增大，质韧，估计{volume}ml。", plan="药物治疗，三月后复诊。",
                  diagnoses=("bph",), lasting=True, labs="psa urine renal", signs="temp hr bp",
                  images=(("prostate_us", f"前列腺增大约{volume}ml，残余尿80ml。"),), drugs=(("tamsulosin", 28), ("finasteride", 28)))  # fmt: skip
    second = outpatient(
        chart, "UROL", "EC", start - 14 * DAY, "排尿困难加重", "difficult urination"
    )
    seen(second, history="药物效果不佳，残余尿增多。", exam="膀胱区叩诊浊音。", plan="预约住院手术。", known=(("bph", why),), signs="hr bp",
         images=(("prostate_us", f"前列腺约{volume + 3}ml，残余尿160ml。"),))  # fmt: skip
    end = (start + days * DAY).replace(hour=10, minute=30)
    stay = admit(chart, "UROL", start, end, "outp", "前列腺增生待手术", "prostate surgery")
    stay.recall("bph", why, "AD")
    labs(stay, "cbc coag short screen", start + HOUR)
    clerk(
        stay,
        "排尿困难2年，药物治疗无效，入院手术。",
        "前列腺Ⅱ度增大，无结节。",
        "完善术前检查，择期手术。",
    )
    knife = (start + DAY).replace(hour=chance.whole(9, 14), minute=0)
    operate(stay, "turp", knife, 65, why, outcome="手术顺利")
    prescribe(stay, "levofloxacin|cefuroxime", knife + 2 * HOUR, 3, why)
    note(
        stay,
        "operation",
        knife + 3 * HOUR,
        [
            (
                "记录",
                "腰麻下行经尿道前列腺电切术，切除组织约30g，出血约80ml，留置三腔导尿管膀胱冲洗。",
                [],
            )
        ],
    )
    imaging(stay, "pathology", knife + HOUR, "前列腺结节状增生，未见癌。", hours=40)
    labs(stay, "cbc lytes", (knife + DAY).replace(hour=6, minute=0))
    rounds(stay, end, ["膀胱冲洗液转清，无发热。", "拔除导尿管，排尿通畅。"])
    discharge(
        stay,
        end,
        "行经尿道前列腺电切术，拔管后排尿通畅。",
        "排尿通畅，尿色淡黄。",
        "一月后泌尿外科复诊。",
    )
