import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refusal } from './api/fhir';
import { startI18n } from './i18n';
import { Home } from './routes/home';
import { PatientPage } from './routes/patient';
import { Shell } from './routes/shell';
import './workstation.css';

const root = createRootRoute({ component: Shell });
const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });
const patient = createRoute({
  getParentRoute: () => root,
  path: '/patient/$id',
  component: PatientPage,
});
const router = createRouter({
  routeTree: root.addChildren([home, patient]),
  scrollRestoration: true,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; a platform that does not answer may come back.
      retry: (count, error) => !(error instanceof Refusal && error.status < 500) && count < 5,
    },
  },
});

await startI18n();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
