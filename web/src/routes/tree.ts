// Which page answers at which address; all but the first two are loaded when they are opened.

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Home } from './home';
import { PatientPage } from './patient';
import { Root } from './root';

const root = createRootRoute({ component: Root });
const getParentRoute = () => root;
const home = createRoute({ getParentRoute, path: '/', component: Home });
const patient = createRoute({ getParentRoute, path: '/patient/$id', component: PatientPage });
/** Where links for a first password lead; whoever is signed in goes on to the first page. */
const signIn = createRoute({
  getParentRoute,
  path: '/sign-in',
  beforeLoad: ({ location }) => {
    if (!location.hash) throw redirect({ to: '/' });
  },
});
const account = createRoute({
  getParentRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('../features/account/Account'), 'Account'),
});
const registration = createRoute({
  getParentRoute,
  path: '/registration',
  component: lazyRouteComponent(
    () => import('../features/registration/Registration'),
    'Registration',
  ),
});
const match = createRoute({
  getParentRoute,
  path: '/match',
  component: lazyRouteComponent(() => import('../features/match/MatchReview'), 'MatchReview'),
});
const catalogues = createRoute({
  getParentRoute,
  path: '/catalogues',
  component: lazyRouteComponent(() => import('../features/catalogue/Catalogues'), 'Catalogues'),
});
const users = createRoute({
  getParentRoute,
  path: '/users',
  component: lazyRouteComponent(() => import('../features/users/Users'), 'Users'),
});
const roles = createRoute({
  getParentRoute,
  path: '/roles',
  component: lazyRouteComponent(() => import('../features/users/Roles'), 'Roles'),
});
const audit = createRoute({
  getParentRoute,
  path: '/audit',
  component: lazyRouteComponent(() => import('../features/audit/AuditSearch'), 'AuditSearch'),
});
const whoSaw = createRoute({
  getParentRoute,
  path: '/who-saw',
  validateSearch: (search: Record<string, unknown>): { patient?: string } =>
    typeof search.patient === 'string' ? { patient: search.patient } : {},
  component: lazyRouteComponent(() => import('../features/audit/WhoSaw'), 'WhoSaw'),
});
const breakGlass = createRoute({
  getParentRoute,
  path: '/break-glass',
  component: lazyRouteComponent(
    () => import('../features/break-glass/BreakGlassReview'),
    'BreakGlassReview',
  ),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    patient,
    signIn,
    account,
    registration,
    match,
    catalogues,
    users,
    roles,
    audit,
    whoSaw,
    breakGlass,
  ]),
  scrollRestoration: true,
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
