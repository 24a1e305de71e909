import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';

const COLOURS: Record<string, string> = { certain: 'red', probable: 'orange' };

/** Never a hundred: the index estimates. */
function percent(score: number): string {
  if (score > 0.999) return '>99.9%';
  return `${(score * 100).toFixed(score > 0.99 ? 1 : 0)}%`;
}

/** How sure the index is: in a word, and in a number where there is one. */
export function GradeTag({ grade, score, bits }: { grade: string; score?: number; bits?: number }) {
  const { t } = useTranslation();
  return (
    <Tag color={COLOURS[grade] ?? 'default'}>
      {t(`match.grades.${grade}`, grade)}
      {score !== undefined && <span className="figures"> {percent(score)}</span>}
      {bits !== undefined && (
        <span className="figures"> {t('match.bits', { bits: bits.toFixed(1) })}</span>
      )}
    </Tag>
  );
}
