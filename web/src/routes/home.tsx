import { PatientSearch } from '../features/patient/PatientSearch';

export function Home() {
  return <PatientSearch />;
}
