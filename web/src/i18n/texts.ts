// All texts, one file per feature and language; i18n/complete.test.ts holds the two together.

type Tree = { [key: string]: string | Tree };

const files = import.meta.glob<Tree>('./*/*.json', { eager: true, import: 'default' });

/** The texts of a language (its folder), joined. */
export function texts(folder: 'zh' | 'en'): Tree {
  const own = Object.entries(files).filter(([path]) => path.startsWith(`./${folder}/`));
  return Object.assign({}, ...own.map(([, tree]) => tree)) as Tree;
}
