"""Words that populations are made of: characters of given names, Western names, streets.

Compiled for this project from common knowledge; no list of real persons was used.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


MALE: Final = (
    "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林志文建国海晓东永新春德金荣"
    "祥成康星光天达安岩中茂进有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江"
    "亮政谦亨奇固之轮翰朗伯宏言若鸣朋梁栋维启克伦翔泽晨辰士以家致树炎行时泰盛雄琛钧冠策腾楠"
    "榕风航弘嘉毅恒昊轩睿宸奕沐子梓铭皓景一诺霖墨熙然云雷峰源洪立学良生根富贵福庚培"
)
FEMALE: Final = (
    "秀娟英华慧巧美娜静淑惠珠翠雅芝玉萍红娥玲芬芳燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹霞香月"
    "莺媛艳瑞凡佳嘉琼勤珍贞莉桂娣叶璧璐娅琦晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪"
    "荷丹蓉眉君琴蕊薇菁梦岚苑筠柔竹霭凝晓欢霄枫芸菲寒欣滢伊亚宜可姬舒影荔枝思丽秋悦昕琪涵萱"
    "汐若语雨桐依心诗梓子欣彤宁禾苡沫艺妙含书知清一诺念安夏晴初小文敏丽霞春苗苹琬瑛"
)
RARE_FAMILIES: Final = _words(
    "覃 武 戴 莫 孔 白 常 汤 温 康 施 文 牛 樊 葛 邢 安 齐 易 乔 伍 庞 颜 倪 庄 聂 章 鲁 岳 "
    "翟 殷 詹 申 欧 耿 关 焦 柳 俞 左 甘 包 宁 尚 符 舒 阮 柯 纪 梅 童 凌 毕 单 季 裴 霍 涂 "
    "成 苗 谷 盛 曲 翁 冉 骆 蓝 路 游 辛 靳 管 柴 蒙 鲍 华 喻 祁 蒲 房 滕 屈 饶 解 牟 艾 尤 "
    "阳 时 穆 农 司 卓 古 吉 缪 简 车 项 连 芦 麦 褚 娄 窦 戚 岑 景 党 宫 费 卜 冷 晏 席 卫 "
    "米 柏 宗 瞿 桂 全 佟 应 臧 闵 苟 邬 边 卞 姬 师 和 仇 栾 隋 商 刁 沙 荣 巫 寇 桑 郎 甄 "
    "丛 仲 虞 敖 巩 明 佘 池 查 麻 苑 迟 邝 官 封 谈 匡 鞠 惠 荆 乐 冀 郁 胥 南 班 储 原 栗 "
    "燕 楚 鄢 劳 谌 奚 皮 粟 冼 蔺 楼 盘 满 闻 位 厉 伊 仝 区 郜 海 阚 花 权 强 帅 屠 豆 朴 "
    "盖 练 廉 禹 井 祝 漆 巴 丰 支 卿 国 狄 平 计 索 宣 晋 相 初 门 云 容 敬 来 扈 晁 芮 都 "
    "普 阙 浦 戈 伏 鹿 薄 邸 雍 辜 羊 阿 乌 母 裘 亓 修 邰 赫 杭 况 那 宿 鲜 印 逯 隆 茹 诺 "
    "战 慕 危 玉 银 亢 嵇 公 哈 湛 宾 戎 勾 茅 利 於 呼 居 揭 干 但 尉 冶 斯 元 欧阳 上官 "
    "司马 诸葛 司徒 皇甫 尉迟 公孙 慕容 令狐 夏侯 东方 南宫 端木 百里 呼延 淳于 单于 钟离 "
    "闻人"
)
NAME_CHARACTERS: Final = "".join(
    sorted(set(MALE + FEMALE + "".join(f for f in RARE_FAMILIES if len(f) == 1)))
)
_PAIRS: Final = _words(
    "张張 陈陳 刘劉 黄黃 赵趙 吴吳 郑鄭 冯馮 蒋蔣 苏蘇 叶葉 吕呂 卢盧 钟鐘 龙龍 万萬 贾賈 "
    "邹鄒 韩韓 罗羅 许許 邓鄧 萧蕭 韦韋 谭譚 陆陸 庞龐 顾顧 龚龔 严嚴 华華 杨楊 钱錢 马馬 "
    "孙孫 齐齊 杰傑 伟偉 强強 军軍 国國 丽麗 艳艷 云雲 凤鳳 兰蘭 飞飛 鹏鵬 涛濤 莹瑩 庆慶 "
    "贞貞 静靜 颖穎 权權 胜勝 贤賢 达達 远遠 宁寧 乐樂 梦夢 亲親 龄齡 维維 红紅 晓曉 阳陽 "
    "东東 会會 爱愛 义義 刚剛 锋鋒 锐銳 铁鐵 铭銘 锦錦 镇鎮 鉴鑒 宝寶 宾賓 灿燦 诚誠 处處 "
    "栋棟 尔爾 发發 丰豐 关關 广廣 归歸 汉漢 鸿鴻 怀懷 欢歡 环環 辉輝 绘繪 积積 坚堅 剑劍 "
    "娇嬌 洁潔 经經 钧鈞 凯凱 乔喬 琼瓊 润潤 圣聖 树樹 双雙 腾騰 图圖 闻聞 兴興 选選 学學 "
    "勋勳 业業 银銀 应應 荣榮 泽澤 针針 征徵 筑築 庄莊"
)
TRADITIONAL: Final = {pair[0]: pair[1] for pair in _PAIRS}

SURNAMES: Final = _words(
    "smith jones williams brown wilson taylor johnson white martin anderson thompson nguyen "
    "thomas walker harris lee ryan robinson kelly king davis wright evans roberts green "
    "hall wood jackson clarke patel khan lewis james phillips mason mitchell rose davies "
    "rodriguez cox alexander garcia morgan moore cook bailey cooper hill ward turner carter "
    "murphy collins edwards stewart parker cox morris watson gray price bennett barnes ross "
    "henderson coleman jenkins perry powell long patterson hughes flores washington butler "
    "simmons foster bryant russell griffin diaz hayes myers ford hamilton graham sullivan "
    "wallace woods cole west jordan owens reynolds fisher ellis harrison gibson mcdonald "
    "cruz marshall ortiz gomez murray freeman wells webb simpson stevens tucker porter "
    "hunter hicks crawford henry boyd kennedy warren dixon ramos burns gordon shaw holmes "
    "rice robertson hunt black daniels palmer mills nichols grant knight ferguson stone "
    "dunn perkins hudson spencer gardner payne pierce berry matthews arnold wagner willis "
    "ray watkins olson carroll duncan snyder hart cunningham bradley lane andrews ruiz "
    "harper fox riley armstrong carpenter weaver greene lawrence elliott chavez sims austin "
    "peters kelley franklin lawson fields ryan schmidt carr wheeler chapman oliver "
    "montgomery richards williamson johnston banks meyer bishop mccoy howell morrison "
    "hansen fernandez garza burton fuller jacobs reid little harvey rossi schwarz jansen "
    "novak kowalski ivanov papadopoulos andersson nilsson costa santos silva pereira moreau "
    "lefebvre bernard dubois fischer weber becker hoffmann schulz koch bauer klein wolf "
    "neumann zimmermann braun hofmann hartmann lange werner krause lehmann okafor mensah "
    "osei abara singh kaur sharma gupta reddy tanaka suzuki kim park choi tran pham hoang"
)
GIRLS: Final = _words(
    "olivia charlotte mia ava amelia isla grace chloe willow ella matilda zoe ruby evie "
    "sophie emily sienna lily evelyn georgia hannah lucy alice holly maya ellie jessica "
    "sarah rebecca laura emma anna katherine elizabeth victoria nicole michelle samantha "
    "amanda jennifer melissa stephanie danielle lauren megan rachel alexandra caitlin "
    "brooke jasmine taylor paige natalie amy claire julia helen margaret patricia susan "
    "linda barbara karen nancy betty dorothy ruth sharon carol sandra donna joan jean "
    "heather diane gloria teresa marie janet frances martha rose irene jane lois tina "
    "phyllis norma paula erin bianca tara imogen freya eliza phoebe"
)
BOYS: Final = _words(
    "oliver noah william jack leo lucas thomas henry charlie james liam elijah mason ethan "
    "hunter max isaac levi harrison archie george xavier cooper hudson alexander joshua "
    "samuel benjamin lachlan ryan daniel matthew jacob nicholas michael luke jackson connor "
    "jayden dylan cameron nathan tyler blake riley jordan adam aaron andrew david john "
    "robert richard joseph charles christopher anthony mark donald steven paul kenneth "
    "kevin brian edward ronald timothy jason jeffrey gary eric stephen larry justin scott "
    "brandon frank gregory raymond patrick peter harold douglas carl arthur roger keith "
    "jeremy terry gerald sean christian albert ralph bruce joel marcus hamish angus finn "
    "toby flynn declan kai seth zachary jarrod brodie bailey zane"
)
STREETS: Final = _words(
    "acacia albert alfred anderson arthur ashby banksia barker bligh boundary bridge brook "
    "burke cambridge campbell canning cedar chapel charles church clifton cook cross crown "
    "darwin dickson eden elder elm fairview fern flinders forest garden george gilbert glen "
    "grange hampton harbour hastings hawthorn henley hill hopkins ivy jasmine jubilee kent "
    "king lake laurel lawson lily lonsdale macquarie main maple market mayfield mill milton "
    "monash murray north oak oxford park pearson phillip pine pioneer queen railway ridge "
    "river rose russell saint sandringham short spencer spring stanley station sturt sunset "
    "swan sydney taylor tudor union valley victoria view wallace warwick waterloo wattle "
    "wellington west willow windsor york"
)
SUBURBS: Final = _words(
    "ashfield brighton burnside camden carlton chester claremont clayton croydon dover "
    "eastwood elwood epping fairfield glenelg greenhill hamilton highgate kingston lakeside "
    "linden marlow milford newport norwood oakleigh parkdale preston redcliff richmond "
    "riverside rosebery seaton southport springvale stirling sunbury toorak waverley "
    "westmead windermere woodend yarra"
)
ENDINGS: Final = ("street", "road", "avenue", "place", "crescent", "court", "close", "circuit")
STATES: Final = ("nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt")
SYLLABLES: Final = _words(
    "ba be bra car cha da dre el fa fre ga gri ha hol ja ken kra la li ma mar mo na nor o "
    "pa pe qui ra ro sa schu ste ta tre va vo wa whi ya za"
)
LAST_SYLLABLES: Final = _words(
    "berg by croft dale den er feld ford gan ham in ker ley lin man mann nell ning on owski "
    "ridge ro sen son ston ta ter tham ton vic ville well worth"
)
