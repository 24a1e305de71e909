import { DemoProgress } from '../features/demo/DemoProgress';
import { PatientSearch } from '../features/patient/PatientSearch';

export function Home() {
  return (
    <>
      <DemoProgress />
      <PatientSearch />
    </>
  );
}
