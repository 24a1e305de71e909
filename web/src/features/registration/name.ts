// A name as it is typed in one field: Chinese family names first, of one or two characters.

const CJK = /[㐀-鿿]/;
const DOUBLE = new Set(
  (
    '欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 端木 东方 独孤 南宫 司空 ' +
    '呼延 闻人 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 轩辕 钟离 鲜于 闾丘 亓官 拓跋 ' +
    '百里 东郭 南门 西门 第五 歐陽 諸葛 東方'
  ).split(' '),
);

/** Family and given name; a name with a middle dot has neither and stays whole. */
export function splitName(typed: string): fhir4.HumanName | null {
  const text = typed.trim().replace(/\s+/g, ' ').replaceAll('•', '·');
  if (!text) return null;
  if (CJK.test(text)) {
    const plain = text.replaceAll(' ', '');
    if (plain.includes('·') || plain.length === 1) return { use: 'official', text: plain };
    const length = plain.length > 2 && DOUBLE.has(plain.slice(0, 2)) ? 2 : 1;
    return {
      use: 'official',
      text: plain,
      family: plain.slice(0, length),
      given: [plain.slice(length)],
    };
  }
  const words = text.split(' ');
  if (words.length === 1) return { use: 'official', text };
  return { use: 'official', text, family: words.at(-1), given: words.slice(0, -1) };
}
