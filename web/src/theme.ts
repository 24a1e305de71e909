// The one theme: compact, 14 px, tabular figures, light and dark.
import { type ThemeConfig, theme } from 'antd';
import { useSyncExternalStore } from 'react';

export type Mode = 'light' | 'dark';
/** What the user chose; `system` follows the computer. */
export type Colours = Mode | 'system';

const KEY = 'xinglin.mode';
const DARK = '(prefers-color-scheme: dark)';
const listeners = new Set<() => void>();

export function chosenColours(): Colours {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function chooseColours(colours: Colours): void {
  localStorage.setItem(KEY, colours);
  for (const tell of listeners) tell();
}

function subscribe(tell: () => void): () => void {
  const system = matchMedia(DARK);
  listeners.add(tell);
  system.addEventListener('change', tell);
  return () => {
    listeners.delete(tell);
    system.removeEventListener('change', tell);
  };
}

function modeNow(): Mode {
  const chosen = chosenColours();
  if (chosen !== 'system') return chosen;
  return matchMedia(DARK).matches ? 'dark' : 'light';
}

/** What the user chose, and the colours that follow from it now. */
export function useColours(): [Colours, Mode] {
  const chosen = useSyncExternalStore(subscribe, chosenColours);
  return [chosen, useSyncExternalStore(subscribe, modeNow)];
}

export function themeFor(mode: Mode): ThemeConfig {
  const dark = mode === 'dark';
  return {
    cssVar: { key: 'xinglin' },
    algorithm: [dark ? theme.darkAlgorithm : theme.defaultAlgorithm, theme.compactAlgorithm],
    token: {
      colorPrimary: dark ? '#2dd4bf' : '#0f766e',
      colorInfo: dark ? '#2dd4bf' : '#0f766e',
      colorLink: dark ? '#2dd4bf' : '#0f766e',
      colorError: dark ? '#ff8a80' : '#b3261e',
      colorSuccess: dark ? '#4cc38a' : '#157347',
      colorTextLightSolid: dark ? '#06201d' : '#ffffff',
      colorTextPlaceholder: dark ? '#8fa09b' : '#66736f',
      colorTextDescription: dark ? '#9fb0ab' : '#55635f',
      colorBgContainer: dark ? '#182120' : '#ffffff',
      colorBgElevated: dark ? '#1f2a28' : '#ffffff',
      colorBorder: dark ? '#3b4a47' : '#c3cdca',
      fontSize: 16, // the compact algorithm takes the next smaller one: 14 px
      borderRadius: 6,
      fontFamily:
        "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif",
    },
  };
}
