import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { State } from './entry';

const COLOURS: Record<State, string> = {
  draft: 'default',
  review: 'orange',
  active: 'green',
  retired: 'red',
};

export function StateTag({ state }: { state: State }) {
  const { t } = useTranslation();
  return <Tag color={COLOURS[state]}>{t(`catalogue.states.${state}`)}</Tag>;
}
