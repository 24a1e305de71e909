import { useParams } from '@tanstack/react-router';
import { Alert, Skeleton } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Refusal } from '../api/http';
import { Failure } from '../components/Failure';
import { NotYours } from '../features/break-glass/NotYours';
import { Encounters } from '../features/chart/Encounters';
import { Allergies, Medications, Problems } from '../features/chart/Lists';
import { Results } from '../features/chart/Results';
import { useChart } from '../features/chart/useChart';
import { PatientBanner } from '../features/patient/PatientBanner';
import { displayName } from '../features/patient/person';

export function PatientPage() {
  const { id } = useParams({ from: '/patient/$id' });
  const { t, i18n } = useTranslation();
  const query = useChart(id, i18n.language);
  const chart = query.data;
  useEffect(() => {
    const name = chart && displayName(chart.patient.name, i18n.language);
    document.title = name ? `${name} – ${t('app.name')}` : t('app.name');
  }, [chart, i18n.language, t]);
  if (query.isPending) return <Skeleton active paragraph={{ rows: 12 }} title />;
  if (query.isError) {
    const { error } = query;
    return error instanceof Refusal && [403, 404].includes(error.status) ? (
      <NotYours patient={id} refusal={error} onOpened={() => void query.refetch()} />
    ) : (
      <Failure error={error} onRetry={() => void query.refetch()} />
    );
  }
  return (
    <>
      <PatientBanner
        patient={query.data.patient}
        allergies={query.data.allergies}
        flags={query.data.flags}
      />
      {query.data.refused.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('error.title')}
          description={query.data.refused.join(' ')}
        />
      )}
      <div className="chart">
        <div className="chart-side">
          <Problems problems={query.data.problems} />
          <Allergies allergies={query.data.allergies} />
          <Medications chart={query.data} />
        </div>
        <div className="chart-main">
          <Results observations={query.data.observations} />
          <Encounters id={id} />
        </div>
      </div>
    </>
  );
}
