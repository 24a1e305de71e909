import { Input, Tag } from 'antd';
import { Suspense, lazy, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel';
import { shownTime } from '../patient/person';
import { type Series, flagKey, latest, seriesOf } from './series';

const Trend = lazy(() => import('./Trend').then((module) => ({ default: module.Trend })));

function rangeOf(series: Series): string {
  if (series.low !== undefined && series.high !== undefined) return `${series.low}–${series.high}`;
  if (series.low !== undefined) return `≥ ${series.low}`;
  return series.high !== undefined ? `≤ ${series.high}` : '';
}

function ResultRow({
  series,
  chosen,
  onChoose,
}: {
  series: Series;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { t } = useTranslation();
  const last = latest(series);
  const value = series.points.at(-1)?.value;
  const key = flagKey(series, last.flag, value);
  const arrow = key?.endsWith('igh') ? '↑' : key?.endsWith('ow') ? '↓' : '';
  return (
    <tr className={chosen ? 'selected' : ''}>
      <th scope="row">
        <button type="button" className="plain" aria-pressed={chosen} onClick={onChoose}>
          {series.name}
        </button>
      </th>
      <td className="figures">
        <span className={key ? 'flagged' : ''}>
          {last.shown} {arrow}
        </span>{' '}
        <span className="quiet">{series.unit}</span>
      </td>
      <td>
        {key && (
          <Tag color={key.startsWith('critical') ? 'red' : 'orange'}>{t(`chart.${key}`)}</Tag>
        )}
      </td>
      <td className="figures quiet">{rangeOf(series)}</td>
      <td className="figures quiet">{shownTime(last.time)}</td>
      <td className="figures quiet">{series.points.length + series.texts.length}</td>
    </tr>
  );
}

/** The newest value of each test, and the trend of the one chosen. */
export function Results({ observations }: { observations: fhir4.Observation[] }) {
  const { t, i18n } = useTranslation();
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const all = useMemo(() => seriesOf(observations, i18n.language), [observations, i18n.language]);
  const shown = all.filter((one) => one.name.toLowerCase().includes(filter.trim().toLowerCase()));
  const richest = [...all].sort((a, b) => b.points.length - a.points.length)[0];
  const current = all.find((one) => one.key === chosen) ?? richest;
  const groups = (['vitals', 'laboratory', 'other'] as const).filter((category) =>
    shown.some((one) => one.category === category),
  );
  return (
    <Panel
      title={t('chart.results')}
      className="results"
      extra={
        all.length > 0 && (
          <Input
            allowClear
            size="small"
            className="filter"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            placeholder={t('chart.filter')}
            aria-label={t('chart.filter')}
          />
        )
      }
    >
      {all.length === 0 && <p className="quiet">{t('chart.noResults')}</p>}
      {current && current.points.length > 0 && (
        <div className="trend-box">
          <h3>
            {current.name}{' '}
            {rangeOf(current) && (
              <span className="quiet">
                {t('chart.reference')} {rangeOf(current)} {current.unit}
              </span>
            )}
          </h3>
          <Suspense fallback={<div className="trend" />}>
            <Trend series={current} />
          </Suspense>
        </div>
      )}
      {groups.map((category) => (
        <div key={category} className="scroll">
          <table>
            <caption>{t(`chart.${category}`)}</caption>
            <thead>
              <tr>
                <th scope="col">{t('chart.test')}</th>
                <th scope="col">{t('chart.value')}</th>
                <th scope="col">{t('chart.flag')}</th>
                <th scope="col">{t('chart.reference')}</th>
                <th scope="col">{t('chart.time')}</th>
                <th scope="col">n</th>
              </tr>
            </thead>
            <tbody>
              {shown
                .filter((one) => one.category === category)
                .map((one) => (
                  <ResultRow
                    key={one.key}
                    series={one}
                    chosen={one.key === current?.key}
                    onChoose={() => setChosen(one.key)}
                  />
                ))}
            </tbody>
          </table>
        </div>
      ))}
    </Panel>
  );
}
