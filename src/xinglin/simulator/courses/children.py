"""Children: pneumonia, gastroenteritis, asthma, febrile seizure, hand-foot-mouth, eczema, health care.

Doses follow weight; vaccines follow the national programme.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from xinglin.simulator.chart import DAY, HOUR
from xinglin.simulator.illness import Illness, effects
from xinglin.simulator.laboratory import labs
from xinglin.simulator.medication import prescribe
from xinglin.simulator.times import at

from .clinic import seen
from .deck import course
from .newborns import well
from .ward import admission_day, admit, clerk, discharge, emergency, moment, outpatient, rounds

if TYPE_CHECKING:
    from xinglin.simulator.chart import Chart


def _resize(chart: Chart, years: float) -> None:
    """Height and weight at the age the child has when the course begins."""
    person = chart.person
    if years < 2:
        months = years * 12
        person.height, person.weight = (
            50 + 25.0 * (months / 12) ** 0.6,
            3.3 + 6.6 * (months / 12) ** 0.55,
        )
    else:
        person.height = 86 + 6.1 * (years - 2) + chart.chance.normal(0, 3)
        bmi = 15.6 + max(0, years - 8) * 0.55 + chart.chance.normal(0, 0.9)
        person.weight = bmi * (person.height / 100) ** 2


@course("child-pneumonia", 4, ages=(3.6, 11), stream="paed")
def child_pneumonia(chart: Chart) -> None:
    """Mycoplasma pneumonia of a child."""
    chance = chart.chance
    days = chance.whole(5, 8)
    came = moment(chart, admission_day(chart, days), 8, 20)
    _resize(chart, chart.person.years(came))
    ill = chance.whole(4, 6)
    chart.fall_ill(Illness(came - ill * DAY, came + 10 * HOUR, effects(
        temp=(39.4, 1.2), hr=(132.0, 1.5), rr=(34.0, 2.0), spo2=(94.0, 1.5), crp=(chance.between(22, 60), 2.5),
        wbc=(chance.between(8, 12.5), 3.0), neutp=(72.0, 3.0), lymp=(18.0, 3.0))))  # fmt: skip
    zh, en = f"发热{ill}天，咳嗽3天", "fever and cough of a child"
    history = f"{ill}天前发热，体温最高39.5℃，刺激性干咳，精神稍差。"
    first = emergency(chart, "WC", came, zh, en)
    seen(first, history=history, exam="咽充血，双肺可闻及细湿啰音。", plan="收入儿科。", diagnoses=("child_pneumonia",), lasts=days,
         labs="cbc crp myco", positive="mp", signs="temp hr rr spo2", images=(("chest_xr", "右下肺斑片状阴影。"),))  # fmt: skip
    start = first.last + timedelta(minutes=30)
    end = (came + days * DAY).replace(hour=10, minute=10)
    stay = admit(chart, "PAED", start, end, "emd", zh, en)
    why = stay.diagnose("child_pneumonia", start + HOUR, "AD", since=came - ill * DAY, until=end)
    drug = prescribe(stay, "azithromycin", start + HOUR, 5, why)
    for key in ("budesonide", "ambroxol", "ibuprofen|paracetamol"):
        prescribe(stay, key, start + HOUR, 4, why)
    labs(stay, "short", start + 2 * HOUR)
    clerk(stay, history, "双肺细湿啰音，无三凹征。", f"抗感染（{drug}）、雾化、退热。")
    labs(stay, "cbc crp", (start + 3 * DAY).replace(hour=6, minute=20))
    rounds(stay, end, ["体温下降，咳嗽减轻。"], signs="temp hr rr spo2")
    discharge(
        stay, end, f"予{drug}抗感染、雾化治疗，体温正常。", "双肺呼吸音清。", "一周后儿科门诊复查。"
    )
    later = outpatient(chart, "PAED", "WC", end + 8 * DAY, "肺炎复查", "follow-up of a child")
    seen(later, history="偶咳，无发热。", exam="双肺呼吸音清。", plan="停药，注意休息。", known=(("child_pneumonia", why),), signs="temp hr rr")  # fmt: skip


@course("gastroenteritis", 4, ages=(3.2, 6), stream="paed")
def gastroenteritis(chart: Chart) -> None:
    """Rotavirus, dehydration, two days of fluids."""
    chance = chart.chance
    days = chance.whole(3, 4)
    came = moment(chart, admission_day(chart, days), 8, 21)
    _resize(chart, chart.person.years(came))
    chart.fall_ill(Illness(came - 2 * DAY, came + 4 * HOUR, effects(
        temp=(38.4, 0.8), hr=(142.0, 0.8), rr=(32.0, 1.0), na=(133.0, 1.0), k=(chance.between(2.9, 3.3), 1.0), hco3=(16.0, 1.0),
        urea=(7.8, 0.8), glu=(3.7, 0.5), crp=(9.0, 2.0))))  # fmt: skip
    zh, en = "呕吐、腹泻2天", "vomiting and diarrhoea of a child"
    history = "2天来呕吐6次，蛋花汤样便每日8～10次，尿量减少。"
    first = emergency(chart, "WC", came, zh, en)
    seen(first, history=history, exam="眼窝凹陷，皮肤弹性稍差，腹软。", plan="补液，收入儿科。", diagnoses=("gastroenteritis",), lasts=6,
         labs="cbc rota lytes", positive="rota", signs="temp hr rr", drugs=(("ors", 2),))  # fmt: skip
    start = first.last + timedelta(minutes=25)
    end = (came + days * DAY).replace(hour=10, minute=0)
    stay = admit(chart, "PAED", start, end, "emd", zh, en)
    why = stay.diagnose("gastroenteritis", start + HOUR, "AD", since=came - 2 * DAY, until=end)
    stay.diagnose("dehydration", start + HOUR, "CM", since=came, until=start + DAY)
    for key, length in (("saline", 2), ("potassium", 1), ("montmorillonite", 3), ("zinc", 10)):
        prescribe(stay, key, start + HOUR, length, why)
    clerk(stay, history, "中度脱水貌，肠鸣音活跃。", "静脉补液，纠正电解质，继续喂养。")
    labs(stay, "lytes", (start + DAY).replace(hour=8, minute=0))
    rounds(stay, end, ["呕吐停止，大便次数减少，尿量正常。"], signs="temp hr rr")
    discharge(
        stay, end, "予补液、止泻、补锌，脱水纠正。", "精神好，无脱水征。", "继续补锌，注意手卫生。"
    )


@course("child-asthma", 4, ages=(5, 15))
def child_asthma(chart: Chart) -> None:
    """An attack in the emergency room, then a controller for months."""
    chance = chart.chance
    came = moment(chart, chart.now.replace(hour=0, minute=0) - chance.whole(220, 700) * DAY, 17, 23)
    _resize(chart, chart.person.years(came))
    chart.fall_ill(
        Illness(
            came - 8 * HOUR, came + HOUR, effects(rr=(36.0, 0.4), hr=(134.0, 0.4), spo2=(92.0, 0.3))
        )
    )
    first = emergency(chart, "WC", came, "咳喘8小时", "wheezing child")
    seen(first, history="8小时前接触猫后咳嗽、喘息，既往反复喘息3次。", exam="双肺广泛哮鸣音，轻度三凹征。", plan="雾化后喘息缓解，离院，呼吸专科随访。",
         diagnoses=("asthma_attack",), lasts=3, signs="temp hr rr spo2",
         drugs=(("salbutamol", 3), ("ipratropium", 2), ("prednisolone", 3)))  # fmt: skip
    known = ()
    for gap, words in ((10, "夜间偶咳。"), (60, "近1月无喘息。"), (150, "控制良好，活动不受限。")):
        later = outpatient(chart, "PAED", "WC", came + gap * DAY, "哮喘随访", "asthma review")
        made = seen(later, history=words, exam="双肺呼吸音清。", plan="规范吸入，回避过敏原。", lasting=True,
                    diagnoses=() if known else ("asthma",), known=known, signs="hr rr spo2", weigh=gap > 100,
                    images=(("lung_function", "支气管舒张试验阳性。"),) if not known else (),
                    drugs=(("fluticasone", 28), ("montelukast", 28)))  # fmt: skip
        known = (("asthma", made[0]),)


@course("febrile-seizure", 2, ages=(2.8, 5.5))
def febrile_seizure(chart: Chart) -> None:
    """A first febrile seizure with influenza or a cold."""
    came = moment(
        chart, chart.now.replace(hour=0, minute=0) - chart.chance.whole(5, 600) * DAY, 0, 23
    )
    _resize(chart, chart.person.years(came))
    chart.fall_ill(
        Illness(
            came - 12 * HOUR,
            came + 3 * HOUR,
            effects(temp=(39.6, 0.8), hr=(148.0, 0.8), rr=(30.0, 1.0)),
        )
    )
    visit = emergency(chart, "WC", came, "发热半天，抽搐1次", "fever and seizure")
    seen(visit, history="半天前发热，1小时前抽搐，双眼上翻，持续约2分钟，自行缓解，醒后精神可。", exam="神志清，咽红，颈软，神经系统无阳性体征。",
         plan="退热，观察，告知再发处理。", diagnoses=("febrile_seizure", "urti"), lasts=5, labs="cbc crp lytes flu",
         signs="temp hr rr spo2", drugs=(("ibuprofen|paracetamol", 3),))  # fmt: skip


@course("hand-foot-mouth", 5, ages=(2.8, 6))
def hand_foot_mouth(chart: Chart) -> None:
    """Hand, foot and mouth disease at the clinic."""
    day = chart.now - chart.chance.whole(5, 600) * DAY
    visit = outpatient(chart, "PAED", "WC", day, "发热1天，手足皮疹", "rash on hands and feet")
    _resize(chart, chart.person.years(visit.start))
    chart.fall_ill(
        Illness(
            visit.start - DAY, visit.start + 8 * HOUR, effects(temp=(38.2, 0.8), hr=(122.0, 1.0))
        )
    )
    seen(visit, history="1天前发热，口痛拒食，幼儿园有类似病例。", exam="手足散在疱疹，口腔黏膜溃疡。", plan="居家隔离，观察精神状态，传染病报告。",
         diagnoses=("hfmd",), lasts=8, labs="cbc crp", signs="temp hr rr", drugs=(("paracetamol", 3),))  # fmt: skip


@course("eczema", 5, ages=(0.9, 9))
def eczema(chart: Chart) -> None:
    """Atopic dermatitis."""
    day = chart.now - chart.chance.whole(40, 200) * DAY
    first = outpatient(chart, "DERM", "EC", day, "反复皮疹伴痒半年", "itching rash")
    (why,) = seen(first, history="半年来肘窝、腘窝反复红斑丘疹，瘙痒。", exam="四肢屈侧红斑、丘疹，部分抓痕。", plan="保湿，外用激素。", diagnoses=("eczema",),
                  lasting=True, signs="temp hr", drugs=(("hydrocortisone_top", 14),))  # fmt: skip
    later = outpatient(chart, "DERM", "EC", day + 30 * DAY, "湿疹复诊", "eczema review")
    seen(
        later,
        history="瘙痒减轻。",
        exam="皮疹大部消退。",
        plan="继续保湿。",
        known=(("eczema", why),),
        signs="hr",
    )


@course("well-child", 22, ages=(0.4, 6))
def well_child(chart: Chart) -> None:
    """Child health care with vaccines since birth."""
    birth = at(chart.person.born, 9)
    words = {
        1: "体重增长满意，可抬头。", 3: "竖头稳，逗笑。", 6: "可独坐，添加辅食。", 8: "爬行，会拍手。", 12: "扶走，会叫爸妈。",
        18: "独走稳，说单词。", 24: "会跑，说短句。", 36: "会骑三轮车，发育正常。", 48: "单足站立，视力筛查正常。", 60: "会画人，听力视力正常。",
    }  # fmt: skip
    for months, text in words.items():
        due = birth + timedelta(days=months * 30.5 + 3)
        if due > chart.now or (chart.now - due).days > 3 * 365:
            continue
        visit = outpatient(chart, "CHC", "WC", due, f"{months}月龄儿童保健", "well-child visit")
        if months in {6, 12, 24}:
            labs(visit, "cbc", visit.start + timedelta(minutes=6))
        well(visit, text, months + 0.1)
