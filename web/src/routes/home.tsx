import { useTranslation } from 'react-i18next';
import { DemoProgress } from '../features/demo/DemoProgress';
import { PatientSearch } from '../features/patient/PatientSearch';

export function Home() {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="unseen">{t('app.home')}</h1>
      <DemoProgress />
      <PatientSearch />
    </>
  );
}
