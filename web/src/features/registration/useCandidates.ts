import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { post } from '../../api/fhir';
import { type Candidate, candidates } from '../match/grade';
import { type Draft, canMatch, patientOf } from './draft';

const PAUSE = 350;

/** The value of a moment ago, once nothing has changed for a while. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Whoever may be the same person, asked of the index while the clerk is typing. */
export function useCandidates(draft: Draft, language: string) {
  const wanted = useSettled(canMatch(draft) ? JSON.stringify(patientOf(draft)) : '');
  return useQuery<Candidate[]>({
    queryKey: ['match', wanted, language],
    enabled: wanted !== '',
    placeholderData: (previous) => (wanted ? previous : undefined),
    queryFn: async ({ signal }) => {
      const body: fhir4.Parameters = {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: JSON.parse(wanted) as fhir4.Patient },
          { name: 'count', valueInteger: 5 },
        ],
      };
      return candidates(await post<fhir4.Bundle>('Patient/$match', body, language, signal));
    },
  });
}
