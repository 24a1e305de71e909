import { Navigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DemoProgress } from '../features/demo/DemoProgress';
import { firstPage, seesPatients } from '../features/session/pages';
import { useSession } from '../features/session/session';
import { PatientSearch } from '../features/patient/PatientSearch';

/** The search for whoever has to do with patients; for the others the first of their pages. */
export function Home() {
  const { t } = useTranslation();
  const { pages } = useSession();
  if (!seesPatients(pages)) {
    return <Navigate to={firstPage(pages)} />;
  }
  return (
    <>
      <h1 className="unseen">{t('app.home')}</h1>
      <DemoProgress />
      <PatientSearch />
    </>
  );
}
