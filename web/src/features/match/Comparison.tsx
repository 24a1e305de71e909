import { CheckOutlined, CloseOutlined, MinusOutlined, PercentageOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Agreement, compare } from './compare';

const MARKS: Record<Agreement, ReactNode> = {
  same: <CheckOutlined aria-hidden />,
  similar: <PercentageOutlined aria-hidden />,
  differs: <CloseOutlined aria-hidden />,
  missing: <MinusOutlined aria-hidden />,
};

/** Two people side by side; each line says in words, by a sign and by colour how well it agrees. */
export function Comparison({
  left,
  right,
  leftTitle,
  rightTitle,
}: {
  left: fhir4.Patient;
  right: fhir4.Patient;
  leftTitle: ReactNode;
  rightTitle: ReactNode;
}) {
  const { t } = useTranslation();
  const label = (key: string) =>
    key.startsWith('identifier.') ? t(key, key.slice(11)) : t(`match.fields.${key}`);
  const shown = (key: string, values: string[]) =>
    values.length === 0
      ? '—'
      : values.map((one) => (
          <div key={one}>{key === 'gender' ? t(`patient.${one}`, one) : one}</div>
        ));
  return (
    <div className="scroll">
      <table className="comparison">
        <thead>
          <tr>
            <th scope="col">{t('match.field')}</th>
            <th scope="col">{leftTitle}</th>
            <th scope="col">{rightTitle}</th>
            <th scope="col">{t('match.agreement')}</th>
          </tr>
        </thead>
        <tbody>
          {compare(left, right).map((row) => (
            <tr key={row.label} className={row.agreement}>
              <th scope="row">{label(row.label)}</th>
              <td className="figures">{shown(row.label, row.left)}</td>
              <td className="figures">{shown(row.label, row.right)}</td>
              <td className="agreement">
                {MARKS[row.agreement]} {t(`match.${row.agreement}`)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
