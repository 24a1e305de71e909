import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session/session';
import { readRoles } from '../users/accounts';

/** Whether the present position may open the record of a patient who is not its own. */
export function useMayBreakGlass(): boolean {
  const { i18n } = useTranslation();
  const { position, account } = useSession();
  const roles = useQuery({
    queryKey: ['roles', i18n.language],
    queryFn: ({ signal }) => readRoles(i18n.language, signal),
    staleTime: 600_000,
    enabled: !!position && !!account.practitioner,
  });
  return roles.data?.find((one) => one.code === position?.role)?.breakGlass ?? false;
}
