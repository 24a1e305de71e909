import { useTranslation } from 'react-i18next';
import type { Weight } from './queue';

/** What spoke for and against one person, field by field: a bar, a sign and the number of bits. */
export function Weights({ weights }: { weights: Weight[] }) {
  const { t } = useTranslation();
  const known = weights.filter((one) => one.weight !== 0);
  const most = Math.max(8, ...known.map((one) => Math.abs(one.weight)));
  return (
    <details className="weights">
      <summary>{t('match.weights')}</summary>
      <table>
        <tbody>
          {known.map((one) => (
            <tr key={one.field}>
              <th scope="row">{t(`match.weighed.${one.field}`, one.field)}</th>
              <td className="figures">
                {one.weight > 0 ? '+' : '−'}
                {Math.abs(one.weight).toFixed(1)}{' '}
                <span className="quiet">{t(one.weight > 0 ? 'match.for' : 'match.against')}</span>
              </td>
              <td className="weight-bar">
                <span
                  className={one.weight > 0 ? 'for' : 'against'}
                  style={{ width: `${(Math.abs(one.weight) / most) * 100}%` }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
