// The one theme: compact, 14 px, tabular figures, light and dark.
import { type ThemeConfig, theme } from 'antd';

export type Mode = 'light' | 'dark';

const KEY = 'xinglin.mode';

export function firstMode(): Mode {
  const kept = localStorage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function keepMode(mode: Mode): void {
  localStorage.setItem(KEY, mode);
}

export function themeFor(mode: Mode): ThemeConfig {
  const dark = mode === 'dark';
  return {
    cssVar: { key: 'xinglin' },
    algorithm: [dark ? theme.darkAlgorithm : theme.defaultAlgorithm, theme.compactAlgorithm],
    token: {
      colorPrimary: dark ? '#2dd4bf' : '#0f766e',
      fontSize: 14,
      borderRadius: 6,
      fontFamily:
        "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif",
    },
  };
}
