import type { UseQueryResult } from '@tanstack/react-query';
import { Button, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../components/Failure';
import { Panel } from '../../components/Panel';
import { Comparison } from '../match/Comparison';
import { GradeTag } from '../match/GradeTag';
import type { Candidate } from '../match/grade';
import { ageOf, displayName, identifiers, otherName, shownDate } from '../patient/person';
import { type Draft, canMatch, patientOf } from './draft';

/** Whom the index takes for the same person; a warning, never a wall. */
export function Candidates({
  draft,
  query,
  onOpen,
}: {
  draft: Draft;
  query: UseQueryResult<Candidate[]>;
  onOpen: (id: string) => void;
}) {
  const { t } = useTranslation();
  const list = canMatch(draft) ? (query.data ?? []) : [];
  return (
    <Panel title={t('registration.known')} count={list.length} className="candidates">
      <p className="quiet" role="status">
        {!canMatch(draft)
          ? t('registration.knownHint')
          : query.isPending
            ? t('registration.looking')
            : list.length === 0 && !query.isError
              ? t('registration.nobody')
              : t('registration.lookFirst', { count: list.length })}
      </p>
      {canMatch(draft) && query.isPending && <Skeleton active paragraph={{ rows: 2 }} />}
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <ul>
        {list.map((one) => (
          <Known key={one.patient.id} candidate={one} entered={patientOf(draft)} onOpen={onOpen} />
        ))}
      </ul>
    </Panel>
  );
}

export function Known({
  candidate,
  entered,
  open: opened = false,
  onOpen,
}: {
  candidate: Candidate;
  entered: fhir4.Patient;
  open?: boolean;
  onOpen: (id: string) => void;
}) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(opened);
  const { patient } = candidate;
  const name = displayName(patient.name, i18n.language);
  const years = ageOf(patient);
  return (
    <li className="known">
      <div className="known-head">
        <span>
          <strong>{name ?? t('patient.unnamed')}</strong>{' '}
          <span className="quiet">{otherName(patient.name, name)}</span>{' '}
          {t(`patient.${patient.gender ?? 'unknown'}`)} · {t(`patient.${years.key}`, years)} ·{' '}
          <span className="figures">{shownDate(patient.birthDate)}</span>
          {patient.active === false && <Tag>{t('status.inactive')}</Tag>}
        </span>
        <GradeTag grade={candidate.grade} score={candidate.score} />
      </div>
      <div className="quiet figures">
        {identifiers(patient)
          .slice(0, 3)
          .map((one) => `${t(`identifier.${one.code}`, one.label)} ${one.value}`)
          .join(' · ')}
      </div>
      <div className="actions">
        <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? 'registration.hide' : 'registration.sideBySide')}
        </Button>
        <Button size="small" type="primary" ghost onClick={() => onOpen(patient.id!)}>
          {t('registration.itIs')}
        </Button>
      </div>
      {open && (
        <Comparison
          left={entered}
          right={patient}
          leftTitle={t('registration.entered')}
          rightTitle={t('registration.record')}
        />
      )}
    </li>
  );
}
