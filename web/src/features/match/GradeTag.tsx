import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Candidate } from './grade';

const COLOURS = {
  certain: 'red',
  probable: 'orange',
  possible: 'default',
  'certainly-not': 'default',
};

/** How sure the index is, in a word and in a number. */
export function GradeTag({ candidate }: { candidate: Pick<Candidate, 'grade' | 'score'> }) {
  const { t } = useTranslation();
  return (
    <Tag color={COLOURS[candidate.grade]}>
      {t(`match.grades.${candidate.grade}`)}{' '}
      <span className="figures">
        {(candidate.score * 100).toFixed(candidate.score > 0.99 ? 1 : 0)}%
      </span>
    </Tag>
  );
}
