import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, matches } from '../api/fhir';

export interface Chosen {
  reference: string;
  name: string;
}

type Pickable = 'Organization' | 'Location' | 'Practitioner' | 'Patient';

function nameOf(one: fhir4.FhirResource): string {
  if (one.resourceType === 'Organization' || one.resourceType === 'Location') return one.name ?? '';
  if (one.resourceType === 'Practitioner' || one.resourceType === 'Patient') {
    const name = one.name?.[0];
    return name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join('');
  }
  return '';
}

async function find(types: Pickable[], text: string, language: string, signal: AbortSignal) {
  const name = text ? `name=${encodeURIComponent(text.replace(/[\\,$|]/g, '\\$&'))}&` : '';
  const bundles = await Promise.all(
    types.map((type) => get<fhir4.Bundle>(`${type}?${name}_count=20`, language, signal)),
  );
  return bundles
    .flatMap((bundle) => matches<fhir4.FhirResource>(bundle))
    .map((one): Chosen => ({
      reference: `${one.resourceType}/${one.id}`,
      name: nameOf(one) || one.id!,
    }));
}

interface Common {
  types: Pickable[];
  id?: string;
  placeholder?: string;
  'aria-describedby'?: string;
}

/** One or several places or people, found by name as one types. */
export function ReferencePicker(
  props: Common &
    (
      | { many?: false; value: Chosen | null; onChange: (value: Chosen | null) => void }
      | { many: true; value: Chosen[]; onChange: (value: Chosen[]) => void }
    ),
) {
  const { t, i18n } = useTranslation();
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const query = useQuery({
    queryKey: ['pick', props.types, wanted, i18n.language],
    queryFn: ({ signal }) => find(props.types, wanted, i18n.language, signal),
    placeholderData: (previous) => previous,
  });
  const present = props.many ? props.value : props.value ? [props.value] : [];
  const found = new Map([...present, ...(query.data ?? [])].map((one) => [one.reference, one]));
  const options = [...found.values()].map((one) => ({ value: one.reference, label: one.name }));
  const choose = (references: string[]) => {
    const chosen = references.map((one) => found.get(one)).filter((one) => one !== undefined);
    if (props.many) props.onChange(chosen);
    else props.onChange(chosen[0] ?? null);
  };
  return (
    <Select
      id={props.id}
      aria-describedby={props['aria-describedby']}
      mode={props.many ? 'multiple' : undefined}
      allowClear
      showSearch={{ filterOption: false, onSearch: setText }}
      placeholder={props.placeholder ?? t('app.typeToFind')}
      notFoundContent={query.isPending ? t('search.loading') : t('app.nothingFound')}
      loading={query.isFetching}
      options={options}
      value={
        (props.many ? props.value.map((one) => one.reference) : props.value?.reference) as never
      }
      onChange={(value: string | string[] | undefined) =>
        choose(value === undefined ? [] : Array.isArray(value) ? value : [value])
      }
    />
  );
}
