import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/Panel';
import { shownDate } from '../patient/person';
import {
  allergyName,
  conceptName,
  isActiveProblem,
  isNoKnownAllergy,
  medicationName,
  statusCode,
} from './coded';
import type { Chart } from './useChart';

function Line({ main, side, tag }: { main: ReactNode; side?: ReactNode; tag?: ReactNode }) {
  return (
    <li className="line">
      <span className="line-main">
        {main} {tag}
      </span>
      <span className="quiet figures">{side}</span>
    </li>
  );
}

export function Allergies({ allergies }: { allergies: Chart['allergies'] }) {
  const { t, i18n } = useTranslation();
  const real = (allergies ?? []).filter((one) => !isNoKnownAllergy(one));
  return (
    <Panel title={t('chart.allergies')} count={real.length}>
      {allergies === null && <p>{t('chart.allergyUnknown')}</p>}
      {allergies !== null && real.length === 0 && (
        <p className="quiet">
          {t(allergies.length > 0 ? 'chart.noKnownAllergy' : 'chart.noAllergies')}
        </p>
      )}
      <ul>
        {real.map((one) => (
          <Line
            key={one.id}
            main={allergyName(one, i18n.language)}
            tag={
              one.reaction?.[0]?.manifestation?.[0] && (
                <span className="quiet">
                  {conceptName(one.reaction[0].manifestation[0], i18n.language)}
                </span>
              )
            }
            side={shownDate(one.recordedDate ?? one.onsetDateTime)}
          />
        ))}
      </ul>
    </Panel>
  );
}

function Problem({ one }: { one: fhir4.Condition }) {
  const { t, i18n } = useTranslation();
  const status = statusCode(one.clinicalStatus);
  const end = shownDate(one.abatementDateTime);
  return (
    <Line
      main={conceptName(one.code, i18n.language)}
      tag={status !== 'active' && <Tag>{t(`status.${status}`, status)}</Tag>}
      side={[shownDate(one.onsetDateTime ?? one.recordedDate), end].filter(Boolean).join(' – ')}
    />
  );
}

export function Problems({ problems }: { problems: fhir4.Condition[] }) {
  const { t } = useTranslation();
  const active = problems.filter(isActiveProblem);
  const past = problems.filter((one) => !isActiveProblem(one));
  return (
    <Panel title={t('chart.problems')} count={active.length}>
      {problems.length === 0 && <p className="quiet">{t('chart.noProblems')}</p>}
      <ul>
        {active.map((one) => (
          <Problem key={one.id} one={one} />
        ))}
      </ul>
      {past.length > 0 && (
        <details open={active.length === 0}>
          <summary>{t('chart.resolved', { count: past.length })}</summary>
          <ul>
            {past.map((one) => (
              <Problem key={one.id} one={one} />
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}

function Medication({ one, chart }: { one: fhir4.MedicationRequest; chart: Chart }) {
  const { t, i18n } = useTranslation();
  const drug = chart.medicationsById.get(one.medicationReference?.reference ?? '');
  const name = drug ? conceptName(drug.code, i18n.language) : medicationName(one, i18n.language);
  const dosage = one.dosageInstruction?.[0];
  return (
    <Line
      main={
        <>
          {name} <span className="quiet">{dosage?.text}</span>
        </>
      }
      tag={one.status !== 'active' && <Tag>{t(`status.${one.status}`, one.status)}</Tag>}
      side={shownDate(one.authoredOn)}
    />
  );
}

export function Medications({ chart }: { chart: Chart }) {
  const { t } = useTranslation();
  const list = chart.medications.filter((one) => one.status !== 'entered-in-error');
  const active = list.filter((one) => one.status === 'active');
  const past = list.filter((one) => one.status !== 'active');
  return (
    <Panel title={t('chart.medications')} count={active.length}>
      {list.length === 0 && <p className="quiet">{t('chart.noMedications')}</p>}
      <ul>
        {active.map((one) => (
          <Medication key={one.id} one={one} chart={chart} />
        ))}
      </ul>
      {past.length > 0 && (
        <details open={active.length === 0}>
          <summary>{t('chart.pastMedications', { count: past.length })}</summary>
          <ul>
            {past.map((one) => (
              <Medication key={one.id} one={one} chart={chart} />
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}
