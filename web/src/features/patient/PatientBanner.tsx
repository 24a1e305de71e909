import { FlagOutlined, LockOutlined, WarningFilled } from '@ant-design/icons';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { localTime } from '../../components/time';
import { WhoSawLink } from '../audit/WhoSawLink';
import { allergyName, conceptName, isNoKnownAllergy } from '../chart/coded';
import {
  address,
  ageOf,
  displayName,
  identifiers,
  isConfidential,
  isTestData,
  otherName,
  shownDate,
  shownTime,
} from './person';

/** Two identifiers, age, allergies: always in place above the chart. Contact details are folded. */
export function PatientBanner({
  patient,
  allergies,
  flags = [],
}: {
  patient: fhir4.Patient;
  allergies: fhir4.AllergyIntolerance[] | null;
  flags?: fhir4.Flag[];
}) {
  const { t, i18n } = useTranslation();
  const name = displayName(patient.name, i18n.language);
  const other = otherName(patient.name, name);
  const years = ageOf(patient);
  const ids = identifiers(patient);
  const real = allergies?.filter((one) => !isNoKnownAllergy(one)) ?? [];
  return (
    <section className="banner" aria-label={name ?? t('patient.unnamed')}>
      <div className="banner-row">
        <h1>
          {name ?? t('patient.unnamed')}
          {other && <span className="quiet other-name">{other}</span>}
        </h1>
        <span className="banner-fact">{t(`patient.${patient.gender ?? 'unknown'}`)}</span>
        <span className="banner-fact">{t(`patient.${years.key}`, years)}</span>
        <span className="banner-fact">
          <span className="quiet">{t('patient.born')}</span> {shownDate(patient.birthDate) || '—'}
        </span>
        {ids.slice(0, 2).map((one) => (
          <span className="banner-fact figures" key={one.label + one.value}>
            <span className="quiet">{t(`identifier.${one.code}`, one.label)}</span> {one.value}
          </span>
        ))}
        {(patient.deceasedDateTime || patient.deceasedBoolean) && (
          <Tag color="default" variant="solid">
            {t('patient.died')} {shownTime(patient.deceasedDateTime)}
          </Tag>
        )}
        {isConfidential(patient) && (
          <Tag color="red" icon={<LockOutlined aria-hidden />}>
            {t('patient.confidential')}
          </Tag>
        )}
        {flags.map((one) => (
          <Tag color="orange" icon={<FlagOutlined aria-hidden />} key={one.id}>
            {t(`flag.${one.code.coding?.[0]?.code}`, conceptName(one.code, i18n.language))}
            {one.period?.end && ` · ${t('patient.flagUntil', { time: localTime(one.period.end) })}`}
          </Tag>
        ))}
        {isTestData(patient) && <Tag>{t('patient.testData')}</Tag>}
      </div>
      <div className="banner-row">
        <span className={real.length > 0 ? 'allergy-mark' : 'quiet'}>
          {real.length > 0 && <WarningFilled aria-hidden />} {t('chart.allergies')}
        </span>
        {allergies === null && <span>{t('chart.allergyUnknown')}</span>}
        {allergies !== null && real.length === 0 && (
          <span>{t(allergies.length > 0 ? 'chart.noKnownAllergy' : 'chart.noAllergies')}</span>
        )}
        {real.map((one) => (
          <Tag color={one.criticality === 'high' ? 'red' : 'orange'} key={one.id}>
            {allergyName(one, i18n.language)}
            {one.criticality && ` · ${t(`criticality.${one.criticality}`)}`}
          </Tag>
        ))}
        <WhoSawLink id={patient.id!} />
        <details>
          <summary>{t('patient.details')}</summary>
          <dl>
            {(patient.telecom ?? []).map((one) => (
              <div key={one.value}>
                <dt>{t('patient.phone')}</dt>
                <dd className="figures">{one.value}</dd>
              </div>
            ))}
            {(patient.address ?? []).map((one) => (
              <div key={address(one)}>
                <dt>{t('patient.address')}</dt>
                <dd>{address(one)}</dd>
              </div>
            ))}
            {(patient.contact ?? []).map((one, i) => (
              <div key={i}>
                <dt>{t('patient.contact')}</dt>
                <dd>
                  {displayName(one.name ? [one.name] : [], i18n.language)}{' '}
                  {one.telecom?.map((way) => way.value).join(' ')}
                </dd>
              </div>
            ))}
            {ids.slice(2).map((one) => (
              <div key={one.label + one.value}>
                <dt>{t(`identifier.${one.code}`, one.label) || t('patient.identifiers')}</dt>
                <dd className="figures">{one.value}</dd>
              </div>
            ))}
            {!patient.telecom && !patient.address && !patient.contact && ids.length < 3 && (
              <div>{t('patient.noDetails')}</div>
            )}
          </dl>
        </details>
      </div>
    </section>
  );
}
