import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '../../api/fhir';

/** The operations that this server offers on a type, by its own CapabilityStatement. */
export function useOperations(type: string): Set<string> {
  const { i18n } = useTranslation();
  const query = useQuery({
    queryKey: ['metadata'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<fhir4.CapabilityStatement>('metadata', i18n.language, signal),
  });
  const resource = query.data?.rest?.[0]?.resource?.find((one) => one.type === type);
  return new Set((resource?.operation ?? []).map((one) => one.name));
}
